"""The picture of where patches come from that a record holds."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from semstyle.engine.patches.origins import Origins, centres
from semstyle.farm import aggregate
from semstyle.farm.attempt import Assignment, Committed, Started
from semstyle.farm.demand import Demand
from semstyle.farm.output.origin_map import LONG_SIDE, origin_map
from semstyle.farm.output.record import ORIGINS
from semstyle.farm.worker.render_attempt import attempt
from semstyle.manifest.row import Position, Row, make_row

SMALL = {"style": "style.png", "size": 48, "iterations": 2, "style_layers": "1_1,2_1", "content_layers": "2_1"}


def origins(rows: int, columns: int, styles: int = 1) -> Origins:
    down, right = centres(rows, 3), centres(columns, 3)
    style = torch.arange(rows * columns).view(rows, columns) % styles
    row, column = down[:, None].expand(rows, columns), right.expand(rows, columns)
    return Origins(style, row, column, down, right, 0.125)


def opened(png: bytes | None) -> Image.Image:
    assert png is not None
    return Image.open(io.BytesIO(png))


def test_red_is_from_left_to_right_green_from_top_to_bottom_and_blue_the_style() -> None:
    found = origins(5, 9, styles=3)
    picture = opened(origin_map({"4_1": found, "3_1": origins(2, 2)}))
    pixels = np.asarray(picture)
    assert picture.size == (9, 5) and picture.mode == "RGB" and picture.text == {"patch": "0.125"}
    assert np.allclose(pixels[..., 0] / 255, found.column, atol=1 / 255)
    assert np.allclose(pixels[..., 1] / 255, found.row, atol=1 / 255)
    assert np.array_equal(pixels[..., 2], found.style)


@pytest.mark.parametrize(("rows", "columns"), [(128, 127), (129, 20), (511, 3000), (1, 4000)])
def test_large_ones_are_thinned_out_and_small(rows: int, columns: int) -> None:
    found = origins(rows, columns, styles=16)
    png = origin_map({"3_1": found})
    pixels = np.asarray(opened(png))
    assert png is not None and len(png) < 64 * 1024 and max(pixels.shape) <= LONG_SIDE
    if max(rows, columns) > LONG_SIDE:
        assert pixels.shape[:2] != (rows, columns) and max(pixels.shape[:2]) >= 0.98 * LONG_SIDE
    ends = found.column[0, [0, -1]].numpy() * 255
    assert np.abs(pixels[0, [0, -1], 0] - ends).max() <= 1 + 255 / LONG_SIDE
    assert set(np.unique(pixels[..., 2])) <= set(range(16))


def test_without_matches_there_is_none() -> None:
    assert origin_map({}) is None


def record(pictures: Path, out: Path, **values: Any) -> dict[str, Any]:
    row = make_row({**SMALL, "render_id": "one", **values}, Position("m", 1), str(pictures))
    assert isinstance(row, Row), row
    answer = attempt(Assignment(row, str(out), "run", Demand(0, 1)), Started("node", 1, time.time()))
    assert isinstance(answer, Committed), answer
    return dict(pq.read_table(out / "records" / "one.parquet").to_pylist()[0])


@pytest.mark.parametrize("method", ["semantic", "analogy"])
def test_a_record_has_it_and_the_tables_do_not(pictures: Path, tmp_path: Path, method: str) -> None:
    maps = {"style_map": "style_map.png", "target_map": "target_map.png"}
    pixels = np.asarray(opened(record(pictures, tmp_path, method=method, **maps)[ORIGINS]))
    assert pixels.shape[0] in range(20, 49) and pixels.shape[1] in range(30, 49) and pixels[..., 2].max() == 0
    # The upper half of the style is white, and so is the lower half of the target: patches come from the other half.
    if method == "semantic":
        assert pixels[:10, :, 1].mean() > 128 > pixels[-10:, :, 1].mean()
    assert aggregate(str(tmp_path)).renders == 1
    assert ORIGINS not in pq.read_table(tmp_path / "results").column_names


def test_a_method_without_matches_has_none(pictures: Path, tmp_path: Path) -> None:
    assert record(pictures, tmp_path, method="gram")[ORIGINS] is None


def test_records_with_and_without_the_column_make_one_table(pictures: Path, tmp_path: Path) -> None:
    """As those of an older version have none."""
    record(pictures, tmp_path)
    path = tmp_path / "records" / "one.parquet"
    path.rename(path.with_name("two.parquet"))
    (tmp_path / "images" / "one.png").rename(tmp_path / "images" / "two.png")
    record(pictures, tmp_path)
    pq.write_table(pq.read_table(path).drop_columns([ORIGINS]), path)
    assert aggregate(str(tmp_path)).renders == 2
    assert pq.read_table(tmp_path / "traces").num_rows == 2 * pq.read_table(path)["evaluations"][0].as_py()
