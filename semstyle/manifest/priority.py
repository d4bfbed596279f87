"""Priorities of rows: whole numbers, of which higher ones come first, in the whole of a manifest."""

from __future__ import annotations

from typing import Any

FARTHEST = 1_000_000
"""Priorities are from minus this to this."""
MOST_PRIORITIES = 100
"""Most different priorities in a manifest, as its files are gone through once for each."""


def checked_priority(value: Any) -> int:
    """Return a priority that is given as a number or as text; nothing is 0.

    Raises:
        ValueError: in words for the user, when it is no whole number or out of range.
    """
    if value is None or value == "":
        return 0
    try:
        number = float(value)
        whole = int(number)
    except (TypeError, ValueError, OverflowError):
        whole, number = 0, 0.5
    if isinstance(value, bool) or whole != number or abs(whole) > FARTHEST:
        raise ValueError(f"{value!r} is not a whole number from -{FARTHEST:,} to {FARTHEST:,}")
    return whole
