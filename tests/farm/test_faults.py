"""Attempts that crash, hang or meet a stumbling storage, on a real Ray."""

from __future__ import annotations

import json
from pathlib import Path

import faults
import pyarrow.parquet as pq
import pytest

from semstyle.farm import RunOptions, RunSummary, run_manifest
from semstyle.farm.errors import FarmError, GpuError

pytestmark = pytest.mark.usefixtures("cluster")


def run(path: str, out: Path, **options: object) -> RunSummary:
    return run_manifest(path, str(out), RunOptions(cpus_per_render=1, **options), perform=faults.faulty)


def record(out: Path, render_id: str) -> dict:
    return pq.read_table(out / "records" / f"{render_id}.parquet").to_pylist()[0]


def failure(out: Path, render_id: str) -> dict:
    return json.loads((out / "failures" / f"{render_id}.json").read_text())


def test_crashes_and_storage_errors_are_tried_again_and_every_attempt_is_recorded(manifest, tmp_path):
    out = tmp_path / "out"
    path = manifest(
        {"render_id": "crashing", "tags": {"fault": "crash"}},
        {"render_id": "stumbling", "tags": {"fault": "storage"}, "seed": 1},
        {"render_id": "doomed", "tags": {"fault": "crash always"}, "seed": 2},
        {"render_id": "plain", "seed": 3},
    )

    summary = run(path, out, max_attempts=2)

    assert summary.exit_code == 3
    assert (summary.status.rendered, summary.status.failed, summary.status.retries) == (3, 1, 3)
    first, second = record(out, "crashing")["attempts"]
    assert (first["outcome"], second["outcome"]) == ("worker", "rendered")
    assert first["error"] == "the worker process died"
    assert first["pid"] != second["pid"] and first["node"] == second["node"]
    assert [attempt["outcome"] for attempt in record(out, "stumbling")["attempts"]] == ["storage", "rendered"]
    assert [attempt["outcome"] for attempt in record(out, "plain")["attempts"]] == ["rendered"]
    doomed = failure(out, "doomed")
    assert doomed["class"] == "worker"
    assert [attempt["outcome"] for attempt in doomed["attempts"]] == ["worker", "worker"]


def test_an_attempt_over_the_time_limit_is_killed_and_counts(manifest, tmp_path):
    out = tmp_path / "out"
    path = manifest(
        {"render_id": "once", "tags": {"fault": "hang"}},
        {"render_id": "ever", "tags": {"fault": "hang always"}, "seed": 1},
    )

    summary = run(path, out, timeout=10, max_attempts=2)

    assert (summary.status.rendered, summary.status.failed) == (1, 1)
    assert [attempt["outcome"] for attempt in record(out, "once")["attempts"]] == ["time", "rendered"]
    never = failure(out, "ever")
    assert never["class"] == "time" and "--timeout" in never["message"]
    assert len(never["attempts"]) == 2
    assert all(10 <= attempt["seconds"] < 40 for attempt in never["attempts"])


def test_a_process_whose_device_changed_leaves_and_the_row_is_rendered_elsewhere(manifest, tmp_path):
    out = tmp_path / "out"
    path = manifest({"render_id": "moved", "tags": {"moved": str(tmp_path / "mark")}})

    summary = run_manifest(path, str(out), RunOptions(cpus_per_render=1), perform=faults.moves_once)

    assert (summary.exit_code, summary.status.retries) == (0, 0)
    assert (tmp_path / "mark").exists()
    assert len(record(out, "moved")["attempts"]) == 1


def test_workers_that_cannot_run_semstyle_stop_the_run_with_the_remedy(manifest, tmp_path):
    with pytest.raises(FarmError, match="ray job submit --working-dir"):
        run_manifest(
            manifest({}), str(tmp_path / "out"), RunOptions(cpus_per_render=1), perform=faults.broken_environment
        )
    assert json.loads((tmp_path / "out" / "status.json").read_text())["state"] == "failed"
    assert not (tmp_path / "out" / "failures").exists()


def test_a_driver_too_old_for_torch_ends_the_run_in_one_line_and_costs_no_row(manifest, tmp_path):
    out = tmp_path / "out"
    path = manifest({}, {"seed": 1})
    with pytest.raises(GpuError, match=r"no node's GPU can be used; .* is too old: .* 580 or newer") as raised:
        run_manifest(path, str(out), RunOptions(cpus_per_render=1), perform=faults.without_usable_gpu)
    assert raised.value.exit_code == 1 and "\n" not in str(raised.value)
    status = json.loads((out / "status.json").read_text())
    assert (status["state"], status["failed"], status["left"]) == ("failed", 0, 2)
    assert status["last_error"] == str(raised.value)
    assert not (out / "failures").exists()


def test_a_demand_that_no_node_can_meet_is_an_error_at_once(manifest, tmp_path):
    with pytest.raises(FarmError, match=r"no node can give a render 8 GPUs.* 0 GPUs and 2 CPUs"):
        run_manifest(manifest({}), str(tmp_path / "out"), RunOptions(gpus_per_render=8))
