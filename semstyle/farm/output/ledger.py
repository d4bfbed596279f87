"""Knowing about each id whether it is committed, failed, or met before in this run, and for which render."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum, auto

DUE, RECORD, IMAGE = 1, 2, 4
"""Flags of an id that was met: its render has been committed; then its record was listed; its image was listed."""
FLAG_BITS = 3
CONTENT_BITS = 61


class Standing(Enum):
    """How the id of a row stands in the ledger."""

    NEW = auto()
    COMMITTED = auto()
    FAILED = auto()
    DUPLICATE = auto()
    CLASH = auto()


class Ledger:
    """Knows ids, without regard to case, as some disks have none; a million of them fit in about 260 MB.

    Args:
        committed: Ids whose render is committed.
        failed: Ids in quarantine.
    """

    def __init__(self, committed: Iterable[str] = (), failed: Iterable[str] = ()) -> None:
        self._committed = {render_id.lower() for render_id in committed}
        self._failed = {render_id.lower() for render_id in failed}
        # One number each: flags, then a hash of what is rendered, then which letters are capitals.
        self._met: dict[str, int] = {}

    def meet(self, render_id: str, content: str) -> Standing:
        """Return how this id stands, and note that it was met.

        When it comes again it is a duplicate, or a clash if it comes with other content or in another case.

        Args:
            content: A hash of what the row renders, in hexadecimal digits.
        """
        key = render_id.lower()
        mark = capitals(render_id) << CONTENT_BITS | hash(content) % 2**CONTENT_BITS
        if key in self._met:
            return Standing.DUPLICATE if self._met[key] >> FLAG_BITS == mark else Standing.CLASH
        self._met[key] = mark << FLAG_BITS
        if key in self._committed:
            self._committed.discard(key)
            self.commit(render_id)
            return Standing.COMMITTED
        return Standing.FAILED if key in self._failed else Standing.NEW

    @property
    def unmet(self) -> int:
        """How many ids are committed and were not met yet; some may be no row's."""
        return len(self._committed)

    def commit(self, render_id: str) -> None:
        """Note that the render of an id that was met has been committed: from now on it should be there."""
        self._met[render_id.lower()] |= DUE

    def is_committed(self, render_id: str) -> bool:
        """Whether the render of an id that was met has been committed."""
        return bool(self._met[render_id.lower()] & DUE)

    def withdraw(self, render_id: str) -> None:
        """Note that the render of an id that was committed does not count any more."""
        self._met[render_id.lower()] &= ~DUE

    def has_met(self, render_id: str) -> bool:
        return render_id.lower() in self._met

    def lost(self, records: Iterable[str], images: Iterable[str]) -> Iterator[str]:
        """Yield the ids whose render was committed and is not there whole, in the order in which they were met.

        Args:
            records, images: The ids of all records, and of all images, that are there.
        """
        for flag, render_ids in ((RECORD, records), (IMAGE, images)):
            for render_id in render_ids:
                if (key := render_id.lower()) in self._met:
                    self._met[key] |= flag
        for key, mark in self._met.items():
            if is_lost(mark):
                yield with_capitals(key, mark >> FLAG_BITS >> CONTENT_BITS)

    def has_lost(self, render_id: str) -> bool:
        """Whether :meth:`lost` has yielded this id."""
        return is_lost(self._met.get(render_id.lower(), 0))

    def has_failure(self, render_id: str) -> bool:
        """Whether the id had a file in ``failures/`` when the run began."""
        return render_id.lower() in self._failed


def is_lost(mark: int) -> bool:
    return bool(mark & DUE) and mark & (RECORD | IMAGE) != RECORD | IMAGE


def capitals(render_id: str) -> int:
    """Return a number whose bits are 1 where the id has a capital letter."""
    if render_id == render_id.lower():
        return 0
    return sum(1 << place for place, letter in enumerate(render_id) if letter.isupper())


def with_capitals(render_id: str, places: int) -> str:
    """Return the id with capital letters where ``places``, made by :func:`capitals`, has bits that are 1."""
    return "".join(letter.upper() if places >> place & 1 else letter for place, letter in enumerate(render_id))
