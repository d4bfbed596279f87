"""Choosing what is launched next: attempts that have waited out their delay, then new rows."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator

from semstyle.farm.attempt import Assignment
from semstyle.manifest import BadRow, Row


class Queue:
    """Holds new rows, in order, and rows that are to be tried again at some time.

    Args:
        assign: Makes a row's first assignment.
    """

    def __init__(self, rows: Iterator[Row | BadRow], assign: Callable[[Row], Assignment]) -> None:
        self._rows = rows
        self._assign = assign
        self._waiting: list[tuple[float, int, Assignment]] = []
        self._bad: BadRow | None = None
        self._order = itertools.count()
        self.exhausted = False

    def __len__(self) -> int:
        """How many assignments wait for their time; new rows are not counted, as they are not read yet."""
        return len(self._waiting)

    def put_back(self, assignment: Assignment, due: float) -> None:
        """Let ``assignment`` come again at the time ``due``."""
        heapq.heappush(self._waiting, (due, next(self._order), assignment))

    def next(self, now: float, most: int = 1) -> list[Assignment] | BadRow | None:
        """Return the next thing to do, or None when there is nothing for now.

        Args:
            most: How many new rows may come together. A row that was tried before always comes alone, as it may have
                been what took down the others of its batch.
        """
        if self._waiting and self._waiting[0][0] <= now:
            return [heapq.heappop(self._waiting)[2]]
        if self._bad is None and (batch := self._new(most)):
            return batch
        bad, self._bad = self._bad, None
        return bad

    def _new(self, most: int) -> list[Assignment]:
        """Return assignments of up to ``most`` new rows; a bad row ends them, and is kept for the next call."""
        batch: list[Assignment] = []
        while len(batch) < most and not self.exhausted:
            match next(self._rows, None):
                case None:
                    self.exhausted = True
                case BadRow() as row:
                    self._bad = row
                    break
                case row:
                    batch.append(self._assign(row))
        return batch

    @property
    def is_empty(self) -> bool:
        return self.exhausted and not self._waiting and self._bad is None
