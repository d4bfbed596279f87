"""The driver's memory over a long manifest, measured in a process of its own:

python -m semstyle.bench.farm_memory MANIFEST ROWS committed|planned

prints the process's peak in bytes, and the bytes that it held before it began.
"""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from semstyle.bench.figure import Figure
from semstyle.bench.pretend import row_id, write_rows

TARGET = 500e6
State = Literal["committed", "planned"]


@dataclass(frozen=True)
class DriverMemory:
    """The memory of a driver's process, in bytes.

    Attributes:
        before: Memory once everything was imported.
        peak: Largest memory up to the end of the manifest.
    """

    state: State
    rows: int
    before: int
    peak: int

    @property
    def per_row(self) -> float:
        return (self.peak - self.before) / self.rows

    def figure(self) -> Figure:
        note = f"{self.before / 1e6:.0f} MB of it imports; {self.per_row:.0f} bytes a row"
        name = f"driver memory, {self.rows:,} rows all {self.state}"
        return Figure(name, self.peak / 1e6, "MB", TARGET / 1e6, note=note)


def driver_memory(rows: int, folder: Path) -> list[DriverMemory]:
    """Measure the peak with every row committed, by a listing that has every id, and with every row still to render.

    Both processes run at once, as it is not their time that is measured.
    """
    manifest = write_rows(folder / "long.parquet", rows)
    states: tuple[State, ...] = ("committed", "planned")
    with ThreadPoolExecutor(len(states)) as pool:
        return list(pool.map(lambda state: measured_apart(manifest, rows, state), states))


def measured_apart(manifest: str, rows: int, state: State) -> DriverMemory:
    command = [sys.executable, "-m", __name__, manifest, str(rows), state]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    return DriverMemory(state, rows, **json.loads(output))


def go_through(manifest: str, rows: int, state: str) -> dict[str, int]:
    """Read, number and plan the whole manifest as a run does, and drop planned rows as a run drops those that end."""
    # The driver's imports are part of its memory.
    import ray  # noqa: F401

    import semstyle.farm.driver.driver  # noqa: F401
    from semstyle.farm.output.ledger import Ledger
    from semstyle.farm.rows.plan import Tally, pending
    from semstyle.manifest import read_rows

    before = memory("VmRSS")
    tally = Tally(rows=rows)
    ledger = Ledger(map(row_id, range(rows)) if state == "committed" else ())
    planned = 0
    for row in pending(read_rows(manifest), ledger, tally, False):
        planned += 1
        tally.workload.drop(row.render_id)
    if (planned, tally.skipped) != ((0, rows) if state == "committed" else (rows, 0)):
        raise AssertionError(f"{planned} planned and {tally.skipped} skipped of {rows} rows {state}")
    return {"before": before, "peak": memory("VmHWM")}


def memory(field: str) -> int:
    """Return a field of Linux's /proc in bytes.

    ``machine`` is not used here because it imports torch, which would be most of this process.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) * 1024


if __name__ == "__main__":
    print(json.dumps(go_through(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
