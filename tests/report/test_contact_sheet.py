"""The pictures of a run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from finished_run import finished, write_run
from PIL import Image

from semstyle.report import contact_sheet, write_contact_sheets
from semstyle.report.contact_sheet import columns_for
from semstyle.report.varying import caption, varying

COLORS = {"a": (200, 0, 0), "b": (0, 200, 0), "c": (0, 0, 200)}
SMALL = (30, 40)
"""(height, width) of the pictures of :func:`write_run`."""


def rows(*ids: str, tags: dict[str, str] | None = None, first: int = 1) -> list[dict[str, Any]]:
    """Results that stand in the manifest in this order, from row ``first`` on."""
    return [
        finished(name, tags, seed=number, manifest_file="m.parquet", manifest_row=number)
        for number, name in enumerate(ids, first)
    ]


def draw(out: Path, results: Sequence[dict[str, Any]], **options: int) -> list[Image.Image]:
    """The sheets of a run whose table has its results in the order of their ids."""
    write_run(out, sorted(results, key=lambda result: result["render_id"]))
    for name, color in COLORS.items():
        if (out / "images" / f"{name}.png").exists():
            Image.fromarray(np.full((*SMALL, 3), color, np.uint8)).save(out / "images" / f"{name}.png")
    return sheets(out, **options)


def sheets(out: Path, **options: int) -> list[Image.Image]:
    return [Image.open(out / path).convert("RGB") for path in write_contact_sheets(str(out), **options)]


def colors_in(sheet: Image.Image) -> set[Any]:
    return {color for _, color in sheet.getcolors(1_000_000) or []}


def place_of(color: tuple[int, ...], sheet: Image.Image) -> tuple[int, int, int, int]:
    """(top, left, height, width) of an area of one colour."""
    found = np.argwhere((np.asarray(sheet) == color).all(axis=2))
    (top, left), (bottom, right) = found.min(axis=0), found.max(axis=0)
    return int(top), int(left), int(bottom - top) + 1, int(right - left) + 1


@pytest.fixture
def headings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All text of the sheets that are drawn."""
    texts: list[str] = []
    plain = contact_sheet.text_image

    def noted(text: str, *rest: Any) -> Image.Image:
        texts.append(text)
        return plain(text, *rest)

    monkeypatch.setattr(contact_sheet, "text_image", noted)
    return texts


def test_shows_every_image_at_its_own_size(tmp_path: Path) -> None:
    (sheet,) = draw(tmp_path / "run", [*rows("a", "b"), *rows("c", tags={"job": "<other>"})])
    assert [place_of(color, sheet)[2:] for color in COLORS.values()] == [SMALL] * 3


def test_a_large_image_is_made_smaller(tmp_path: Path) -> None:
    draw(tmp_path / "run", rows("a"))
    Image.fromarray(np.full((400, 2000, 3), COLORS["a"], np.uint8)).save(tmp_path / "run" / "images" / "a.png")
    (sheet,) = sheets(tmp_path / "run")
    height, width = place_of(COLORS["a"], sheet)[2:]
    assert width == 480 and abs(height - 96) <= 1


def test_images_stand_in_the_order_of_the_manifest(tmp_path: Path) -> None:
    (sheet,) = draw(tmp_path / "run", rows("b", "c", "a"))
    places = {name: place_of(color, sheet)[:2] for name, color in COLORS.items()}
    assert sorted(places, key=lambda name: places[name]) == ["b", "c", "a"]


def test_the_first_of_the_manifest_are_shown_and_the_sheet_says_what_is_not(
    tmp_path: Path, headings: list[str]
) -> None:
    (sheet,) = draw(tmp_path / "run", rows("b", "c", "a"), limit=2)
    assert colors_in(sheet) & set(COLORS.values()) == {COLORS["b"], COLORS["c"]}
    said = "2 of 3 renders, in the order of the manifest. 1 render is left out. index.html beside this has them all."
    assert said in headings


