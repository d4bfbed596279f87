"""The report of a run that goes on: written by a process of its own, which ends with the run."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from finished_run import finished
from large_run import write_large_run
from report_data import read_data

from semstyle.commands.run_summary import reported
from semstyle.farm.output.record import result_schema
from semstyle.manifest.shard import WHOLE, Shard
from semstyle.report.live import NICENESS, LiveReport

PATIENCE = 60.0


def wait_until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "it never came to be so"
        time.sleep(0.05)


def count_shown(out: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return int(read_data(out, "run")["counts"]["shown"])
    return 0


def is_alive(process: int) -> bool:
    """Whether there is such a process that has not ended, even if no one has asked how it did."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def store_record(out: Path, render_id: str) -> None:
    (out / "images" / f"{render_id}.png").write_bytes((out / "inputs" / "coast_style.png").read_bytes())
    table = pa.Table.from_pylist([finished(render_id, manifest_row=99)], result_schema())
    pq.write_table(table, out / "records" / f"{render_id}.parquet")


def test_it_fills_up_while_the_run_goes_on_and_ends_with_it(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_large_run(out, 3, running=True)
    with LiveReport(str(out), every=0.1) as report:
        wait_until(lambda: count_shown(out) == 3)
        process = report.process_id
        assert process is not None and os.getpriority(os.PRIO_PROCESS, process) >= NICENESS
        store_record(out, "more")
        wait_until(lambda: count_shown(out) == 4)
    assert not is_alive(process)


def test_what_it_cannot_read_or_write_hurts_no_one_and_is_tried_again(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_large_run(out, 1, running=True)
    (out / "report").write_text("no folder")
    with LiveReport(str(out), every=0.1) as report:
        wait_until(lambda: report.process_id)
        (out / "report").unlink()
        wait_until(lambda: count_shown(out) == 1)


def test_it_ends_when_whoever_started_it_is_killed(tmp_path: Path) -> None:
    out = tmp_path / "run"
    write_large_run(out, 1, running=True)
    program = "import sys, time; from semstyle.report.live import LiveReport\n"
    program += "with LiveReport(sys.argv[1], 0.1) as report:\n"
    program += "    while not report.process_id: time.sleep(0.05)\n"
    program += "    print(report.process_id, flush=True); time.sleep(600)"
    driver = subprocess.Popen([sys.executable, "-c", program, str(out)], stdout=subprocess.PIPE, text=True)
    assert driver.stdout is not None
    process = int(driver.stdout.readline())
    wait_until(lambda: count_shown(out) == 1)
    driver.kill()
    driver.communicate()
    wait_until(lambda: not is_alive(process))


def test_a_short_run_starts_no_process(tmp_path: Path) -> None:
    with LiveReport(str(tmp_path), every=60) as report:
        assert report.process_id is None
    assert not any(tmp_path.iterdir())


def test_the_report_of_a_run_with_several_drivers_is_the_first_ones() -> None:
    assert isinstance(reported("out", Shard(1, 8)), LiveReport) and isinstance(reported("out", WHOLE), LiveReport)
    assert isinstance(reported("out", Shard(2, 8)), nullcontext) and isinstance(reported("out", None), nullcontext)
