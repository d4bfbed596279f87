"""Tasks of several rows: the same records as one by one, and nothing lost when something goes wrong."""

from __future__ import annotations

import json
from pathlib import Path

import faults
import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from semstyle.engine.encoders.loading import COMPACT_FILE
from semstyle.farm import RunOptions, run_manifest, verify
from semstyle.farm.monitor.event_log import logged_to

ONE_TASK = RunOptions(cpus_per_render=2, batch=8)  # the only place is the whole cluster

pytestmark = pytest.mark.usefixtures("cluster")


def records(out: Path) -> dict[str, dict]:
    return {path.stem: pq.read_table(path).to_pylist()[0] for path in (out / "records").iterdir()}


def batch(record: dict) -> float:
    return dict(record["metrics"])["batch"]


def failures(out: Path) -> dict[str, dict]:
    return {path.stem: json.loads(path.read_text()) for path in (out / "failures").iterdir()}


def pixels(out: Path, name: str) -> np.ndarray:
    return np.asarray(Image.open(out / "images" / f"{name}.png")).astype(float)


def test_a_batch_leaves_the_records_of_its_rows_alone(manifest, tmp_path):
    path = manifest(
        *({"render_id": f"row{seed}", "seed": seed, "style_weight": 25.0 * (seed + 1)} for seed in range(3)),
        {"render_id": "larger", "size": 48},
        {"render_id": "missing", "target_map": str(tmp_path / "missing.png")},
    )
    alone, together = tmp_path / "alone", tmp_path / "together"

    run_manifest(path, str(alone), RunOptions(cpus_per_render=1))
    summary = run_manifest(path, str(together), ONE_TASK)

    assert (summary.status.rendered, summary.status.failed, summary.status.retries) == (4, 1, 0)
    assert verify(str(together)).is_good
    assert (
        failures(together)["missing"]["class"] == "input" and "missing.png" in failures(together)["missing"]["message"]
    )
    expected, found = records(alone), records(together)
    assert {name: batch(record) for name, record in found.items()} == {"row0": 3, "row1": 3, "row2": 3, "larger": 1}
    for name, record in found.items():
        for column in ("seed", "style_weight", "height", "width", "evaluations", "style", "image", "device"):
            assert record[column] == expected[name][column]
        for column in ("loss", "match_score", "style_loss_3_1", "style_loss_4_1", "smoothness_loss"):
            assert record[column] == pytest.approx(expected[name][column], rel=1e-3)
        assert np.abs(pixels(together, name) - pixels(alone, name)).mean() < 0.5
        assert [attempt["outcome"] for attempt in record["attempts"]] == ["rendered"]
    shares = [found[f"row{seed}"]["render_seconds"] for seed in range(3)]
    assert shares[0] == shares[1] == shares[2]
    assert 3 * shares[0] >= dict(found["row0"]["metrics"])["seconds"], "which is of the whole batch"


def test_a_loss_that_is_not_finite_fails_its_own_row_only(manifest, tmp_path):
    broken = tmp_path / "broken.npz"
    np.savez(broken, **{name: np.full_like(array, 6e4) for name, array in np.load(COMPACT_FILE).items()})
    endless = {"encoder": str(broken), "iterations": 6}
    path, out, log = (
        manifest({"seed": 0}, {"seed": 1}, endless, {**endless, "seed": 1}),
        tmp_path / "out",
        tmp_path / "log",
    )

    with logged_to(str(log)):
        summary = run_manifest(path, str(out), ONE_TASK)

    assert (summary.status.rendered, summary.status.failed, summary.status.retries) == (2, 2, 0)
    assert [batch(record) for record in records(out).values()] == [2, 2]
    assert all("not finite" in failure["message"] for failure in failures(out).values())
    assert verify(str(out)).is_good


def test_when_a_batch_fails_as_one_its_rows_are_rendered_one_by_one(manifest, tmp_path):
    path, out, log = manifest({"seed": 0}, {"seed": 1}), tmp_path / "out", tmp_path / "log"

    with logged_to(str(log)):
        summary = run_manifest(path, str(out), ONE_TASK, perform=faults.too_large_together)

    assert (summary.exit_code, summary.status.retries) == (0, 0)
    assert [batch(record) for record in records(out).values()] == [1, 1]
    told = [json.loads(line) for line in log.read_text().splitlines()]
    remarks = [event["message"] for event in told if event["event"] == "attempt remarked"]
    assert remarks == ["rendered by itself, as its batch of 2 failed: out of memory"] * 2


def test_a_row_that_kills_its_worker_takes_no_other_to_quarantine(manifest, tmp_path):
    path = manifest(
        *({"render_id": f"row{seed}", "seed": seed} for seed in range(3)),
        {"render_id": "poison", "seed": 3, "tags": {"fault": "crash"}},
    )
    out = tmp_path / "out"

    summary = run_manifest(path, str(out), ONE_TASK.model_copy(update={"max_attempts": 1}), perform=faults.poisonous)

    assert (summary.status.rendered, summary.status.failed, summary.status.left) == (3, 1, 0)
    assert list(failures(out)) == ["poison"]
    outcomes = [[attempt["outcome"] for attempt in record["attempts"]] for _, record in sorted(records(out).items())]
    assert outcomes == [["rendered"], ["worker", "rendered"], ["worker", "rendered"]]
    assert [attempt["outcome"] for attempt in failures(out)["poison"]["attempts"]] == ["worker", "worker"]
    assert verify(str(out)).is_good
