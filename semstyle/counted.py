"""Numbers with their nouns, as people say them."""

from __future__ import annotations


def counted(count: int, noun: str, more: str = "") -> str:
    """Return a count and its noun, such as "1 row" or "1,200 rows".

    Args:
        more: The noun's plural, where it is not the noun and an s.
    """
    return f"{count:,} {noun if count == 1 else more or f'{noun}s'}"
