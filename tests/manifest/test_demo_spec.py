"""The specs that come with semstyle: they build, and every photograph, map and pair of maps they name is usable."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from PIL import Image

from semstyle.demo.photographs import write_photographs
from semstyle.engine.inputs.request import Request
from semstyle.engine.inputs.scene import Scene
from semstyle.manifest import Row, build_manifest, load_inputs, read_rows

REPOSITORY = Path(__file__).resolve().parents[2]
MANIFESTS = REPOSITORY / "manifests"
MAPS = sorted(path.name for path in (MANIFESTS / "demo").glob("*_map.png"))
ROWS = {
    "demo.yaml": 13,
    "nightly.yaml": 13,
    "figure5.yaml": 7,
    "paper.yaml": 51,
    "methods.yaml": 9,
    "quality.yaml": 8,
    "explore.yaml": 32,
}
OF_OTHERS = "quality_samples.yaml"
"""The spec whose pictures are not ours; tests/report/test_quality.py builds it."""
LARGEST_MAP = 10_000
SMALLEST_SHARE = 0.1
"""How much of a colour's area in a doodle its style must have at least; a patch can be used again, but not for ever."""


def script(path: Path) -> ModuleType:
    """A script of the repository as a module, without running what it does when called."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of manifests/ with the photographs in place."""
    folder = tmp_path_factory.mktemp("repository") / "manifests"
    shutil.copytree(MANIFESTS, folder, ignore=shutil.ignore_patterns("photographs", "outlines"))
    write_photographs(folder / "demo" / "photographs")
    return folder


def rows_of(spec: Path) -> list[Row]:
    manifest = spec.parent.parent / "out" / f"{spec.stem}.parquet"
    manifest.parent.mkdir(exist_ok=True)
    build_manifest(str(spec), str(manifest))
    rows = list(read_rows(str(manifest)))
    assert all(isinstance(row, Row) for row in rows)
    return [row for row in rows if isinstance(row, Row)]


def colors(uri: str) -> dict[Any, float]:
    """The share of each colour in a map."""
    with Image.open(uri) as image:
        pixels = image.width * image.height
        return {color: count / pixels for count, color in image.convert("RGB").getcolors(pixels) or []}


def test_every_spec_that_comes_with_semstyle_is_tested_here() -> None:
    assert {path.name for path in MANIFESTS.glob("*.yaml")} == {*ROWS, OF_OTHERS}


@pytest.mark.parametrize("name", ROWS)
def test_every_row_of_a_spec_can_be_rendered(manifests: Path, name: str) -> None:
    rows = rows_of(manifests / name)
    assert len(rows) == len({row.render_id for row in rows}) == ROWS[name]
    for row in rows:
        request = Request(**load_inputs(row).as_dict(), parameters=row.parameters)
        assert Scene(request, torch.device("cpu")).phases


@pytest.mark.parametrize("name", ROWS)
def test_what_a_doodle_shows_its_style_has_amply(manifests: Path, name: str) -> None:
    pairs = {(row.style_maps, row.target_map) for row in rows_of(manifests / name)}
    for style_maps, target_map in pairs - {(None, None)}:
        assert style_maps and target_map
        style = colors(style_maps[0])
        short = {
            color: share for color, share in colors(target_map).items() if style.get(color, 0) < SMALLEST_SHARE * share
        }
        assert short == {}


def test_the_demo_shows_the_four_uses_and_a_grid_of_nine(manifests: Path) -> None:
    rows = rows_of(manifests / "demo.yaml")
    uses = Counter((row.target_map is not None, row.content is not None) for row in rows)
    assert set(uses) == {(True, False), (True, True), (False, True), (False, False)}
    grid = [row.parameters for row in rows if row.tags["demo"].startswith("5")]
    assert {(p.style_weight, p.semantic_weight) for p in grid} == {
        (b, c) for b in (25, 100, 250) for c in (10, 50, 250)
    }
    assert {p.size for p in grid} == {256}


@pytest.mark.parametrize("name", MAPS)
def test_a_committed_map_is_small_and_is_what_the_script_draws(tmp_path: Path, name: str) -> None:
    committed = MANIFESTS / "demo" / name
    script(MANIFESTS / "demo" / "draw_maps.py").write_maps(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == MAPS
    with Image.open(committed) as old, Image.open(tmp_path / name) as new:
        assert old.size == new.size
        assert old.tobytes() == new.tobytes()
    assert committed.stat().st_size < LARGEST_MAP
