"""How many places what is left of a run is worth."""

from __future__ import annotations

import math
import time

from semstyle.farm.cost import speed
from semstyle.farm.demand import Demand
from semstyle.farm.driver.accounts import Accounts
from semstyle.farm.options import RunOptions

WORTH_SECONDS = 180.0
"""The work that a place should have: a node takes minutes to come, and these are paid for too."""
MOST_PLACES = 500
"""Most places that one run asks for; a cluster's own limit is mostly lower."""
SHRINK_SECONDS = 60.0
"""For how long fewer places must have been enough before fewer are asked for."""


def places_worth(tasks: int, seconds: float) -> int:
    """Return for how many places there is enough to do, 0 to ``MOST_PLACES``.

    Args:
        tasks: How many tasks are left; each takes one place.
        seconds: How long all of them would take one after another.
    """
    return min(tasks, max(1, math.ceil(seconds / WORTH_SECONDS)), MOST_PLACES) if tasks > 0 else 0


class Worth:
    """Follows how many places the rest of a run is worth: more at once, fewer only after a while.

    What is left, and what renders take, are estimates, and nodes should not come and go with these.

    Attributes:
        places: The number that holds now.
    """

    def __init__(self, accounts: Accounts, options: RunOptions) -> None:
        self._accounts, self._options = accounts, options
        self._lower_since = float("inf")
        self.places = 0

    def follow(self, demand: Demand, running: int = 0, worked: float = 0.0) -> int:
        """Look what is left; returns the number of places. When all has begun there is none: nodes at work stay.

        Args:
            demand: What a render asks for.
            running: How many renders workers have begun.
            worked: How many of their estimated seconds are done.
        """
        rows = self._rows_left
        if rows <= running:
            return self.hold(0, 0.0)
        workload = self._accounts.tally.workload
        seconds = workload.place_seconds_left(rows, worked, speed(demand))
        return self.hold(places_worth(math.ceil(rows / self._options.batch), seconds))

    def hold(self, places: int, shrink_after: float = SHRINK_SECONDS) -> int:
        """Let ``places`` be the number: at once if it is no lower, else once it was lower for so many seconds."""
        now = time.monotonic()
        self._lower_since = min(self._lower_since, now) if places < self.places else math.inf
        if places >= self.places or now - self._lower_since >= shrink_after:
            self.places, self._lower_since = places, math.inf
        return self.places

    @property
    def _rows_left(self) -> int:
        """How many rows are left, without those that were not read yet and are likely to be committed."""
        tally, ledger = self._accounts.tally, self._accounts.ledger
        known = 0 if self._options.force else ledger.unmet
        return max(min(tally.left, tally.workload.open_rows), tally.left - known)
