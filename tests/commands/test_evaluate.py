"""``semstyle evaluate`` as a user runs it."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from in_process import Program, program
from PIL import Image
from torchvision.models import WeightsEnum, alexnet

from semstyle.evaluate.metrics import METRICS
from semstyle.storage import Folder

MAPS = ("--style-map", "style_map.png", "--target-map", "content_map.png")
OF_MAPS = {"semantic_leak", "label_color_distance"}
OF_CONTENT = {"content_distance", "structure"}
OF_METHODS = {"matches_across_labels"}
EVERY = {metric.name for metric in METRICS}


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    for name, size in (("style", (96, 80)), ("content", (72, 64))):
        pixels = random.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
        coarse = Image.fromarray(pixels).resize((9, 8)).resize(size, Image.Resampling.BICUBIC)
        Image.blend(coarse, Image.fromarray(pixels), 0.3).save(tmp_path / f"{name}.png")
        labels = np.zeros((size[1], size[0], 3), np.uint8)
        labels[: size[1] // 2, :, 2] = 255
        Image.fromarray(labels).save(tmp_path / f"{name}_map.png")
    return tmp_path


@pytest.fixture
def semstyle(inputs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """``semstyle`` in the folder of the inputs."""
    return program(inputs, monkeypatch, capsys)


def test_the_style_itself_has_the_best_of_everything(semstyle: Program) -> None:
    maps = ("--style-map", "style_map.png", "--target-map", "style_map.png")
    done = semstyle("evaluate", "style.png", "--style", "style.png", *maps, "--content", "style.png", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told.pop("image") == "style.png"
    assert list(told) == [metric.name for metric in METRICS if metric.name not in OF_METHODS]
    assert told == pytest.approx({m.name: m.best for m in METRICS if m.name in told}, abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "absent"),
    [((), OF_MAPS | OF_CONTENT), (MAPS, OF_CONTENT), (("--content", "content.png"), OF_MAPS)],
    ids=["the style alone", "maps", "a content"],
)
def test_what_the_inputs_do_not_allow_is_absent(
    semstyle: Program, arguments: tuple[str, ...], absent: set[str]
) -> None:
    done = semstyle("evaluate", "content.png", "--style", "style.png", *arguments, "--json")
    assert set(json.loads(done.stdout)) == (EVERY - absent - OF_METHODS) | {"image"}


def test_it_finds_what_the_render_found(semstyle: Program) -> None:
    given = ("--style", "style.png", *MAPS, "--content", "content.png", "--json")
    few = ("--size", "72", "--set", "iterations=3", "--set", "phases=1", "-o", "out.png")
    rendered = json.loads(semstyle("render", *given, *few).stdout)
    judged = json.loads(semstyle("evaluate", "out.png", *given).stdout)
    assert judged.pop("image") == "out.png"
    wanted = {name: rendered[name] for name in judged}
    assert judged == pytest.approx(wanted, rel=0.05, abs=0.02)  # the file has 8 bits


def test_without_json_it_is_a_table_of_all_of_them(semstyle: Program) -> None:
    done = semstyle("evaluate", "content.png", "--style", "style.png", *MAPS, "--content", "content.png")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["metric", "value", "best"]
    assert {line.split()[0] for line in lines[1:]} == EVERY - OF_METHODS
    (structure,) = (line for line in lines if "structure" in line)
    assert structure.split()[1:3] == ["1", "1"] and "SSIM" in structure


def test_several_styles_and_maps_that_are_made(semstyle: Program) -> None:
    styles = ("--style", "style.png", "--style", "content.png")
    maps = ("--style-map", "style_map.png", "--style-map", "content_map.png", "--target-map", "content_map.png")
    pooled = json.loads(semstyle("evaluate", "content.png", *styles, *maps, "--json").stdout)
    assert pooled["semantic_leak"] == 0 and pooled["coherence"] == 1
    made = semstyle(
        "evaluate", "content.png", "--style", "style.png", "--style-map", "auto:2", "--content", "content.png", "--json"
    )
    assert made.returncode == 0, made.stderr
    assert set(json.loads(made.stdout)) >= OF_MAPS


def test_a_picture_in_a_bucket(inputs: Path, semstyle: Program, s3: str) -> None:
    Folder(f"{s3}/judged").write("out.png", (inputs / "content.png").read_bytes())
    there = semstyle("evaluate", f"{s3}/judged/out.png", "--style", "style.png", "--json")
    assert there.returncode == 0, there.stderr
    here = json.loads(semstyle("evaluate", "content.png", "--style", "style.png", "--json").stdout)
    assert json.loads(there.stdout) == {**here, "image": f"{s3}/judged/out.png"}


def test_another_aspect_is_told(inputs: Path, semstyle: Program) -> None:
    Image.open(inputs / "content.png").crop((0, 0, 40, 64)).save(inputs / "tall.png")
    for options, where in ((("--content", "content.png"), "--content"), (MAPS, "--target-map")):
        done = semstyle("evaluate", "tall.png", "--style", "style.png", *options)
        assert done.returncode == 2
        assert done.stderr == (
            f"semstyle: {where}: it has 72×64 pixels, and the image 40×64: they need the same aspect; "
            "crop or scale one of them\n"
        )


def test_names_are_no_markup(inputs: Path, semstyle: Program) -> None:
    shutil.copy(inputs / "content.png", inputs / "[red].png")
    done = semstyle("evaluate", "[red].png", "--style", "style.png", "--json")
    assert json.loads(done.stdout)["image"] == "[red].png"


def test_lpips_is_zero_of_the_content_itself(inputs: Path, semstyle: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    with torch.random.fork_rng():
        backbone = alexnet().state_dict()
    monkeypatch.setattr(WeightsEnum, "get_state_dict", lambda self, **options: backbone)
    given = ("--style", "style.png", "--content", "content.png", "--lpips")
    assert json.loads(semstyle("evaluate", "content.png", *given, "--json").stdout)["lpips"] == 0
    shown = semstyle("evaluate", "content.png", *given).stdout.splitlines()
    assert shown[-1].split()[:3] == ["lpips", "0", "0"]


def test_lpips_without_a_content_the_extra_or_a_network_is_one_line(
    semstyle: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = semstyle("evaluate", "content.png", "--style", "style.png", "--lpips")
    assert (bare.returncode, bare.stdout) == (2, "")
    assert bare.stderr == "semstyle: --lpips: it compares with the content; give --content\n"

    def unreachable(self: object, **options: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(WeightsEnum, "get_state_dict", unreachable)
    given = ("evaluate", "content.png", "--style", "style.png", "--content", "content.png", "--lpips")
    offline = semstyle(*given)
    assert (offline.returncode, offline.stdout) == (2, "")
    assert "could not download https://" in offline.stderr and offline.stderr.count("\n") == 1

    monkeypatch.setitem(sys.modules, "lpips", None)
    without = semstyle(*given)
    assert (without.returncode, without.stdout) == (2, "")
    assert without.stderr == 'semstyle: --lpips: it needs a package; pip install "semstyle[metrics]"\n'
