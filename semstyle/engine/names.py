"""Guessing which known name was meant by one that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def nearest(name: str, known: Sequence[str]) -> str:
    """Return what to say after a name that is not known: ``; did you mean …?``, or all names when none is near."""
    near = nearest_of(name.replace("-", "_"), known)
    return f"; did you mean {near}?" if near else f"; there are {', '.join(known)}"


def nearest_of(name: str, known: Sequence[str]) -> str | None:
    """Return the known name that is most like ``name``, if any is like it."""
    return next(iter(difflib.get_close_matches(name.lower(), known, n=1)), None)
