"""The costs that a simulation of a large run goes by."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from semstyle.bench.farm_archive import ArchiveCost
from semstyle.bench.farm_driver import DriverCost
from semstyle.bench.farm_memory import DriverMemory
from semstyle.bench.farm_worker import Busy, WarmUp
from semstyle.errors import InputError

ADVICE = "`semstyle bench farm --json` prints a run's costs"


class Costs(BaseModel):
    """Costs that ``semstyle bench farm`` measured on one machine, or that were given as JSON.

    Attributes:
        driver_seconds: CPU time of a driver for each row: reading, planning, handing out, settling.
        plan_seconds: The part of ``driver_seconds`` for reading and planning; a row committed before costs no more.
        wait_seconds: CPU time of a driver to look once whether an attempt in flight has answered.
        ledger_bytes: Driver memory for each committed id.
        gap_seconds: Time that a GPU is idle between two renders.
        cold_seconds: Time that a fresh worker's first render takes beyond a warm one.
        aggregate_seconds: CPU time to aggregate one record.
        record_bytes: Size of a record; compressed together, in ``results/`` and ``traces/``, records take less.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    driver_seconds: float = Field(gt=0)
    plan_seconds: float = Field(gt=0)
    wait_seconds: float = Field(ge=0)
    ledger_bytes: float = Field(ge=0)
    gap_seconds: float = Field(ge=0)
    cold_seconds: float = Field(ge=0)
    aggregate_seconds: float = Field(gt=0)
    record_bytes: float = Field(gt=0)


def costs_of(driver: DriverCost, committed: DriverMemory, worker: WarmUp, busy: Busy, archive: ArchiveCost) -> Costs:
    return Costs(
        driver_seconds=driver.run.cpu,
        plan_seconds=driver.plan.cpu,
        wait_seconds=driver.wait,
        ledger_bytes=max(0.0, committed.per_row),
        gap_seconds=max(0.0, busy.gap),
        cold_seconds=max(0.0, worker.cold - worker.warm),
        aggregate_seconds=archive.aggregation.cpu,
        record_bytes=archive.record_bytes,
    )


def read_costs(path: Path) -> Costs:
    """Read costs from a JSON file.

    Raises:
        InputError: when the file is no JSON of costs.
    """
    try:
        return Costs.model_validate_json(path.read_bytes())
    except OSError as error:
        reason = "there is no such file" if isinstance(error, FileNotFoundError) else error.strerror
        raise InputError(f"{path}: {reason}; {ADVICE}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InputError(f"{path}: {where}: {first['msg']}; {ADVICE}") from None
