"""Rows that ask for maps to be made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from semstyle.manifest import Position, Row, build_manifest, load_inputs, read_rows
from semstyle.manifest.inputs import made_maps
from semstyle.manifest.row import BadRow, make_row
from semstyle.manifest.specs import read_spec

PHOTO = {"style": "s.png", "content": "c.png"}


def made(**values: Any) -> Row | BadRow:
    return make_row({**PHOTO, **values}, Position("m.parquet", 7), "/data")


@pytest.mark.parametrize(
    "values",
    [
        {"style_map": "auto:8", "target_map": "auto:8"},
        {"style_map": "auto:8"},
        {"style_map": "auto", "target_map": "auto:8"},
        {"style_map": ["auto"], "target_map": ""},
    ],
)
def test_both_columns_ask_for_the_same(values: dict[str, Any]) -> None:
    row = made(**values)
    if values.get("target_map") == "auto:8" and values["style_map"] == "auto":
        assert isinstance(row, Row), "eight labels is the default"
    assert isinstance(row, Row) and row.inputs["style_map"] == row.inputs["target_map"] == "auto"
    assert row.render_id == made(style_map="auto").render_id
    assert [column for column, _ in row.uris()] == ["style", "content"]


def test_what_is_asked_is_in_the_id() -> None:
    texts = ["auto", "auto:4", "auto:4:soft", "auto:fcn", "auto:fcn:hard", "auto:m/a.onnx"]
    assert len({made(style_map=text).render_id for text in texts}) == len(texts)


def test_a_model_is_one_of_the_files_that_the_render_reads() -> None:
    row = made(style_map="auto:m/a.onnx")
    assert isinstance(row, Row) and ("style_map", "/data/m/a.onnx") in list(row.uris())
    assert row.target_map == "auto:/data/m/a.onnx"


def test_several_styles_share_what_is_asked() -> None:
    row = made(style=["a.png", "b.png"], style_map=["auto", "auto"])
    assert isinstance(row, Row) and row.style_maps == ("auto",) and len(row.styles) == 2


@pytest.mark.parametrize(
    ("values", "column", "message"),
    [
        ({"style_map": "auto", "target_map": "t.png"}, "target_map", "must be auto as style_map is, or empty"),
        ({"style_map": "auto:4", "target_map": "auto"}, "target_map", "must be auto:4"),
        ({"style_map": "s_map.png", "target_map": "auto"}, "style_map", "must be auto as target_map is"),
        ({"target_map": "auto"}, "style_map", "must be auto as target_map is"),
        ({"style_map": "auto", "content": None}, "content", "is empty while style_map is auto; give the image"),
        ({"style_map": "auto:1"}, "style_map", "from 2 to 16"),
        ({"style_map": "auto:depplab"}, "style_map", "did you mean deeplabv3"),
        ({"style": ["a", "b"], "style_map": ["auto", "m.png"]}, "style_map", "holds auto and others"),
    ],
)
def test_what_cannot_be_made_is_told_with_row_and_column(values: dict[str, Any], column: str, message: str) -> None:
    row = made(**values)
    assert isinstance(row, BadRow) and row.column == column and message in row.message
    assert str(row).startswith(f"m.parquet, row 7, column {column}: ") and "\n" not in str(row)


def test_grids_ask_for_maps(tmp_path: Path) -> None:
    spec = tmp_path / "grid.yaml"
    spec.write_text("inputs: [{style: s.png, style_map: 'auto:4', content: c.png}]\ngrid: {seed: [1, 2]}\n")
    assert [row["style_map"] for row in read_spec(str(spec)).rows()] == ["auto:4", "auto:4"]


def test_the_maps_of_a_row_are_made_once_and_anew_when_an_image_changes(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pixels = np.concatenate([np.full((24, 64, 3), 200), rng.integers(0, 120, (24, 64, 3))]).astype(np.uint8)
    for name, image in {"s": pixels, "c": pixels[::-1]}.items():
        Image.fromarray(np.ascontiguousarray(image)).save(tmp_path / f"{name}.png")
    row = make_row({**PHOTO, "style_map": "auto:2"}, Position("m", 1), str(tmp_path))
    assert isinstance(row, Row)
    made_maps.cache_clear()
    first, again = load_inputs(row), load_inputs(row)
    assert made_maps.cache_info().misses == 1 and first.made is again.made is not None
    assert first.style_maps is not None and first.target_map is not None
    assert torch.equal(first.style_maps[0][:, 2, 2], first.target_map[:, 45, 2])
    Image.fromarray(pixels[:, :40]).save(tmp_path / "c.png")
    changed = load_inputs(row)
    assert changed.target_map is not None and changed.target_map.shape == (3, 48, 40)


def test_maps_to_be_made_are_asked_for_from_wherever_the_manifest_is(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    maps = [("auto:4", "auto:4"), ("auto:m/a.onnx", f"auto:{tmp_path}/m/a.onnx"), ("./auto", str(tmp_path / "auto"))]
    inputs = [f"{{style: a.png, content: b.png, style_map: '{given}', target_map: '{given}'}}" for given, _ in maps]
    spec.write_text(f"inputs: [{', '.join(inputs)}]")
    for place in ("m.parquet", "out/m.parquet"):
        build_manifest(str(spec), str(tmp_path / place))
        rows = list(read_rows(str(tmp_path / place)))
        assert [isinstance(row, Row) and row.inputs["target_map"] for row in rows] == [meant for _, meant in maps]
