"""The page of before and now: its numbers are the records', its pictures the renders'."""

from __future__ import annotations

from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from finished_run import finished, write_run
from markdown_it import MarkdownIt
from PIL import Image

from semstyle.errors import InputError
from semstyle.report.comparison import COMPARED, comparisons_of
from semstyle.report.number import number
from semstyle.report.quality_page import write_quality_page
from semstyle.report.quality_picture import encode_jpeg, scene_picture
from semstyle.storage import Folder

HOSTILE = "a|b `c` [d](https://evil.example) ![e](f.png) <script>alert(1)</script>\n\n# *g*"
TYPICAL = {"weave": 1.234, "patch_coverage": 0.2468, "repetition": 31.0, "semantic_leak": 0.17, "sifid": 0.5}
RENDERED = (300, 500)
"""(height, width) of renders that are larger than a window."""


def sides(scene: str, row: int = 1, **columns: Any) -> list[dict[str, Any]]:
    """Both renders of a scene, in two rows of a manifest."""
    name = f"r{row}"
    place = {"manifest_file": "m.parquet", "style_map": None, "target_map": None, "content": None, **columns}
    old = {"detail_layers": "none", "variety": 0.0, "metrics": TYPICAL, "render_seconds": 20.25}
    new = {"metrics": {**TYPICAL, "weave": 1.01, "structure": 0.5}, "render_seconds": 30.5}
    return [
        finished(f"{name}before", {"scene": scene, "made": "before"}, manifest_row=row, **place, **old),
        finished(f"{name}now", {"scene": scene, "made": "now"}, manifest_row=row + 1, **place, **new),
    ]


def noise(size: tuple[int, int], seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8))


def run_of(folder: Path, *rows: dict[str, Any], size: tuple[int, int] = RENDERED) -> Folder:
    """A run with these results; its images are noise, and so is ``s.png``, their style."""
    out = folder / "out"
    noise((60, 90), 99).save(folder / "s.png")
    write_run(out, [{**row, "style": str(folder / "s.png")} for row in rows])
    for seed, row in enumerate(rows):
        noise(size, seed).save(out / "images" / f"{row['render_id']}.png")
    return Folder(str(out))


def page_of(folder: Path, run: Folder, **options: Any) -> str:
    written = write_quality_page(run, str(folder / "docs" / "page.md"), **options)
    assert written == str(folder / "docs" / "page.md")
    return Path(written).read_text()


def tables(text: str) -> list[dict[str, list[str]]]:
    """Each table of a page as a reader of Markdown sees it: the first cell of each row → the others."""
    found: list[dict[str, list[str]]] = []
    cells: list[str] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for opened, token in pairwise(tokens):
        if token.type == "table_open":
            found.append({})
        elif token.type == "tr_open":
            cells = []
        elif opened.type in {"th_open", "td_open"}:
            cells.append(token.content)
        elif token.type == "tr_close":
            found[-1][cells[0]] = cells[1:]
    return found


def test_the_page_has_each_scene_in_the_order_of_the_manifest_and_the_numbers_of_its_records(tmp_path: Path) -> None:
    lake, cat = sides("Lake", 3), sides("The cat", 1)
    cat[1]["metrics"] = [("weave", 0.99), ("structure", 0.25), ("patch_coverage", 0.5)]
    text = page_of(tmp_path, run_of(tmp_path, *lake, *cat))
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## In the mean",
        "## The cat",
        "## Lake",
    ]
    means, of_cat, of_lake = tables(text)
    assert of_lake["`weave`"] == ["1", number(1.234), number(1.01)]
    for pair, shown in ((lake, of_lake), (cat, of_cat)):
        before, now = (dict(side["metrics"]) for side in pair)
        names = [name for name in COMPARED if name in before or name in now]
        assert list(shown)[1:] == [*(f"`{name}`" for name in names), "`seconds`"]
        for name in names:
            assert shown[f"`{name}`"][1:] == [number(before.get(name)), number(now.get(name))]
        assert shown["`seconds`"] == ["–", "20.2", "30.5"]
    assert of_cat["`structure`"] == ["–", "–", "0.250"], "the style itself says nothing of the content"
    assert "`sifid`" not in of_lake
    assert means["`weave`"] == ["1", number(1.234), number((1.01 + 0.99) / 2), "2"]
    assert means["`repetition`"] == ["1", "31", "31", "1"], "of the scenes that have it before and now"
    assert "`structure`" not in means
    assert r"`detail_layers` none → 1\_1,2\_1; `variety` 0 → 1." in text


def test_a_picture_has_the_window_of_both_renders_pixel_for_pixel(tmp_path: Path) -> None:
    run = run_of(tmp_path, *sides("Lake"))
    before, now = (np.array(Image.open(tmp_path / "out" / "images" / f"r1{side}.png")) for side in ("before", "now"))
    now[:] = before
    now[20:280, 130:480] ^= 255
    Image.fromarray(now).save(tmp_path / "out" / "images" / "r1now.png")
    (comparison,) = comparisons_of([{**side, "style": str(tmp_path / "s.png")} for side in sides("Lake")])
    picture, window = scene_picture(run, comparison)
    left, top, right, bottom = window.box
    assert (right - left, bottom - top) == (360, 270)
    pixels = np.asarray(picture)
    place = np.argwhere((pixels == before[top, left]).all(axis=2))
    for at_top, at_left in place:
        found = pixels[at_top : at_top + 270, at_left : at_left + 360]
        if np.array_equal(found, before[top:bottom, left:right]):
            beside = pixels[at_top : at_top + 270, at_left + 372 : at_left + 372 + 360]
            assert np.array_equal(beside, now[top:bottom, left:right])
            break
    else:
        pytest.fail("the window of before is not in the picture as it is")


