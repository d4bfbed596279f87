"""A local Ray whose tasks get a real GPU, whole and in fractions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from semstyle.farm import RunOptions, run_manifest, verify
from semstyle.manifest.schema import written_schema

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module")
def cluster(gpu: torch.device) -> Iterator[None]:
    import ray

    ray.init(address="local", num_cpus=4, num_gpus=1, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.mark.parametrize("gpus", [1.0, 0.25])
def test_rows_are_rendered_on_the_gpu_and_are_the_same_again(
    gpus: float, cluster: None, pictures: Path, tmp_path: Path, gpu: torch.device
) -> None:
    inputs = {name: str(pictures / f"{name}.png") for name in ("style", "style_map", "target_map")}
    rows = [
        {**inputs, "size": 128, "iterations": 5, "method": method, "render_id": method}
        for method in ("semantic", "patch", "gram")
    ]
    manifest = tmp_path / "manifest.parquet"
    pq.write_table(pa.Table.from_pylist(rows, written_schema({name for row in rows for name in row})), manifest)
    digests = []
    for number in range(2):
        out = str(tmp_path / f"out{number}")
        assert run_manifest(str(manifest), out, RunOptions(gpus_per_render=gpus)).exit_code == 0
        results = pq.read_table(f"{out}/results").to_pylist()
        assert {row["device"] for row in results} == {torch.cuda.get_device_name(gpu)}
        assert all(dict(row["metrics"])["semantic_leak"] >= 0 for row in results)
        assert verify(out).problems == []
        digests.append({row["render_id"]: row["image_sha256"] for row in results})
    assert digests[0] == digests[1]
