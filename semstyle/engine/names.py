"""Names that are not known, and which known one was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Sequence


def nearest(name: str, known: Sequence[str]) -> str:
    """What to say after a name that is not known: ``; did you mean …?``, or all names when none is near."""
    near = nearest_of(name.replace("-", "_"), known)
    return f"; did you mean {near}?" if near else f"; there are {', '.join(known)}"


def nearest_of(name: str, known: Sequence[str]) -> str | None:
    """The known name most like ``name``, if any is."""
    return next(iter(difflib.get_close_matches(name.lower(), known, n=1)), None)