def test_above_a_hundred_each_group_has_a_sheet_and_none_is_torn_without_a_word(
    tmp_path: Path, headings: list[str]
) -> None:
    out = tmp_path / "run"
    zebras = rows(*(f"z{number:03}" for number in range(130)), tags={"scene": "zebra"})
    coast = rows("a", *(f"c{number:03}" for number in range(19)), tags={"scene": "coast"}, first=131)
    small = rows("b", "c", tags={"scene": "attic"}, first=151)
    drawn = draw(out, [*zebras, *coast, *small])
    assert len(drawn) == 3
    assert COLORS["a"] in colors_in(drawn[1]) and {COLORS["b"], COLORS["c"]} <= colors_in(drawn[2])
    where = "30 renders are on no sheet. index.html beside this has them all."
    assert [text for text in headings if " of 152 renders" in text or "scene: " in text] == [
        "100 of 152 renders, in the order of the manifest. The other 30 of this group are left out. "
        f"The 2 other sheets show 22 more. {where}",
        "scene: zebra (the first 100 of 130)",
        f"20 of 152 renders, in the order of the manifest. The 2 other sheets show 102 more. {where}",
        "scene: coast (20)",
        f"2 of 152 renders, in the order of the manifest. The 2 other sheets show 120 more. {where}",
        "scene: attic (2)",
    ]
    names = sorted(path.name for path in (out / "report").iterdir())
    assert names == ["contact_sheet-2.png", "contact_sheet-3.png", "contact_sheet.png"]
    (out / "images" / "a.png").unlink()
    for row in zebras:
        (out / "images" / f"{row['render_id']}.png").unlink()
    assert len(sheets(out)) == 1
    assert [path.name for path in (out / "report").iterdir()] == ["contact_sheet.png"], "those of before are gone"


def test_nothing_that_is_gone_is_shown_and_a_damaged_image_is_a_gap(tmp_path: Path, headings: list[str]) -> None:
    out = tmp_path / "run"
    draw(out, rows("a", "b", "c"))
    (out / "images" / "b.png").write_bytes(b"not an image")
    (out / "images" / "a.png").unlink()
    (sheet,) = sheets(out)
    assert colors_in(sheet) & set(COLORS.values()) == {COLORS["c"]}
    assert "the image cannot be read" in headings


def test_a_run_without_images_has_a_sheet_too(tmp_path: Path, headings: list[str]) -> None:
    (sheet,) = draw(tmp_path / "run", [])
    assert sheet.width > 0 and "No images." in headings


def test_renders_of_older_versions_do_not_say_where_they_stood(tmp_path: Path, headings: list[str]) -> None:
    (sheet,) = draw(tmp_path / "run", [finished("a", seed=2), finished("b", seed=1)])
    assert place_of(COLORS["b"], sheet)[1] < place_of(COLORS["a"], sheet)[1], "by what tells them apart"
    assert "2 renders." in headings


def test_text_of_any_kind_can_be_drawn(tmp_path: Path) -> None:
    hostile = {"a\nb\tc\x00\x1b[31m": "\u202e\U0001f600é日本 " * 10_000, "": "w" * 100_000}
    (sheet,) = draw(tmp_path / "run", [*rows("a", "b", tags=hostile), *rows("c", tags={**hostile, "x": "y"})])
    assert set(COLORS.values()) <= colors_in(sheet) and max(sheet.size) < 2_000


def test_captions_say_only_what_differs() -> None:
    results = [finished("a", style_weight=25.0, seed=1), finished("b", style_weight=50.5, seed=1)]
    columns = varying(results)
    assert columns == ["style_weight"]
    assert caption(results[1], columns) == ["style weight 50.5"]


@pytest.mark.parametrize(
    ("outer", "inner", "columns"),
    [((25, 50, 250), (0, 50), 2), ((25,), (0, 50, 250), 3), ((25,), range(10), 4), (range(20), range(3), 6)],
)
def test_a_grid_of_two_parameters_keeps_its_rows_and_columns(
    outer: Sequence[float], inner: Sequence[float], columns: int
) -> None:
    results = [
        finished(f"{style}-{semantic}", style_weight=float(style), semantic_weight=float(semantic))
        for style in outer
        for semantic in inner
    ]
    assert columns_for(results, varying(results)) == columns


def test_drawing_a_sheet_does_not_load_torch() -> None:
    program = "import sys, semstyle.report, semstyle.farm, semstyle.farm.run; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
