"""Durations in words."""

from __future__ import annotations


def in_words(seconds: float) -> str:
    """Write how long something takes, such as ``95 minutes``."""
    if seconds < 120:
        return f"{seconds:.0f} second{'' if round(seconds) == 1 else 's'}"
    return f"{seconds / 60:.0f} minutes" if seconds < 2 * 3600 else f"{seconds / 3600:,.1f} hours"
