"""This module makes manifests, pictures and records that stand in for real ones."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from semstyle.engine.parameters import Parameters
from semstyle.farm.attempt import Assignment
from semstyle.farm.demand import Demand
from semstyle.farm.output.layout import image_path, record_path
from semstyle.farm.output.record import QUICK_TO_READ, Timing, Worker, record_bytes
from semstyle.manifest import Position, Row
from semstyle.manifest.writer import write_manifest

INPUTS = ("style", "style_map", "target_map")
PHASES = 3


def write_rows(path: Path, rows: int, columns: Mapping[str, Any] | None = None) -> str:
    """Write a manifest of ``rows`` rows that differ in their seed and id, and return its path.

    Args:
        columns: Further columns, with the same value in each row.
    """
    same = {**{name: f"{name}.png" for name in INPUTS}, **(columns or {})}
    values = ({**same, "seed": number, "render_id": row_id(number)} for number in range(rows))
    write_manifest(values, [*same, "seed", "render_id"], str(path))
    return str(path)


def row_id(number: int) -> str:
    """Return an id of twenty hexadecimal digits without order, as ids are by default."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:20]


def write_pictures(folder: Path) -> None:
    """Write the inputs that :func:`write_rows` names: noise, and maps of two halves."""
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    halves = np.zeros((64, 64, 3), np.uint8)
    halves[:32] = 255
    for name, pixels in zip(INPUTS, (noise, halves, halves[::-1].copy()), strict=True):
        Image.fromarray(pixels).save(folder / f"{name}.png")


def write_records(folder: Path, records: int, evaluations: int) -> int:
    """Write the records of a finished run, with empty images, and return the size of one record in bytes.

    Args:
        evaluations: Number of rows of each trace.
    """
    content = pretend_record(evaluations)
    record = pq.read_table(pa.BufferReader(content))
    column = record.schema.get_field_index("render_id")
    for path in (record_path("x"), image_path("x")):
        (folder / path).parent.mkdir(parents=True)
    for number in range(records):
        named = record.set_column(column, "render_id", pa.array([row_id(number)]))
        pq.write_table(named, folder / record_path(row_id(number)), **QUICK_TO_READ)
        (folder / image_path(row_id(number))).touch()
    return len(content)


def pretend_record(evaluations: int) -> bytes:
    """Return a record as the farm writes it, of a render with the usual three phases."""
    import torch

    from semstyle.engine.rendering import Evaluation, Rendering

    def evaluation(phase: int, number: int) -> Evaluation:
        loss, side = 1 / number + 0.1 * phase, 128 * phase
        losses = {"3_1": 0.6 * loss, "4_1": 0.3 * loss}
        rest = (0.1 * loss, loss / 9, 1 - loss / 9, number % 10 == 0, loss)
        return Evaluation(phase, number, side, side, loss, 0.0, losses, *rest)

    trace = [evaluation(phase + 1, number + 1) for phase in range(PHASES) for number in range(evaluations // PHASES)]
    rendering = Rendering(torch.zeros(3, 8, 8), trace, {"seconds": 20.0, "peak_memory": 1e9})
    timing, worker = Timing(time.time(), 0.1, 20.0, 0.1), Worker("0" * 56, 4711, "cpu")
    style, style_map, target_map = (f"s3://bucket/inputs/{name}.png" for name in INPUTS)
    row = Row((style,), (style_map,), target_map, None, Parameters(), {}, row_id(0), Position("m.parquet", 1))
    return record_bytes(Assignment(row, "out", "0" * 12, Demand(1, 1)), rendering, "0" * 64, timing, worker)
