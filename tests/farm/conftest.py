"""Real manifests of small renders, and one Ray for the tests of the farm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import faults
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from semstyle.manifest.schema import written_schema

SMALL = {"size": 32, "phases": 1, "iterations": 2}

MakeManifest = Callable[..., str]


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
