"""``semstyle map`` and ``semstyle render --style-map auto``, as they are typed."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
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
        (["check", "noise.png", "target.png"], "noise.png: no colour covers an area, only 0.0% of it is flat; paint"),
        (["clean", "noise.png", "-o", "x.png"], "noise.png: no colour covers an area, only 0.0% of it is flat; paint"),
        (["clean", "target.png", "--like", "noise.png", "-o", "x.png"], "noise.png: no colour covers an area"),
        (["clean", "target.png", "-o", "x.jpg"], "--out x.jpg: a map is saved as PNG; use a name that ends in .png"),
        (["clean", "target.png", "-o", "nowhere/x.png"], "there is no folder nowhere; make it first"),
        (["clean", "target.png", "-o", "folder.png"], "--out folder.png: cannot be written (Is a directory)"),
        (["clean", "soft.npy", "-o", "x.png"], "soft.npy: a .npy holds numbers and no colours to snap to"),
        (["clean", "missing.png", "-o", "x.png"], "missing.png: there is no such file"),
        (
            ["auto", "style.png", "target.png", "--labels", "2", "-o", "style.png"],
            "style.png is a file, not a folder; choose another place",
        ),
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
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 96, 3), np.uint8)).save("noise.png")
    np.save("soft.npy", np.eye(2)[np.zeros((8, 8), int)])
    Path("folder.png").mkdir()
    out = ["-o", "maps"] if words[0] == "auto" and "-o" not in words else []
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
    assert (
        "no colour shared: " in warned.stderr
        and f"{tmp_path}/b.png shares no colour with {tmp_path}/a.png" in warned.stderr
    )
    assert "#ff0000: 100.0% of the style" in warned.stdout
    document = json.loads(run("map", "check", tmp_path / "a.png", tmp_path / "b.png", "--json").stdout)
    assert [warning["kind"] for warning in document["warnings"]] == ["no colour shared"]
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
    first, second = (np.asarray(Image.open(halves / name)) for name in ("a.png", "b.png"))
    assert np.array_equal(first, second)  # the files say how they were made, which is not the same


@pytest.fixture
def doodles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Here, ``clean.png``, the same as ``noisy.jpg``, and in other colours as ``apart.png``."""
    drawn = Image.new("RGB", (240, 160), (20, 60, 150))
    ImageDraw.Draw(drawn).ellipse((30, 20, 150, 140), (120, 190, 40))
    ImageDraw.Draw(drawn).rectangle((180, 30, 220, 130), (170, 20, 30))
    drawn.save(tmp_path / "clean.png")
    drawn.save(tmp_path / "noisy.jpg", quality=70)
    Image.fromarray(255 - np.asarray(drawn)).save(tmp_path / "apart.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_check_of_a_jpeg_names_a_command_that_mends_it(doodles: Path) -> None:
    warned = run("map", "check", "clean.png", "noisy.jpg")
    assert warned.exit_code == 3 and warned.stderr.count("\n") == 1
    cause, _, command = warned.stderr.partition("; `semstyle ")
    assert cause.startswith("blurred: noisy.jpg was saved as JPEG or painted with a soft brush: ")
    cleaned = run(*shlex.split(command.partition("` mends it")[0]))
    assert cleaned.exit_code == 0, cleaned.output
    assert cleaned.stdout.splitlines()[-1].startswith("saved noisy.clean.png: 3 labels, ")
    assert "of the pixels changed, " in cleaned.stdout and "#78be28: " in cleaned.stdout and not cleaned.stderr
    mended, clean = (np.asarray(Image.open(name)) for name in ("noisy.clean.png", "clean.png"))
    assert mended.shape == clean.shape and (mended != clean).any(2).mean() < 0.002
    assert run("map", "check", "clean.png", "noisy.clean.png").exit_code == 0


def test_cleaning_tells_what_it_did_in_json(doodles: Path) -> None:
    answer = json.loads(run("map", "clean", "noisy.jpg", "--like", "clean.png", "-o", "out.png", "--json").stdout)
    assert answer["map"] == "out.png" and answer["gone"] == []
    assert {one["label"] for one in answer["labels"]} == {"#143c96", "#78be28", "#aa141e"}
    assert sum(one["share"] for one in answer["labels"]) == pytest.approx(1)
    assert 0 < answer["recolored"] < answer["changed"] <= 1
    own = json.loads(run("map", "clean", "noisy.jpg", "-o", "own.png", "--json").stdout)
    assert len(own["labels"]) == 3
    several = run("map", "clean", "noisy.jpg", "--like", "clean.png", "--like", "apart.png", "-o", "out.png", "--json")
    assert json.loads(several.stdout)["labels"] == answer["labels"]


def test_cleaning_tells_of_labels_that_are_no_more(doodles: Path) -> None:
    cleaned = run("map", "clean", "clean.png", "--like", "apart.png", "-o", "out.png")
    assert cleaned.exit_code == 0 and cleaned.stderr.count("\n") == 3
    assert "is like no colour of apart.png and became #" in cleaned.stderr


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("clean.png", ""),
        ("noisy.jpg", "noisy.jpg was saved as JPEG or painted with a soft brush: "),
        ("apart.png", "apart.png shares no colour with "),
    ],
)
def test_a_render_says_once_what_is_the_matter_with_its_maps(target: str, told: str, doodles: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (160, 240, 3), np.uint8)).save("style.png")
    made = run(
        "render", "--style", "style.png", "--style-map", "clean.png", "--target-map", target, "-o", "o.png", *SMALL
    )
    assert made.exit_code == 0 and (doodles / "o.png").exists()
    remarks = [line for line in made.stderr.splitlines() if not line.startswith(("phase ", "saved o.png"))]
    assert len(remarks) == bool(told) and all(told in line for line in remarks)
