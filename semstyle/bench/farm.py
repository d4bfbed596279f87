"""This module measures what the farm costs, in one run on this machine, and what follows for a large one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from semstyle.bench.farm_archive import archive_cost
from semstyle.bench.farm_costs import Costs, costs_of
from semstyle.bench.farm_driver import driver_cost
from semstyle.bench.farm_memory import driver_memory
from semstyle.bench.farm_worker import busy_share, warm_up
from semstyle.bench.figure import Figure


@dataclass(frozen=True)
class Size:
    """Say how much is measured.

    Attributes:
        rows: Number of instant renders.
        memory_rows: Rows of the manifest that is only read, for the driver's memory.
        records: Number of records that are listed and aggregated.
        renders: Number of small real renders, in one worker.
        seconds: Length of one sleeping render, in seconds.
        each: Number of sleeping renders for each pretend GPU.
    """

    rows: int = 10_000
    memory_rows: int = 1_000_000
    records: int = 2_000
    renders: int = 10
    seconds: float = 20.0
    each: int = 6


@dataclass(frozen=True)
class FarmMeasurement:
    figures: list[Figure]
    costs: Costs


def measure(size: Size, tell: Callable[[str], None] = lambda text: None) -> FarmMeasurement:
    """Measure all costs of the farm, in a temporary folder.

    Args:
        tell: It is called with the name of what is being measured.
    """
    with tempfile.TemporaryDirectory(prefix="semstyle-bench-") as name:
        folder = Path(name)
        tell(f"{size.rows:,} instant renders, and Ray alone with the same")
        driver = driver_cost(size.rows, folder)
        tell(f"memory over {size.memory_rows:,} rows, twice")
        memory = driver_memory(size.memory_rows, folder)
        tell(f"{size.renders} small renders in one worker")
        worker = warm_up(size.renders, folder)
        tell(f"renders of {size.seconds:g} s on pretend GPUs, {size.each} on each")
        busy = busy_share(size.seconds, size.each, folder)
        tell(f"{size.records:,} records, listed and aggregated")
        archive = archive_cost(size.records, folder)
    figures = [
        *driver.figures(),
        *(each.figure() for each in memory),
        *worker.figures(),
        *busy.figures(),
        *archive.figures(),
    ]
    return FarmMeasurement(figures, costs_of(driver, memory[0], worker, busy, archive))
