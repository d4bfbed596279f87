"""Asking the autoscaler for as many places as the run is worth, and giving them back."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Any

from semstyle.farm.connected_head import connected_head
from semstyle.farm.demand import Demand
from semstyle.farm.driver.autoscaling.asked_by_all import AskedByAll
from semstyle.farm.driver.autoscaling.autoscaler import Autoscaler, Decision
from semstyle.farm.driver.autoscaling.bundles import Bundle, bundles_of
from semstyle.farm.driver.autoscaling.ceiling import Ceiling
from semstyle.farm.driver.head import answers

ASK_SECONDS = 5.0
"""Between two requests at least; the autoscaler looks as often."""
RENEW_SECONDS = 15.0
"""Between two requests at most: another driver may have asked for something else meanwhile."""
FAREWELL_SECONDS = 5.0
MOST_BUNDLES = 1000


class Capacity:
    """What this run asks for; asked in a thread, as the head may be slow or gone, and no error of it ends a run.

    A request is for the whole cluster: how large it should be at least, whatever runs on it. Nodes at work are not
    taken away in any case.

    Args:
        can_grow: Whether there may be an autoscaler at all; else nothing is asked.
    """

    def __init__(self, run_id: str, can_grow: bool = True) -> None:
        self._run_id, self.can_grow = run_id, can_grow
        self._told: tuple[Demand, int] | None = None
        self._asked_at = float("-inf")
        self._asking: threading.Thread | None = None
        self._ceiling = Ceiling()
        self._places = 0
        self._autoscaler = Autoscaler()
        self._all: AskedByAll | None = None

    def want(self, demand: Demand, places: int, have: int = 0) -> None:
        """Say how many places the run could use, of those that it has and more; that is passed on when it is due."""
        if not self.can_grow:
            return
        is_searching = places > self._places and not self._ceiling.is_found
        due = ASK_SECONDS if is_searching or (demand, places) != self._told else RENEW_SECONDS
        if time.monotonic() - self._asked_at >= due and not self._is_asking:
            self._asked_at, self._told = time.monotonic(), (demand, places)
            self._start(self._ask, demand, places, have)

    def close(self) -> None:
        """Give back what was asked for, if the head takes it at once; what other runs ask for stays."""
        if self._asking is None:
            return
        self._asking.join(FAREWELL_SECONDS)
        if not self._is_asking:
            self._start(self._give_back)
            self._asking.join(FAREWELL_SECONDS)

    @property
    def _is_asking(self) -> bool:
        return self._asking is not None and self._asking.is_alive()

    def _start(self, work: Any, *arguments: Any) -> None:
        self._asking = threading.Thread(target=guarded, args=(work, *arguments), name="capacity", daemon=True)
        self._asking.start()

    def _ask(self, demand: Demand, places: int, have: int) -> None:
        parts = self._parts()
        self._ceiling.grant(have)
        match self._autoscaler.decision():
            case Decision.GRANTED:
                self._ceiling.grant(self._places)
            case Decision.REFUSED:
                self._ceiling.refuse(self._places)
        self._places = min(places, self._ceiling.places) if self._autoscaler.is_strict else places
        if places:
            parts.leave(demand, self._places)
        else:
            parts.take_back()
        self._request(parts, bundles_of(demand, self._places))

    def _give_back(self) -> None:
        parts = self._parts()
        parts.take_back()
        self._request(parts, [])

    def _request(self, parts: AskedByAll, ours: list[Bundle]) -> None:
        others = [bundle for part in parts.others() for bundle in bundles_of(part.demand, part.places)]
        self._autoscaler.request((ours + others)[:MOST_BUNDLES])

    def _parts(self) -> AskedByAll:
        """Return the parts of all runs; raises OSError unless the head answers: Ray would wait for it."""
        import ray

        if not answers(ray.get_runtime_context().gcs_address):
            raise OSError("the head does not answer")
        self._all = self._all or AskedByAll(connected_head(), self._run_id)
        return self._all


def guarded(work: Any, *arguments: Any) -> None:
    """Do ``work``; an error means that nothing was asked for this time."""
    with contextlib.suppress(Exception):
        work(*arguments)
