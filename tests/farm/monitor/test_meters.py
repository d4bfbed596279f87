"""A run's metrics, read where Prometheus reads them."""

from __future__ import annotations

import time
from urllib.request import urlopen

import faults
import pytest
import ray

from semstyle.farm import RunOptions, run_manifest
from semstyle.farm.monitor.meters import Meters

EXPORT_SECONDS = 60


def exported(run_id: str) -> list[str]:
    """The lines about one run on the node's metrics port."""
    (node,) = [node for node in ray.nodes() if node["Alive"]]
    with urlopen(f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics", timeout=10) as answer:
        return [line for line in answer.read().decode().splitlines() if run_id in line]


def value(lines: list[str], name: str, *labels: str) -> float | None:
    found = [line for line in lines if line.startswith(name) and all(label in line for label in labels)]
    return float(found[0].rpartition(" ")[2]) if found else None


@pytest.mark.usefixtures("cluster")
def test_rows_retries_and_seconds_are_on_rays_metrics_port(manifest, tmp_path):
    path = manifest({}, {"seed": 1, "tags": {"fault": "storage"}}, {"style_weight": -1.0})
    summary = run_manifest(path, str(tmp_path / "out"), RunOptions(cpus_per_render=1), perform=faults.faulty)

    troubled = summary.status.model_copy(update={"state": "paused", "waits_for_storage": True})
    Meters("troubled").show(troubled)

    deadline, lines = time.monotonic() + EXPORT_SECONDS, []
    while value(lines, "ray_semstyle_rows", 'state="rendered"') != 2 and time.monotonic() < deadline:
        time.sleep(1)
        lines = exported(summary.status.run_id)

    assert value(lines, "ray_semstyle_rows", 'state="rendered"') == 2
    assert value(lines, "ray_semstyle_rows", 'state="failed"') == 1
    assert value(lines, "ray_semstyle_rows", 'state="left"') == 0
    assert value(lines, "ray_semstyle_attempts", 'state="running"') == 0
    assert value(lines, "ray_semstyle_places") == 2
    assert value(lines, "ray_semstyle_avoided_nodes") == 0
    assert value(lines, "ray_semstyle_paused") == value(lines, "ray_semstyle_storage_waits") == 0
    assert value(lines, "ray_semstyle_retries_total", 'class="storage"') == 1
    assert value(lines, "ray_semstyle_render_seconds_count") == 2

    lines = exported("troubled")
    while value(lines, "ray_semstyle_storage_waits") is None and time.monotonic() < deadline:
        time.sleep(1)
        lines = exported("troubled")
    assert value(lines, "ray_semstyle_paused") == value(lines, "ray_semstyle_storage_waits") == 1
