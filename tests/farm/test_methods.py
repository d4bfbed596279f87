"""Methods without a network on the farm: their records, traces and checkpoints are as others' are."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest
from PIL import Image

from semstyle.farm import RunOptions, run_manifest, verify

pytestmark = pytest.mark.usefixtures("cluster")


def test_a_run_puts_methods_side_by_side(manifest, pictures, tmp_path):
    content = str(pictures / "style.png")
    alike = {"style_weight": 50.0, "semantic_weight": 20.0, "encoder": "compact", "content": content}
    rows = [
        {**alike, "method": "semantic", "render_id": "semantic"},
        {**alike, "method": "analogy", "render_id": "analogy", "passes": 2, "phases": 2},
        {**alike, "method": "color", "render_id": "color"},
        {**alike, "method": "color", "render_id": "nothing-to-color", "content": None},
    ]
    out = tmp_path / "out"

    summary = run_manifest(manifest(*rows), str(out), RunOptions(cpus_per_render=1, batch=4, checkpoint_after=0))

    assert (summary.status.rendered, summary.status.failed) == (3, 1)
    assert verify(str(out)).is_good
    failure = (out / "failures" / "nothing-to-color.json").read_text()
    assert "is empty while method is color" in failure
    results = {row["render_id"]: row for row in pq.read_table(out / "results").to_pylist()}
    traces = pq.read_table(out / "traces").to_pylist()
    counts = {name: sum(row["render_id"] == name for row in traces) for name in results}
    assert counts == {"semantic": 2, "analogy": 4, "color": 1}
    for name, row in results.items():
        assert row["evaluations"] == counts[name]
        assert Image.open(out / row["image"]).size == (32, 24)
    assert results["analogy"]["style_loss_3_1"] is None and results["semantic"]["style_loss_3_1"] > 0
    assert results["analogy"]["match_score"] > 0
    assert "matches_across_labels" in dict(results["analogy"]["metrics"])
    assert not list((out / "checkpoints").glob("*"))