def test_pictures_are_beside_the_page_and_small(tmp_path: Path) -> None:
    text = page_of(tmp_path, run_of(tmp_path, *sides("Lake & more"), *sides("lake, MORE", 3), *sides("日本", 5)))
    paths = ["pictures/quality_lake_more.jpg", "pictures/quality_lake_more_2.jpg", "pictures/quality_3.jpg"]
    assert all(f"]({path})" in text for path in paths)
    for path in paths:
        file = tmp_path / "docs" / path
        assert file.stat().st_size <= 300_000, "noise is the hardest to write"
        with Image.open(file) as picture:
            assert picture.format == "JPEG" and picture.width > 720
    assert len(list((tmp_path / "docs" / "pictures").iterdir())) == 3


def test_a_jpeg_is_as_good_as_its_size_allows() -> None:
    picture = noise((200, 300), 0)
    large, small = encode_jpeg(picture), encode_jpeg(picture, 80_000)
    assert len(small) <= 80_000 < len(large)
    whole, rough = (np.asarray(Image.open(BytesIO(data)), float) for data in (large, small))
    assert abs(whole - np.asarray(picture, float)).mean() < abs(rough - np.asarray(picture, float)).mean()
    with pytest.raises(InputError, match="300×200"):
        encode_jpeg(picture, 1_000)


def test_text_of_tags_is_no_markup(tmp_path: Path) -> None:
    columns = {"encoder": "s3://b/`x`|<b>.npz"}
    rows = sides(HOSTILE)
    rows[1].update(columns)
    text = page_of(tmp_path, run_of(tmp_path, *rows))
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    assert not [token for token in tokens if token.type == "html_block"]
    (heading,) = (
        token
        for token in tokens
        if token.type == "inline"
        and "evil" in token.content
        and token.level == 1
        and not token.content.startswith("![")
    )
    plain = " ".join(HOSTILE.split())
    assert {child.type for child in heading.children or ()} == {"text"}
    assert "".join(child.content for child in heading.children or ()) == plain
    children = [child for token in tokens for child in token.children or ()]
    assert not [child for child in children if child.type == "html_inline"]
    images = [child for child in children if child.type == "image"]
    assert [image.attrs["src"] for image in images] == ["pictures/quality_a_b_c_d_https_evil_example_e_f_png_scrip.jpg"]
    assert images[0].content.startswith("a") and "evil" in images[0].content
    assert not [child for child in children if child.type == "link_open" and "evil" in str(child.attrs["href"])]
    assert "`encoder` compact → \\`x\\`\\|\\<b\\>.npz" in text


def test_only_the_renders_that_are_asked_for_are_on_it(tmp_path: Path) -> None:
    other = finished("stray", {"scene": "Lake", "made": "now"}, manifest_row=9)
    untagged = finished("untagged")
    rows = sides("Lake")
    run = run_of(tmp_path, *rows, other, untagged)
    with pytest.raises(InputError, match="'Lake' has 1 render tagged made: before and 2 tagged made: now"):
        page_of(tmp_path, run)
    assert "## Lake" in page_of(tmp_path, run, render_ids=[row["render_id"] for row in rows])
    with pytest.raises(InputError, match=r"'Lake' has 1 .* and 0"):
        page_of(tmp_path, run, render_ids=[rows[0]["render_id"]])
    with pytest.raises(InputError, match="nothing to compare"):
        page_of(tmp_path, run, render_ids=["untagged"])


def test_an_input_that_is_gone_leaves_a_gap_and_a_damaged_render_is_an_error(tmp_path: Path) -> None:
    run = run_of(tmp_path, *sides("Lake", content=str(tmp_path / "none.png"), style_map="auto"))
    (tmp_path / "s.png").write_bytes(b"no image")
    page_of(tmp_path, run)
    with Image.open(tmp_path / "docs" / "pictures" / "quality_lake.jpg") as picture:
        assert picture.width > 720
    (tmp_path / "out" / "images" / "r1now.png").write_bytes(b"no image")
    with pytest.raises(InputError, match=r"images/r1now\.png"):
        page_of(tmp_path, run)


def test_several_styles_have_a_panel_each_and_small_renders_are_shown_whole(tmp_path: Path) -> None:
    rows = sides("Lake")
    run = run_of(tmp_path, *rows, size=(8, 200))
    paths = f'["{tmp_path / "s.png"}", "{tmp_path / "s.png"}"]'
    (comparison,) = comparisons_of([{**row, "style": paths} for row in rows])
    picture, window = scene_picture(run, comparison)
    assert (window.width, window.height) == (200, 8)
    assert picture.width == 3 * 136 + 4 * 12, "two styles and the whole render of now"


def test_links_are_there_where_they_lead_somewhere(tmp_path: Path) -> None:
    run = run_of(tmp_path, *sides("Lake"))
    assert "](metrics.md)" not in page_of(tmp_path, run)
    (tmp_path / "docs" / "metrics.md").write_text("# What the metrics mean\n")
    text = page_of(tmp_path, run, credit="Photographs: someone.")
    assert "](metrics.md)" in text and "](../manifests/quality.yaml)" in text
    assert "\n\nPhotographs: someone.\n\n" in text
