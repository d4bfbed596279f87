"""What is to be launched next: attempts that have waited out their delay, then new rows."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator

from semstyle.farm.attempt import Assignment
from semstyle.manifest import BadRow, Row


class Queue:
    """New rows in order, and attempts to come again when they are due.

    Args:
        assign: Makes a row's first assignment.
    """

    def __init__(self, rows: Iterator[Row | BadRow], assign: Callable[[Row], Assignment]) -> None:
        self._rows = rows
        self._assign = assign
        self._waiting: list[tuple[float, int, Assignment]] = []
        self._order = itertools.count()
        self.exhausted = False

    def __len__(self) -> int:
        """Assignments that wait for their time; new rows are not counted before they are read."""
        return len(self._waiting)

    def put_back(self, assignment: Assignment, due: float) -> None:
        """Give ``assignment`` again at the time ``due``."""
        heapq.heappush(self._waiting, (due, next(self._order), assignment))

    def next(self, now: float) -> Assignment | BadRow | None:
        """The next thing to do, or None when there is nothing for now."""
        if self._waiting and self._waiting[0][0] <= now:
            return heapq.heappop(self._waiting)[2]
        if self.exhausted:
            return None
        for row in self._rows:
            return row if isinstance(row, BadRow) else self._assign(row)
        self.exhausted = True
        return None

    @property
    def is_empty(self) -> bool:
        return self.exhausted and not self._waiting
