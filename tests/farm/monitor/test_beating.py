"""A run's heart beats also while it lists what is there or makes its tables, which takes minutes of a large run."""

from __future__ import annotations

import contextlib
import importlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from semstyle.farm import RunOptions, read_status, run_manifest
from semstyle.farm.errors import FarmError
from semstyle.farm.monitor import reporter, status, storage_wait
from semstyle.farm.monitor.journal import Journal
from semstyle.farm.monitor.status import Heartbeat, Status
from semstyle.farm.output.aggregate import aggregate
from semstyle.farm.output.layout import finished_ids
from semstyle.farm.rows.plan import Tally
from semstyle.storage import Folder, StorageError

PATIENCE = 10.0
FULL = StorageError("s3://renders/out: the store is full", transient=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Heartbeats twenty times a second."""
    monkeypatch.setattr(status, "HEARTBEAT_SECONDS", 0.05)
    monkeypatch.setattr(reporter, "HEARTBEAT_SECONDS", 0.05, raising=False)


def stored(out: Path, is_wanted: Callable[[Status], bool]) -> bool:
    """Whether such a status comes to be stored, within some seconds."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(FarmError):  # none is there yet
            if is_wanted(read_status(str(out))):
                return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    ("state", "name", "work"), [("starting", "finished_ids", finished_ids), ("aggregating", "aggregate", aggregate)]
)
def test_a_run_at_long_work_is_not_silent(manifest, tmp_path, monkeypatch, state, name, work):
    path, out, beats = manifest({"render_id": "given-up"}), tmp_path / "out", []
    (out / "failures").mkdir(parents=True)
    (out / "failures" / "given-up.json").write_text("{}")  # so that there is nothing to start Ray for

    def at_length(*given):
        assert stored(out, lambda found: found.state == state)
        first = read_status(str(out))
        beats.append(stored(out, lambda found: found.state == state and found.updated_at > first.updated_at))
        return work(*given)

    monkeypatch.setattr(importlib.import_module("semstyle.farm.run"), name, at_length)
    summary = run_manifest(path, str(out), RunOptions())

    assert beats == [True]
    assert read_status(str(out)) == summary.status
    assert summary.status.state == "finished"
    assert "beat" not in {thread.name for thread in threading.enumerate()}


def test_while_rows_are_handed_out_only_the_driver_beats(tmp_path):
    heartbeat = mock.create_autospec(Heartbeat, instance=True, is_due=True, shard=None)
    told = reporter.Reporter("run1", "m.parquet", Tally(), Journal("run1"), heartbeat, None)
    with told.beating():
        told.enter("running")
        time.sleep(0.3)
    assert heartbeat.write.call_count == 1, "a driver that hangs would seem to live"


def test_a_wait_for_storage_is_over_when_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(storage_wait, "FORGOTTEN_SECONDS", 1.0)
    heartbeat = Heartbeat(Folder(str(tmp_path)))
    told = reporter.Reporter("run1", "m.parquet", Tally(), Journal("run1"), heartbeat, None)
    with told.beating():
        told.enter("aggregating")
        heartbeat.flush()
        told.hear(FULL, 6.0)
        assert stored(tmp_path, lambda found: found.waits_for_storage and "full" in (found.last_error or ""))
        assert stored(tmp_path, lambda found: not found.waits_for_storage and found.last_error is None)
    heartbeat.close()
