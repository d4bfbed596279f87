"""A machine whose clock is put back while a run is at work, or before it is looked at."""

from __future__ import annotations

import importlib
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from semstyle.farm import RunOptions, read_status, repair, run_manifest
from semstyle.farm.driver import fleet
from semstyle.farm.errors import FarmError
from semstyle.farm.monitor import highlights, reporter
from semstyle.farm.monitor.status import Status
from semstyle.farm.output import failures as quarantine
from semstyle.farm.output import job
from semstyle.storage import Folder

ONE_CPU = RunOptions(cpus_per_render=1)
WRONG = [timedelta(hours=-1), timedelta(hours=1)]


class Clock(datetime):
    """Each look finds it ten minutes earlier than the one before."""

    looks = 0

    @classmethod
    def now(cls, tz=None):
        Clock.looks += 1
        return datetime.now(tz) - timedelta(minutes=10 * Clock.looks)


@pytest.fixture
def running_backwards(monkeypatch: pytest.MonkeyPatch) -> None:
    Clock.looks = 0
    for module in (job, highlights, quarantine, reporter):
        monkeypatch.setattr(module, "datetime", Clock)
    real = time.time
    monkeypatch.setattr(fleet.time, "time", lambda: real() - 1e4)


@pytest.mark.usefixtures("cluster", "running_backwards")
def test_spans_are_no_shorter_than_nothing_and_runs_stay_in_order(manifest, tmp_path):
    out = tmp_path / "out"
    rows = [{"render_id": f"row{number}", "seed": number} for number in range(3)]
    bad = {"render_id": "bad", "style_weight": -1.0}

    first = run_manifest(manifest(*rows, bad), str(out), ONE_CPU)
    second = run_manifest(manifest(*rows, bad, {"render_id": "more"}), str(out), ONE_CPU)
    third = run_manifest(manifest(*rows, bad, {"render_id": "more"}), str(out), ONE_CPU)

    assert [summary.status.rendered for summary in (first, second, third)] == [3, 1, 0]
    assert all(summary.seconds >= 0 for summary in (first, second, third))
    assert first.status.per_minute and first.status.per_minute > 0
    runs = json.loads((out / "job.json").read_text())["runs"]
    assert [run["run_id"] for run in runs] == [summary.status.run_id for summary in (first, second, third)]
    assert [summary.manifest_changed for summary in (first, second, third)] == [False, True, False]
    for record in out.glob("records/*.parquet"):
        values = pq.read_table(record).to_pylist()[0]
        assert values["seconds"] > 0 and all(attempt["seconds"] > 0 for attempt in values["attempts"])


def with_heartbeat(out: Path, age: timedelta, state: str = "running") -> Status:
    status = Status.model_validate_json((out / "status.json").read_text())
    status.state, status.updated_at = state, datetime.now(UTC) - age
    Folder(str(out)).write("status.json", status.as_json())
    return status


@pytest.fixture
def out(cluster, manifest, tmp_path, monkeypatch) -> Path:
    """A finished run."""
    monkeypatch.setattr(importlib.import_module("semstyle.farm.repair"), "SECOND_LOOK_SECONDS", 1.0)
    run_manifest(manifest({}), str(tmp_path / "out"), ONE_CPU)
    return tmp_path / "out"


@pytest.mark.parametrize("age", WRONG, ids=str)
def test_a_heartbeat_of_another_time_is_no_sign_of_life(age, out):
    assert with_heartbeat(out, age).is_silent
    assert read_status(str(out)).is_silent
    assert not with_heartbeat(out, timedelta(seconds=5)).is_silent
    assert not with_heartbeat(out, -timedelta(seconds=5)).is_silent
    assert not with_heartbeat(out, age, "finished").is_silent


@pytest.mark.parametrize("age", WRONG, ids=str)
def test_repair_tells_a_killed_driver_from_one_whose_clock_is_wrong(age, out):
    with_heartbeat(out, age)
    assert repair(str(out)).is_good

    stop = threading.Event()

    def go_on() -> None:
        while not stop.wait(0.2):
            with_heartbeat(out, age)

    driver = threading.Thread(target=go_on)
    driver.start()
    try:
        with pytest.raises(FarmError, match="a run is at work"):
            repair(str(out))
    finally:
        stop.set()
        driver.join()


def test_files_of_other_programs_beside_the_shards_do_not_matter(out):
    folder = Folder(str(out))
    for name in (".DS_Store", "notes.json", "1-of-2.json.orig"):
        folder.write(f"shards/{name}", b"not a status")
    assert repair(str(out)).is_good
