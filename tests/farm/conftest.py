"""Real manifests of small renders, and one Ray for the tests of the farm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import faults
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from semstyle.manifest.columns import written_schema

SMALL = {"size": 32, "phases": 1, "iterations": 2}

MakeManifest = Callable[..., str]


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``style.png``, its map ``style_map.png``, and ``target_map.png``."""
    folder = tmp_path_factory.mktemp("pictures")
    noise = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    halves = np.zeros((48, 64, 3), np.uint8)
    halves[:24] = 255
    for name, pixels in {"style": noise, "style_map": halves, "target_map": halves[::-1].copy()}.items():
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return folder


@pytest.fixture
def manifest(tmp_path: Path, pictures: Path) -> MakeManifest:
    """Writes a manifest of small renders, one for each mapping of columns given; returns its path."""

    def make(*rows: dict[str, Any]) -> str:
        inputs = {name: str(pictures / f"{name}.png") for name in ("style", "style_map", "target_map")}
        values = [{**inputs, **SMALL, **row} for row in rows]
        columns = {column for value in values for column in value}
        path = tmp_path / "manifest.parquet"
        pq.write_table(pa.Table.from_pylist(values, written_schema(columns)), path)
        return str(path)

    return make


@pytest.fixture(scope="session")
def cluster() -> Iterator[None]:
    """A Ray of two CPUs in this process, which runs join. Functions of ``faults`` travel to it by value."""
    import ray

    ray.cloudpickle.register_pickle_by_value(faults)
    ray.init(address="local", num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()
