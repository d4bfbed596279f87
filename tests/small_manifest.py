"""Manifests of small renders, for tests that run them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from semstyle.manifest.schema import written_schema

SMALL = {"size": 32, "phases": 1, "iterations": 2}

MakeManifest = Callable[..., str]


def write_small_manifest(path: Path, pictures: Path, *rows: dict[str, Any]) -> str:
    """Write a manifest of small renders of ``pictures``, one for each mapping of columns; returns its path."""
    inputs = {name: str(pictures / f"{name}.png") for name in ("style", "style_map", "target_map")}
    values = [{**inputs, **SMALL, **row} for row in rows]
    columns = {column for value in values for column in value}
    pq.write_table(pa.Table.from_pylist(values, written_schema(columns)), path)
    return str(path)
