"""Tags of a row: what its user wants to find it by again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def checked_tags(value: Any) -> dict[str, str]:
    """Return tags, text → text, from a Parquet map (pairs) or struct (a mapping); empty values are dropped.

    Raises:
        ValueError: in words for the user.
    """
    pairs: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, Mapping) else value or ()
    try:
        tags = [(key, text) for key, text in pairs if text is not None]
    except (TypeError, ValueError):
        raise ValueError(f"{value!r} is not a map of names to text") from None
    if not all(isinstance(key, str) and isinstance(text, str) for key, text in tags):
        raise ValueError("holds something that is not text")
    if len({key for key, _ in tags}) < len(tags):
        raise ValueError("names a tag more than once")
    return dict(tags)
