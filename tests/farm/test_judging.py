"""Metrics in every record; and an image that is never lost to one."""

from __future__ import annotations

import json
from pathlib import Path

import faults
import pyarrow.parquet as pq
import pytest
import torch

from semstyle.engine import Parameters, Request, render
from semstyle.evaluate import judged as judging
from semstyle.evaluate.judged import UNJUDGED, judged, without_metrics
from semstyle.farm import RunOptions, run_manifest, verify
from semstyle.farm.monitor.event_log import logged_to

JUDGED = {"semantic_leak", "patch_coverage", "style_distance", "sharpness"}


def metrics(out: Path, table: str = "records") -> dict[str, dict[str, float]]:
    rows = pq.read_table(out / table).to_pylist()
    return {row["render_id"]: dict(row["metrics"]) for row in rows}


def remarks(log: Path) -> list[str]:
    told = [json.loads(line) for line in log.read_text().splitlines()]
    return [event["message"] for event in told if event["event"] == "attempt remarked"]


@pytest.mark.usefixtures("cluster")
def test_every_record_and_result_has_the_metrics_alone_and_in_a_batch(manifest, tmp_path):
    path = manifest(
        {"render_id": "semantic"},
        {"render_id": "patch", "method": "patch"},
        {"render_id": "vgg", "encoder": "compact", "style_layers": "2_1"},
    )
    alone, together = tmp_path / "alone", tmp_path / "together"

    run_manifest(path, str(alone), RunOptions(cpus_per_render=1))
    run_manifest(path, str(together), RunOptions(cpus_per_render=2, batch=8))

    for out in (alone, together):
        found = metrics(out)
        assert all(set(values) >= JUDGED for values in found.values())
        assert metrics(out, "results") == found
    for name, values in metrics(alone).items():
        for metric in JUDGED:
            assert metrics(together)[name][metric] == pytest.approx(values[metric], abs=0.05)


@pytest.mark.usefixtures("cluster")
def test_a_metric_that_fails_leaves_the_image_and_a_remark(manifest, tmp_path):
    path, out, log = manifest({"render_id": "row"}), tmp_path / "out", tmp_path / "log"

    with logged_to(str(log)):
        summary = run_manifest(path, str(out), RunOptions(cpus_per_render=1), perform=faults.judges_badly)

    assert (summary.exit_code, summary.status.retries) == (0, 0)
    assert verify(str(out)).is_good
    assert JUDGED.isdisjoint(metrics(out)["row"]) and "final_loss" in metrics(out)["row"]
    assert remarks(log) == ["stored without metrics: ZeroDivisionError: no metric today"]


@pytest.mark.usefixtures("cluster")
def test_a_worker_that_dies_of_a_metric_leaves_it_out_at_the_last_attempt(manifest, tmp_path):
    path, out, log = manifest({"render_id": "row"}), tmp_path / "out", tmp_path / "log"

    with logged_to(str(log)):
        options = RunOptions(cpus_per_render=1, max_attempts=2)
        summary = run_manifest(path, str(out), options, perform=faults.dies_judging)

    assert (summary.exit_code, summary.status.retries) == (0, 1)
    assert JUDGED.isdisjoint(metrics(out)["row"])
    assert remarks(log) == [UNJUDGED]


def test_the_rendering_itself_is_not_touched(monkeypatch):
    style = torch.rand(3, 48, 48, generator=torch.Generator().manual_seed(0))
    request = Request(style, parameters=Parameters(size=48, phases=1, iterations=2))
    rendering = render(style, parameters=request.parameters)
    before = dict(rendering.metrics)
    with_metrics, problem = judged(request, rendering, torch.device("cpu"))
    assert problem is None and rendering.metrics == before
    assert with_metrics.image is rendering.image and before.items() <= with_metrics.metrics.items()
    assert "style_distance" in with_metrics.metrics

    def fails(*_):
        raise MemoryError("s3://key:secret@bucket is\nfull")

    monkeypatch.setattr(judging, "judge", fails)
    same, problem = judged(request, rendering, torch.device("cpu"))
    assert same is rendering and isinstance(problem, MemoryError)
    told = without_metrics(problem)
    assert told.startswith("stored without metrics: MemoryError") and "\n" not in told and "secret" not in told
