"""jobs/quality.py: scenes rendered before and now, and pages of them."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from programs import REPOSITORY, run

from semstyle.demo import samples
from semstyle.demo.samples import build_samples
from semstyle.engine import Parameters
from semstyle.errors import InputError
from semstyle.farm.errors import FarmError
from semstyle.manifest import Row, build_manifest, read_rows
from semstyle.report.number import number
from semstyle.report.quality import judge_quality

SMALL = "size: 64, phases: 1, iterations: 2"
SPEC = """
jobs:
  - tags: {{scene: "{scene}", made: before}}
    inputs: &scene
      - {{style: style.png, style_map: style_map.png, target_map: target_map.png}}
    fixed: {{{small}, detail_layers: none, coherence: 0, variety: 0}}
  - tags: {{scene: "{scene}", made: now}}
    inputs: *scene
    fixed: {{{small}}}
"""
PICTURES = {
    "Gogh.jpg": "style",
    "Gogh_sem.png": "style_map",
    "Seth.jpg": "style",
    "Seth_sem.png": "target_map",
    "Monet.jpg": "style",
    "Monet_sem.png": "style_map",
    "Coastline_sem.png": "target_map",
}
"""The samples' names, and what stands for them here."""


@pytest.fixture
def folder(pictures: Path, tmp_path: Path) -> Path:
    """A folder with small pictures under the samples' names."""
    folder = tmp_path / "samples"
    folder.mkdir()
    for name, picture in PICTURES.items():
        shutil.copy(pictures / f"{picture}.png", folder / name)
    return folder


def scene_sides(manifest: Path) -> dict[str, dict[str, Row]]:
    """The rows of a manifest, by scene and side."""
    found: dict[str, dict[str, Row]] = {}
    for row in read_rows(str(manifest)):
        assert isinstance(row, Row)
        found.setdefault(row.tags["scene"], {})[row.tags["made"]] = row
    return found


def test_before_is_the_papers_algorithm_and_now_the_defaults(folder: Path, tmp_path: Path) -> None:
    manifest, of_samples, demo = (tmp_path / f"{name}.parquet" for name in ("quality", "samples", "demo"))
    build_manifest(str(REPOSITORY / "manifests" / "quality.yaml"), str(manifest))
    build_samples(str(folder), str(of_samples))
    scenes = scene_sides(manifest)
    defaults = Parameters()
    for sides in (*scenes.values(), *scene_sides(of_samples).values()):
        before, now = sides["before"], sides["now"]
        assert before.inputs == now.inputs
        assert before.parameters == dataclasses.replace(now.parameters, detail_layers=(), coherence=0, variety=0)
        for name in ("detail_layers", "coherence", "variety", "style_weight", "semantic_weight", "phases"):
            assert getattr(now.parameters, name) == getattr(defaults, name)
    build_manifest(str(REPOSITORY / "manifests" / "demo.yaml"), str(demo))
    shown = [row for row in read_rows(str(demo)) if isinstance(row, Row) and not row.tags["demo"].startswith("5")]
    assert [sides["now"].render_id for sides in scenes.values()] == [row.render_id for row in shown], "as in the demo"


def made_and_scene(manifest: Path) -> list[tuple[str, str]]:
    rows = list(read_rows(str(manifest)))
    assert all(isinstance(row, Row) for row in rows)
    return [(row.tags["made"], row.tags["scene"]) for row in rows if isinstance(row, Row)]


def test_the_samples_that_are_there_become_rows(folder: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "out" / "manifest.parquet"
    assert build_samples(str(folder), str(manifest)) == 6
    names = ("Seth by van Gogh", "Van Gogh as a photograph", "Coastline by Monet")
    assert made_and_scene(manifest) == [(made, name) for made in ("before", "now") for name in names]
    assert {row.styles[0] for row in read_rows(str(manifest)) if isinstance(row, Row)} == {
        str(folder / name) for name in ("Gogh.jpg", "Seth.jpg", "Monet.jpg")
    }
    (folder / "Coastline_sem.png").unlink()
    assert build_samples(str(folder), str(manifest)) == 4
    (folder / "Seth.jpg").unlink()
    with pytest.raises(InputError, match=f"{folder}: the files of no scene"):
        build_samples(str(folder), str(manifest))


def test_a_run_and_its_page(pictures: Path, tmp_path: Path) -> None:
    spec = Path(shutil.copytree(pictures, tmp_path / "inputs")) / "spec.yaml"
    spec.write_text(SPEC.format(scene="Two halves", small=SMALL))
    out, page = tmp_path / "out", tmp_path / "docs" / "quality.md"
    assert judge_quality(str(out), str(page), spec=str(spec)) == [str(page)]
    text = page.read_text()
    assert "## Two halves" in text
    assert [path.name for path in (page.parent / "pictures").iterdir()] == ["quality_two_halves.jpg"]
    for record in records(out).values():
        metrics = dict(record["metrics"])
        assert f" {number(metrics['weave'])} |" in text and f" {number(record['render_seconds'])} |" in text


@pytest.mark.chaos
def test_samples_have_a_page_apart_and_all_is_rendered_anew(
    folder: Path, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    specs = tmp_path / "manifests"
    specs.mkdir()
    spec = Path(shutil.copytree(pictures, tmp_path / "inputs")) / "spec.yaml"
    spec.write_text(SPEC.format(scene="Two halves", small=SMALL))
    for name in ("style", "style_map", "target_map"):
        shutil.copy(pictures / f"{name}.png", folder)
    (specs / "quality_samples.yaml").write_text(SPEC.format(scene="Not ours", small=SMALL))
    monkeypatch.setattr(samples, "CHECKOUT", specs)
    out, page = tmp_path / "out", tmp_path / "docs" / "quality.md"

    pages = judge_quality(str(out), str(page), samples=str(folder), spec=str(spec))
    assert pages == [str(page), str(out / "samples" / "quality.md")]
    assert "Not ours" not in page.read_text()
    assert "## Not ours" in (out / "samples" / "quality.md").read_text()
    first = records(out)

    judge_quality(str(out), str(page), spec=str(spec), keep=True)
    assert records(out) == first
    judge_quality(str(out), str(page), spec=str(spec))
    again = records(out)
    assert again.keys() == first.keys()
    assert all(again[name]["run_id"] != first[name]["run_id"] for name in first), "all are rendered anew"

    spec.write_text(SPEC.format(scene="Two halves", small=SMALL).replace("style: style.png", "style: none.png"))
    before = page.read_text()
    with pytest.raises(FarmError, match=r"none\.png"):
        judge_quality(str(out), str(page), spec=str(spec))
    assert page.read_text() == before


def records(out: Path) -> dict[str, Any]:
    """What each record file of ``out`` holds."""
    return {path.name: pq.read_table(path).to_pylist()[0] for path in (out / "records").iterdir()}


def test_a_mistake_is_one_line(tmp_path: Path) -> None:
    program = [sys.executable, str(REPOSITORY / "jobs" / "quality.py")]
    missing = run([*program, "out", "--spec", "none.yaml"], tmp_path)
    assert missing.returncode == 2 and missing.stderr.startswith("quality: ") and "none.yaml" in missing.stderr
    assert missing.stderr.count("\n") == 1
    (tmp_path / "spec.yaml").write_text(SPEC.format(scene="s", small=SMALL))
    nothing = run([*program, "out", "--spec", "spec.yaml", "--samples", "nowhere"], tmp_path)
    assert nothing.returncode == 2 and "nowhere" in nothing.stderr and nothing.stderr.count("\n") == 1
