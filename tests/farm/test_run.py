"""A whole run in this process, on a real Ray, with real renders."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from semstyle.farm import RunOptions, aggregate, read_status, run_manifest, verify

ONE_CPU = RunOptions(cpus_per_render=1)

pytestmark = pytest.mark.usefixtures("cluster")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_renders_every_row_once_and_quarantines_bad_ones(manifest, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not an image")
    rows = [
        {"seed": 0, "tags": {"job": "first"}, "render_id": "first"},
        {"seed": 1, "style_layers": "3_1"},
        {"seed": 1, "style_layers": "3_1"},
        {"style": str(tmp_path / "missing.png"), "render_id": "missing"},
        {"style": str(broken), "render_id": "broken"},
        {"style_weight": -1.0, "render_id": "negative"},
    ]
    out = tmp_path / "out"

    summary = run_manifest(manifest(*rows), str(out), ONE_CPU)

    assert summary.exit_code == 3
    status = summary.status
    assert (status.renders, status.duplicates, status.rendered, status.failed) == (5, 1, 2, 3)
    assert status.left == 0 and status.state == "finished"
    assert read_status(str(out)) == status
    results = pq.read_table(out / "results").to_pylist()
    assert [row["render_id"] for row in results] == sorted(row["render_id"] for row in results)
    assert len(results) == 2
    for row in results:
        image = (out / row["image"]).read_bytes()
        assert hashlib.sha256(image).hexdigest() == row["image_sha256"]
        assert Image.open(io.BytesIO(image)).size == (row["width"], row["height"]) == (32, 24)
        assert [attempt["outcome"] for attempt in row["attempts"]] == ["rendered"]
        metrics = dict(row["metrics"])
        named = {name: row[f"metric_{name}"] for name in ("semantic_leak", "style_distance", "coherence")}
        assert named.items() <= metrics.items()
        assert row["metric_structure"] is None  # there was no content
    first = next(row for row in results if row["render_id"] == "first")
    other = next(row for row in results if row["render_id"] != "first")
    assert dict(first["tags"]) == {"job": "first"}
    assert first["style_loss_4_1"] > 0 and other["style_loss_4_1"] is None

    record = pq.read_table(out / "records" / "first.parquet").to_pylist()[0]
    assert len(record["trace"]) == record["evaluations"] == 2
    assert record["trace"][-1]["loss"] == record["loss"] == first["loss"]
    traces = pq.read_table(out / "traces").to_pylist()
    assert [row["loss"] for row in traces if row["render_id"] == "first"] == [row["loss"] for row in record["trace"]]

    failures = {path.stem: json.loads(path.read_text()) for path in (out / "failures").iterdir()}
    assert {name: failure["class"] for name, failure in failures.items()} == dict.fromkeys(
        ("missing", "broken", "negative"), "input"
    )
    assert "missing.png" in failures["missing"]["message"] and failures["missing"]["row"] == 4
    assert "broken.png" in failures["broken"]["message"]
    assert len(failures["broken"]["attempts"]) == 1
    assert "style_weight" in failures["negative"]["message"]
    assert json.loads((out / "summary.json").read_text())["failures"] == {"input": 3}
    assert verify(str(out)).is_good


def test_renders_only_what_is_missing_and_tries_failures_again_when_asked(manifest, pictures, tmp_path):
    late = tmp_path / "late.png"
    path = manifest({"seed": 0}, {"seed": 1}, {"seed": 2, "style": str(late), "render_id": "late"})
    out = tmp_path / "out"
    assert run_manifest(path, str(out), ONE_CPU).exit_code == 3
    committed = files(out / "records")
    Image.fromarray(np.full((48, 64, 3), 90, np.uint8)).save(late)

    again = run_manifest(path, str(out), ONE_CPU)
    assert (again.status.rendered, again.status.skipped, again.status.failed_before, again.exit_code) == (0, 2, 1, 3)
    assert files(out / "records") == committed

    retried = run_manifest(path, str(out), ONE_CPU.model_copy(update={"retry_failed": "all"}))
    assert (retried.status.rendered, retried.status.skipped, retried.exit_code) == (1, 2, 0)
    assert not list((out / "failures").iterdir())
    assert committed.items() <= files(out / "records").items()
    assert [run["state"] for run in json.loads((out / "job.json").read_text())["runs"]] == ["finished"] * 3


def test_aggregating_again_gives_the_same_bytes_and_leaves_no_old_part(manifest, tmp_path):
    out = tmp_path / "out"
    run_manifest(manifest({"seed": 0}, {"seed": 1}), str(out), ONE_CPU)
    tables = {name: data for name, data in files(out).items() if name.startswith(("results", "traces", "summary"))}
    (out / "results" / "part-00007.parquet").write_bytes(b"from an earlier, longer run")

    aggregate(str(out))

    after = {name: data for name, data in files(out).items() if name.startswith(("results", "traces", "summary"))}
    assert after == tables


def test_inputs_outside_the_allowed_prefixes_are_refused(manifest, pictures, tmp_path):
    elsewhere = tmp_path / "elsewhere.png"
    elsewhere.write_bytes((pictures / "style.png").read_bytes())
    out = tmp_path / "out"
    path = manifest({"render_id": "inside"}, {"render_id": "outside", "style": str(elsewhere)})

    summary = run_manifest(path, str(out), RunOptions(cpus_per_render=1, allow_uri=(str(pictures),)))

    assert (summary.status.rendered, summary.status.failed) == (1, 1)
    failure = json.loads((out / "failures" / "outside.json").read_text())
    assert failure["class"] == "input" and "not under an allowed prefix" in failure["message"]


def test_stops_when_too_many_rows_have_failed(manifest, tmp_path):
    rows = [{"render_id": f"bad{number}", "style_weight": -1.0} for number in range(20)] + [{"render_id": "good"}]
    out = tmp_path / "out"

    summary = run_manifest(manifest(*rows), str(out), RunOptions(cpus_per_render=1, max_failures=2, grace=5))

    assert summary.status.state == "failed" and summary.exit_code == 3
    assert 2 <= summary.status.failed < 20
    assert summary.status.left > 0
