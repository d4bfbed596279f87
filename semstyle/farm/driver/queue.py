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
        self._bad: BadRow | None = None
        self._order = itertools.count()
        self.exhausted = False

    def __len__(self) -> int:
        """Assignments that wait for their time; new rows are not counted before they are read."""
        return len(self._waiting)

    def put_back(self, assignment: Assignment, due: float) -> None:
        """Give ``assignment`` again at the time ``due``."""
        heapq.heappush(self._waiting, (due, next(self._order), assignment))

    def next(self, now: float, most: int = 1) -> list[Assignment] | BadRow | None:
        """The next thing to do, or None when there is nothing for now.

        Args:
            most: New rows that may come together. What has been tried before always comes alone: it may be what
                took the others of its batch down.
        """
        if self._waiting and self._waiting[0][0] <= now:
            return [heapq.heappop(self._waiting)[2]]
        if self._bad is None and (batch := self._new(most)):
            return batch
        bad, self._bad = self._bad, None
        return bad

    def _new(self, most: int) -> list[Assignment]:
        """Assignments of up to ``most`` new rows; a bad row ends them and is kept for the next call."""
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
