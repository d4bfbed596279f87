"""The picture of a run."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from semstyle.engine import Parameters
from semstyle.farm.record import result_schema
from semstyle.report import contact_sheet
from semstyle.report.contact_sheet import columns_for, grouped
from semstyle.report.varying import caption, varying

COLORS = {"a": (200, 0, 0), "b": (0, 200, 0), "c": (0, 0, 200)}


def result(render_id: str, tags: dict[str, str] | None = None, **parameters) -> dict:
    inputs = {"style": "s.png", "style_map": None, "target_map": "t.png", "content": None}
    return {
        "render_id": render_id,
        **inputs,
        **Parameters(**parameters).as_dict(),
        "tags": list((tags or {}).items()),
    }


def store(out, results) -> None:
    for name in ("images", "records", "results"):
        (out / name).mkdir()
    for row in results:
        color = COLORS[row["render_id"]]
        Image.fromarray(np.full((30, 40, 3), color, np.uint8)).save(out / "images" / f"{row['render_id']}.png")
        pq.write_table(pa.Table.from_pylist([row], result_schema()), out / "records" / f"{row['render_id']}.parquet")
    pq.write_table(pa.Table.from_pylist(results, result_schema()), out / "results" / "part-00000.parquet")


def colors_in(sheet: Image.Image) -> set[tuple[int, ...]]:
    return {color for _, color in sheet.getcolors(1_000_000)}


def test_shows_every_image(tmp_path):
    store(tmp_path, [result("a", seed=1), result("b", seed=2), result("c", {"job": "<other>"})])
    sheet = Image.open(io.BytesIO(contact_sheet(str(tmp_path))))
    assert set(COLORS.values()) <= colors_in(sheet)


def test_shows_no_more_than_asked_nothing_that_is_gone_and_a_damaged_image_as_a_gap(tmp_path):
    store(tmp_path, [result("a", seed=1), result("b", seed=2), result("c", seed=3)])
    (tmp_path / "images" / "b.png").write_bytes(b"not an image")
    colors = colors_in(Image.open(io.BytesIO(contact_sheet(str(tmp_path), limit=2))))
    assert colors & set(COLORS.values()) == {COLORS["a"]}
    (tmp_path / "images" / "a.png").unlink()
    colors = colors_in(Image.open(io.BytesIO(contact_sheet(str(tmp_path), limit=2))))
    assert colors & set(COLORS.values()) == {COLORS["c"]}


def test_a_run_without_images_has_a_sheet_too(tmp_path):
    store(tmp_path, [])
    assert Image.open(io.BytesIO(contact_sheet(str(tmp_path)))).width > 0


def test_captions_say_only_what_differs():
    results = [result("a", style_weight=25, seed=1), result("b", style_weight=50.5, seed=1)]
    columns = varying(results)
    assert columns == ["style_weight"]
    assert caption(results[1], columns) == ["style weight 50.5"]


def test_a_grid_of_two_parameters_keeps_its_rows_and_columns():
    results = [
        result(f"{style}-{semantic}", style_weight=style, semantic_weight=semantic)
        for style in (25, 50, 250)
        for semantic in (0, 50)
    ]
    assert columns_for(results, varying(results)) == 2


def test_groups_are_by_tags():
    results = [result("a", {"job": "x"}), result("b"), result("c", {"job": "x"})]
    groups = [(title, [row["render_id"] for row in group]) for title, group in grouped(results)]
    assert groups == [("", ["b"]), ("job: x", ["a", "c"])]


def test_drawing_a_sheet_does_not_load_torch() -> None:
    program = "import sys, semstyle.report, semstyle.farm, semstyle.farm.run; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
