"""This module starts a Ray cluster for the benchmarks, and measures Ray alone doing what the farm asks of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from semstyle.farm.attempt import Assignment
from semstyle.farm.driver.cluster import SMALLEST_OBJECT_STORE, ray_module
from semstyle.farm.driver.own_ray import keep_token_to_ourselves

ANSWERS = 2
"""A render that succeeds answers twice: that it has started, and that it is committed."""


@contextmanager
def own_ray(cpus: int, gpus: int = 0) -> Iterator[None]:
    """Start a Ray cluster on this machine that claims so many CPUs and GPUs; runs inside the context join it."""
    keep_token_to_ourselves()
    ray = ray_module()
    ray.init(
        address="local",
        num_cpus=cpus,
        num_gpus=gpus,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="ERROR",
        object_store_memory=SMALLEST_OBJECT_STORE,
    )
    try:
        yield
    finally:
        ray.shutdown()


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock, and seconds of this process's CPU time."""

    wall: float
    cpu: float

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall + other.wall, self.cpu + other.cpu)

    def per_row(self, rows: int) -> Cost:
        return Cost(self.wall / rows, self.cpu / rows)


class Stopwatch:
    """A stopwatch of wall time and of this process's CPU time, which starts when it is made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> Cost:
        return Cost(time.perf_counter() - self._wall, time.process_time() - self._cpu)


def ray_alone(perform: Any, assignments: Iterable[Assignment], window: int) -> None:
    """Hand out ``assignments`` by Ray's own means, receive two answers to each, and do nothing else."""
    ray = ray_module()
    from semstyle.farm.driver.fleet import RENDERS_PER_PROCESS

    remote = ray.remote(num_cpus=1, max_calls=RENDERS_PER_PROCESS, max_retries=0, num_returns="streaming")(perform)
    remaining, heard = iter(assignments), dict[Any, int]()
    while True:
        for assignment in islice(remaining, window - len(heard)):
            heard[remote.remote(assignment)] = 0
        if not heard:
            return
        for stream in ray.wait(list(heard), num_returns=1)[0]:
            ray.get(next(stream))
            heard[stream] += 1
            if heard[stream] == ANSWERS:
                del heard[stream]


def wait_seconds(flights: int, rounds: int = 20) -> float:
    """Return the CPU time per task of asking Ray once which of ``flights`` tasks, which cannot run, have answered."""
    ray = ray_module()
    remote = ray.remote(num_cpus=1, resources={"a place that no node has": 1}, num_returns="streaming")(no_answer)
    streams = [remote.remote() for _ in range(flights)]
    ray.wait(streams, num_returns=flights, timeout=0)
    watch = Stopwatch()
    for _ in range(rounds):
        ray.wait(streams, num_returns=flights, timeout=0)
    cost = watch.read().cpu / rounds / flights
    for stream in streams:
        ray.cancel(stream, force=True)
    return cost


def no_answer() -> Iterator[None]:
    yield from ()
