"""What goes wrong throughout a soak: workers are killed, nodes go and come, the store stumbles."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from faulty_proxy import FaultyProxy
from machines import Machines

from semstyle.interrupts import handlers_kept

DECK = (*("worker",) * 4, "node", *("stumble",) * 2)
"""Mishaps of a round; each round has them in another order."""
STUMBLE_RATE = 0.15
STUMBLE_SECONDS = 10.0
AWAY_SECONDS = 8.0


class Mishaps:
    """Brings about one mishap every few seconds, in an order that its seed decides.

    Args:
        at_work: Returns the processes that are rendering, those first that began first.
        every: Seconds from one mishap to the next.

    Attributes:
        counts: Mishaps so far, by name.
    """

    def __init__(
        self, machines: Machines, proxy: FaultyProxy, at_work: Callable[[], list[int]], every: float, seed: int
    ) -> None:
        self._machines, self._proxy, self._at_work, self._every = machines, proxy, at_work, every
        self._dice = random.Random(seed)
        self._deck: list[str] = []
        self._due = time.monotonic() + every
        self._steady_at: float | None = None
        self._complete_at: float | None = None
        self.counts: Counter[str] = Counter()

    def look(self) -> None:
        """End what has lasted long enough, and begin the next mishap if it is time."""
        now = time.monotonic()
        if self._steady_at is not None and now >= self._steady_at:
            self.be_steady()
        if self._complete_at is not None and now >= self._complete_at:
            self.complete()
        if now >= self._due:
            self._due = now + self._every
            if (done := self._next()) is not None:
                self.counts[done] += 1

    def be_steady(self) -> None:
        """Let the store answer as it should."""
        self._proxy.rate, self._steady_at = 0.0, None

    def stumble(self) -> str:
        """Let the store answer 500 and 503 and cut connections, for a while."""
        self._proxy.rate, self._steady_at = STUMBLE_RATE, time.monotonic() + STUMBLE_SECONDS
        return "stumble"

    def complete(self) -> None:
        """Have as many nodes as there should be."""
        self._complete_at = None
        with handlers_kept():  # Ctrl-C is for the whole soak, not for a node alone
            self._machines.complete()

    def _next(self) -> str | None:
        """Return the mishap that was brought about; None when there was nothing to break."""
        if not self._deck:
            self._deck = self._dice.sample(DECK, len(DECK))
        match self._deck.pop():
            case "worker":
                return self._kill_worker()
            case "node":
                return self._lose_node()
            case _:
                return self.stumble()

    def _kill_worker(self) -> str | None:
        """Kill a worker at a render, but not the oldest, so that there are some to be seen for long."""
        victims = self._at_work()[1:]
        if victims and self._machines.kill_worker(self._dice.choice(victims)):
            return "worker"
        return None

    def _lose_node(self) -> str | None:
        others: list[Any] = self._machines.others
        if not others:
            return None
        self._machines.remove(self._dice.choice(others))
        self._complete_at = time.monotonic() + AWAY_SECONDS
        return "node"
