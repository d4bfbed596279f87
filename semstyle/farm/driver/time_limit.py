"""Limiting how long an attempt may take, so that one which hangs does not hold its place for ever."""

from __future__ import annotations

from semstyle.farm.attempt import Failed, FailureClass
from semstyle.farm.driver.fleet import Flight

TIMES = 10.0
"""A render may take so many times its estimate."""
SHORTEST = 600.0
"""Seconds that a render may take at least unless the user sets a limit: estimates know nothing of slow networks."""


class TimeLimit:
    """The limit of each attempt of a run; a task has the time of all its renders together.

    Args:
        chosen: Seconds that a render may take, as the user says; 0 for no limit, None for one that suits the render.
    """

    def __init__(self, chosen: float | None) -> None:
        self._chosen = chosen

    def overdue(self, flight: Flight) -> Failed | None:
        """Return a failure when the attempt has taken too long, or None."""
        if self._chosen == 0 or (self._chosen is None and flight.seconds <= SHORTEST):
            return None
        allowed = self.seconds(flight)
        if flight.seconds <= allowed:
            return None
        how = "--timeout" if self._chosen else "what such renders may take by default; --timeout sets another limit"
        return Failed(FailureClass.TIME, f"took longer than {allowed:,g} s ({how})")

    def seconds(self, flight: Flight) -> float:
        if self._chosen is not None:
            return self._chosen * len(flight.assignments)
        return round(sum(max(SHORTEST, TIMES * estimate) for estimate in flight.estimates), 1)
