"""``semstyle map`` and ``semstyle render --style-map auto``, as they are typed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from semstyle.cli import main
from semstyle.commands.app import app

SMALL = ["--size", "48", "--set", "iterations=2", "--set", "phases=1"]


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)


@pytest.fixture
def halves(tmp_path: Path) -> Path:
    """A folder with ``style.png``, plain above noise, and ``target.png``, noise above plain."""
    pixels = np.full((64, 96, 3), 190, np.uint8)
    pixels[32:] = np.random.default_rng(0).integers(0, 120, (32, 96, 3))
    Image.fromarray(pixels).save(tmp_path / "style.png")
    Image.fromarray(pixels[::-1].copy()).save(tmp_path / "target.png")
    return tmp_path


def test_a_pair_that_is_made_passes_the_check_and_can_be_looked_at(halves: Path) -> None:
    style, target, out = halves / "style.png", halves / "target.png", halves / "maps" / "here"
    made = run("map", "auto", style, target, "-o", out, "--labels", 2)
    assert made.stdout.split() == [str(out / "style_map.png"), str(out / "target_map.png")]
    style_map, target_map = (np.asarray(Image.open(out / f"{name}_map.png")) for name in ("style", "target"))
    assert (style_map[5, 48] == target_map[58, 48]).all() and (style_map[5, 48] != style_map[58, 48]).any()

    found = run("map", "check", out / "style_map.png", out / "target_map.png")
    assert found.exit_code == 0 and "the maps belong together" in found.stdout

    drawn = run("map", "preview", style, out / "style_map.png", "-o", halves / "preview.png")
    assert drawn.exit_code == 0 and Image.open(halves / "preview.png").size == (1150, 640)


def test_forms_and_json(halves: Path) -> None:
    arguments = ["map", "auto", halves / "style.png", halves / "target.png", "-o", halves]
    answer = json.loads(run(*arguments, "--soft", "--labels", 3, "--json").stdout)
    assert answer == {"maps": [str(halves / f"{name}_map.npy") for name in ("style", "target")], "asked": "auto:3:soft"}
    assert np.load(halves / "style_map.npy").shape[:2] == (64, 96)
    assert json.loads(run(*arguments, "--form", "embedded", "--json").stdout)["asked"] == "auto:embedded"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["auto", "style.png"], "at least two images"),
        (["auto", "style.png", "target.png", "--labels", "1"], "from 2 to 16"),
        (["auto", "style.png", "target.png", "--labels", "3", "--model", "fcn"], "give one of them"),
        (["auto", "style.png", "target.png", "--soft", "--form", "hard"], "give one of them"),
        (["auto", "style.png", "target.png", "--model", "./missing.onnx"], "there is no such file"),
        (["check", "style.png"], "at least two maps"),
        (["check", "style.png", "target.png", "--style", "a.png", "--style", "b.png"], "2 images for 1 style maps"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    words: list[str],
    message: str,
    halves: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(halves)
    out = ["-o", "maps"] if words[0] == "auto" else []
    monkeypatch.setattr(sys, "argv", ["semstyle", "map", *words, *out])
    with pytest.raises(SystemExit) as stopped:
        main()
    error = capsys.readouterr().err
    assert stopped.value.code == 2 and message in error and error.count("\n") == 1


def test_a_check_with_warnings_exits_with_3_and_tells_them_in_json(tmp_path: Path) -> None:
    for name, color in (("a", (255, 0, 0)), ("b", (0, 0, 255))):
        Image.new("RGB", (64, 48), color).save(tmp_path / f"{name}.png")
    warned = run("map", "check", tmp_path / "a.png", tmp_path / "b.png")
    assert warned.exit_code == 3
    assert "missing: #0000ff: 100.0% of the target" in warned.stderr and "#ff0000: 100.0% of the style" in warned.stdout
    document = json.loads(run("map", "check", tmp_path / "a.png", tmp_path / "b.png", "--json").stdout)
    assert [warning["kind"] for warning in document["warnings"]] == ["missing"]
    blue = next(label for label in document["labels"] if label["label"] == "#0000ff")
    assert blue["repeats"] is None and blue["style_patches"]["3_1"] == 0


def test_a_render_with_maps_that_are_made_saves_them_and_equals_one_with_them(halves: Path) -> None:
    style, target = halves / "style.png", halves / "target.png"
    made = run("render", "--style", style, "--style-map", "auto:2", "--content", target, "-o", halves / "a.png", *SMALL)
    assert made.exit_code == 0, made.output
    maps = [halves / f"a.{name}_map.png" for name in ("style", "target")]
    assert all(str(path) in made.stderr for path in maps)
    given = ["--style-map", maps[0], "--target-map", maps[1]]
    run("render", "--style", style, *given, "--content", target, "-o", halves / "b.png", *SMALL)
    assert (halves / "a.png").read_bytes() == (halves / "b.png").read_bytes()
