"""This module predicts a run on a thousand GPUs from costs measured on one machine.

The GPUs and the drivers are simulated event by event, over a part of the rows; what only adds up (listing, memory,
aggregation) is calculated.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from dataclasses import dataclass
from enum import IntEnum, auto

from semstyle.bench.farm_costs import Costs
from semstyle.farm.driver.fleet import GATHER_SECONDS, RENDERS_PER_PROCESS
from semstyle.farm.many_at_once import THREADS as READERS
from semstyle.storage.s3_listing import LISTERS

SPREAD = 0.1
"""Render times are uniform within this share of their mean."""
PAGE = 1000
"""One page of an object store's listing has so many names."""
HEXADECIMAL = 16


@dataclass(frozen=True)
class Scenario:
    """The run to predict.

    Attributes:
        render_seconds: Mean time of a render.
        drivers: Number of drivers, each with its own shard of the manifest.
        latency: Seconds of one request to the object store.
    """

    gpus: int = 1000
    rows: int = 10_000_000
    render_seconds: float = 20.0
    drivers: int = 1
    latency: float = 0.1


@dataclass(frozen=True)
class Simulated:
    """The result of the simulated part of a run.

    Attributes:
        gpus_busy, drivers_busy: Shares of their time that they were busy, once all GPUs have had a render.
        rows_per_second: Rendered rows per second in the same time.
    """

    scenario: Scenario
    gpus_busy: float
    drivers_busy: float
    rows_per_second: float

    @property
    def days(self) -> float:
        """The days that all the rows take at ``rows_per_second``."""
        return self.scenario.rows / self.rows_per_second / 86_400


def simulate(scenario: Scenario, costs: Costs, rows: int = 100_000, seed: int = 0) -> Simulated:
    """Simulate until ``rows`` renders have ended, after one for each GPU; the same seed gives the same run."""
    cluster = SimulatedCluster(scenario, costs, random.Random(seed))
    cluster.run(scenario.gpus)
    begun, rendering, driving = cluster.now, cluster.rendering, cluster.driving
    cluster.run(rows)
    seconds = cluster.now - begun
    return Simulated(
        scenario,
        (cluster.rendering - rendering) / seconds / scenario.gpus,
        min(1.0, (cluster.driving - driving) / seconds / scenario.drivers),
        rows / seconds,
    )


class SimulatedDriver:
    """One driver's rounds: gather answers, look for them, then settle each and hand out another render.

    Attributes:
        answers: Number of answers that have come since it last looked.
        is_idle: Whether it waits for its next answer.
    """

    def __init__(self, flights: int, costs: Costs) -> None:
        self.answers, self.is_idle = 0, True
        self.looking = 2 * costs.wait_seconds * flights
        self.gathering = GATHER_SECONDS * flights


class Event(IntEnum):
    RENDERED = auto()
    LOOKED = auto()
    HANDED_OUT = auto()
    ROUND_OVER = auto()


class SimulatedCluster:
    """GPUs that render, and drivers that each keep as many renders in flight as the farm does.

    Attributes:
        now: Seconds since the run began.
        rendering, driving: Busy seconds, summed over all GPUs and over all drivers.
    """

    def __init__(self, scenario: Scenario, costs: Costs, chance: random.Random) -> None:
        self._scenario, self._costs, self._chance = scenario, costs, chance
        self._idle = scenario.gpus
        self._waiting: deque[int] = deque()
        """The driver's number of each render that is handed out and waits for a GPU."""
        self._events: list[tuple[float, Event, int]] = []
        self._ended = 0
        self.now = self.rendering = self.driving = 0.0
        flights = scenario.gpus + max(2, scenario.gpus // 8)
        self._drivers = [SimulatedDriver(flights, costs) for _ in range(scenario.drivers)]
        for number in range(scenario.drivers):
            self._hand_out(number, flights)

    def run(self, renders: int) -> None:
        """Simulate until ``renders`` more renders have ended."""
        goal = self._ended + renders
        while self._ended < goal:
            self.now, event, number = heapq.heappop(self._events)
            driver = self._drivers[number]
            match event:
                case Event.RENDERED:
                    self._ended += 1
                    self._idle += 1
                    driver.answers += 1
                case Event.LOOKED:
                    answers, driver.answers = driver.answers, 0
                    self.driving += driver.looking
                    self._hand_out(number, answers)
                case Event.HANDED_OUT:
                    self._waiting.append(number)
                case Event.ROUND_OVER:
                    driver.is_idle = True
            if driver.is_idle and driver.answers:
                driver.is_idle = False
                self._add(driver.gathering + driver.looking, Event.LOOKED, number)
            if self._idle and self._waiting:
                self._render(self._waiting.popleft())

    def _add(self, seconds: float, event: Event, driver: int) -> None:
        heapq.heappush(self._events, (self.now + seconds, event, driver))

    def _hand_out(self, driver: int, renders: int) -> None:
        each = self._costs.driver_seconds
        for number in range(renders):
            self._add((number + 1) * each, Event.HANDED_OUT, driver)
        self._drivers[driver].is_idle = False
        self._add(renders * each, Event.ROUND_OVER, driver)
        self.driving += renders * each

    def _render(self, driver: int) -> None:
        seconds = self._scenario.render_seconds * self._chance.uniform(1 - SPREAD, 1 + SPREAD)
        fresh = self._costs.cold_seconds if self._chance.random() * RENDERS_PER_PROCESS < 1 else 0.0
        self._idle -= 1
        self.rendering += seconds
        self._add(self._costs.gap_seconds + fresh + seconds, Event.RENDERED, driver)


@dataclass(frozen=True)
class AddedUp:
    """The costs that need no simulation, in seconds and bytes.

    Attributes:
        one_by_one, listing: Time to list all records page after page, and as the farm does, by the ids' first letters.
        resuming: Time of a driver to pass through rows that are all committed.
        ledger: A driver's memory for the ids of those rows.
        reading, gathering: Time that aggregation waits for storage, and its CPU time.
        tables: Largest disk space of the results and traces until they are stored.
    """

    one_by_one: float
    listing: float
    resuming: float
    ledger: float
    reading: float
    gathering: float
    tables: float


def added_up(scenario: Scenario, costs: Costs) -> AddedUp:
    """Add up the costs of a run's ``rows`` once they are committed, with hashes for ids, as they are by default."""
    pages = scenario.rows / PAGE
    mine = scenario.rows / scenario.drivers
    return AddedUp(
        one_by_one=pages * scenario.latency,
        listing=pages * scenario.latency / min(LISTERS, HEXADECIMAL),
        resuming=mine * costs.plan_seconds,
        ledger=scenario.rows * costs.ledger_bytes,
        reading=scenario.rows * scenario.latency / READERS,
        gathering=scenario.rows * costs.aggregate_seconds,
        tables=scenario.rows * costs.record_bytes,
    )
