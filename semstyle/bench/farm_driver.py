"""This module measures what the driver costs per row, with renders that take no time, beside Ray alone."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from semstyle.bench.farm_ray import Cost, Stopwatch, own_ray, ray_alone, wait_seconds
from semstyle.bench.figure import Figure
from semstyle.bench.pretend import write_pictures, write_rows
from semstyle.farm import RunOptions, run_manifest
from semstyle.farm.attempt import Answer, Assignment, Committed, Started
from semstyle.farm.demand import Demand
from semstyle.farm.errors import FarmError
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.rows.plan import Tally, pending
from semstyle.farm.worker.task import node_id
from semstyle.manifest import Row, read_rows

CPUS = 2
WINDOW = CPUS + 2
"""The farm keeps as many attempts in flight on so many places."""
WARM_UP = 50
MANY_FLIGHTS = 1000
TARGET = 3e-3
"""A row should cost the driver at most so many seconds."""


def instant(assignment: Assignment) -> Iterator[Answer]:
    """Answer that the render is committed, but neither render nor store anything."""
    yield Started(node_id(), os.getpid(), time.time())
    yield Committed(0.0, True)


@dataclass(frozen=True)
class DriverCost:
    """The costs of one row.

    Attributes:
        run: Cost in a whole run with instant renders, including the status.
        ray: Cost of Ray alone with the same tasks.
        plan: Cost of reading the manifest and planning, which ``run`` includes.
        wait: CPU seconds to look once for answers, for each attempt in flight; ``run`` has few in flight.
    """

    rows: int
    run: Cost
    ray: Cost
    plan: Cost
    wait: float

    def figures(self) -> list[Figure]:
        own = self.run.cpu - self.ray.cpu
        share = f"{self.ray.cpu / self.run.cpu:.0%} of it is Ray's own"
        return [
            Figure("driver, CPU per row", 1e3 * self.run.cpu, "ms", 1e3 * TARGET, note=share),
            Figure("  Ray alone, CPU per row", 1e3 * self.ray.cpu, "ms", note="the floor: same tasks, same answers"),
            Figure("  semstyle's own", 1e3 * own, "ms", note="the difference"),
            Figure("  of that, reading and planning", 1e3 * self.plan.cpu, "ms", note="measured by itself"),
            Figure("  looking for answers, per 1,000 in flight", 1e6 * self.wait, "ms", note="Ray's own, each time"),
            Figure("rows submitted and settled", 1 / self.run.wall, "rows/s", note="Ray's workers share these cores"),
            Figure("  Ray alone", 1 / self.ray.wall, "rows/s", note=f"ratio {self.run.wall / self.ray.wall:.2f}"),
        ]


def driver_cost(rows: int, folder: Path) -> DriverCost:
    """Run ``rows`` instant renders, with manifest and output in ``folder``, on a Ray cluster of two CPUs."""
    write_pictures(folder)
    manifest = write_rows(folder / "instant.parquet", rows)
    watch = Stopwatch()
    assignments = [
        Assignment(row, str(folder), "run", Demand(0, 1)) for row in plan(manifest, rows) if isinstance(row, Row)
    ]
    planned = watch.read().per_row(rows)
    with own_ray(CPUS):
        ray_alone(instant, assignments[:WARM_UP], WINDOW)
        middle = rows // 2
        ray = cost_of(lambda: ray_alone(instant, assignments[:middle], WINDOW))
        options = RunOptions(cpus_per_render=1, aggregate=False)
        watch = Stopwatch()
        summary = run_manifest(manifest, str(folder / "instant"), options, perform=instant)
        run = watch.read()
        # Half before and half after, so that what else the machine does weighs on both.
        ray += cost_of(lambda: ray_alone(instant, assignments[middle:], WINDOW))
        wait = wait_seconds(MANY_FLIGHTS)
    if summary.status.rendered != rows:
        raise FarmError(f"the run answered for {summary.status.rendered:,} of {rows:,} rows; its costs mean nothing")
    return DriverCost(rows, run.per_row(rows), ray.per_row(rows), planned, wait)


def cost_of(work: Callable[[], object]) -> Cost:
    watch = Stopwatch()
    work()
    return watch.read()


def plan(manifest: str, rows: int) -> Iterator[object]:
    return iter(pending(read_rows(manifest), Ledger(), Tally(rows=rows), False))
