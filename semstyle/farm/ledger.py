"""What is known about ids: committed, failed, or met before in this run, and for which render."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, auto


class Standing(Enum):
    """What the ledger says about a row's id."""

    NEW = auto()
    COMMITTED = auto()
    FAILED = auto()
    DUPLICATE = auto()
    CLASH = auto()


class Ledger:
    """Ids without their case, as some disks make no difference; a million of them fit in about 200 MB."""

    def __init__(self, committed: Iterable[str] = (), failed: Iterable[str] = ()) -> None:
        self._committed = {render_id.lower() for render_id in committed}
        self._failed = {render_id.lower() for render_id in failed}
        self._met: dict[str, int] = {}

    def meet(self, render_id: str, content: str) -> Standing:
        """Where this id stands; from now on it is a duplicate, or with other content or in another case a clash.

        Args:
            content: Hexadecimal digits of what the row renders.
        """
        key = render_id.lower()
        mark = hash((render_id, content))
        if key in self._met:
            return Standing.DUPLICATE if self._met[key] == mark else Standing.CLASH
        self._met[key] = mark
        if key in self._committed:
            self._committed.discard(key)
            return Standing.COMMITTED
        return Standing.FAILED if key in self._failed else Standing.NEW

    def has_failure(self, render_id: str) -> bool:
        """Whether a file in ``failures/`` was there for it when the run began."""
        return render_id.lower() in self._failed
