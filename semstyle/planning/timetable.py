"""How long a cluster is busy: renders go to whichever place is free first, in the order of a run."""

from __future__ import annotations

import heapq


class Timetable:
    """Hands renders out to places, as they come.

    Attributes:
        busy_seconds: The sum of what all renders take.
    """

    def __init__(self, places: int, start_seconds: float) -> None:
        self._free_at = [start_seconds] * max(1, places)
        self._used = 0
        self._start = start_seconds
        self.busy_seconds = 0.0

    def add(self, seconds: float) -> None:
        """Give the next render to the place that is free first."""
        heapq.heapreplace(self._free_at, self._free_at[0] + seconds)
        self.busy_seconds += seconds
        self._used += 1

    @property
    def seconds(self) -> float:
        """Seconds until the last render has ended, from when the first worker starts; 0 without any."""
        return max(self._free_at) if self._used else 0.0
