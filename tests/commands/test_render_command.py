"""``semstyle render`` as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from semstyle.cli import main
from semstyle.commands.render import as_csv
from semstyle.commands.render_progress import duration

FAST = ("--set", "iterations=3", "--set", "phases=1")


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    for name, size in (("style", (80, 64)), ("content", (72, 64))):
        pixels = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC).save(tmp_path / f"{name}.png")
        labels = np.zeros((size[1], size[0], 3), np.uint8)
        labels[: size[1] // 2, :, 2] = 255
        Image.fromarray(labels).save(tmp_path / f"{name}_map.png")
    return tmp_path


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def semstyle(inputs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """``semstyle render`` in the folder of the inputs; in this process, as importing torch anew takes seconds."""

    def run(*arguments: str) -> Done:
        monkeypatch.chdir(inputs)
        monkeypatch.setattr(sys, "argv", ["semstyle", "render", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return run


DOODLE = ("--style", "style.png", "--style-map", "style_map.png", "--target-map", "content_map.png")


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        ((*DOODLE, "--size", "72"), (72, 64)),
        ((*DOODLE, "--content", "content.png", "--size", "72"), (72, 64)),
        (("--style", "style.png", "--content", "content.png", "--size", "72"), (72, 64)),
        (("--style", "style.png", "--size", "80x64"), (80, 64)),
        ((*DOODLE, "--style", "content.png", "--style-map", "content_map.png", "--size", "72"), (72, 64)),
    ],
    ids=["doodle", "portrait with maps", "style transfer without maps", "texture", "two styles"],
)
def test_the_uses(
    inputs: Path, semstyle: Callable[..., Done], arguments: tuple[str, ...], size: tuple[int, int]
) -> None:
    done = semstyle(*arguments, *FAST, "-o", "out.png")
    assert done.returncode == 0, done.stderr
    with Image.open(inputs / "out.png") as image:
        assert image.size == size
        assert image.mode == "RGB"
        assert np.asarray(image).std() > 0
    assert "saved out.png" in done.stderr


def test_trace_and_json(inputs: Path, semstyle: Callable[..., Done]) -> None:
    done = semstyle(*DOODLE, *FAST, "--size", "72", "-o", "out.webp", "--trace", "trace.csv", "--json")
    told = json.loads(done.stdout)
    assert told["evaluations"] == 3
    assert 0 <= told["semantic_leak"] <= 1 and told["sharpness"] > 0
    rows = list(csv.DictReader((inputs / "trace.csv").open()))
    assert [row["evaluation"] for row in rows] == ["1", "2", "3"]
    assert float(rows[0]["loss"]) > float(rows[2]["loss"]) > 0
    for cell in (cell for row in rows for pair in row.items() for cell in pair):
        assert cell[0] not in "=+-@\t\r" or math.isfinite(float(cell)), "a spreadsheet would take it for a formula"


@pytest.mark.parametrize("text", ["=1+2", "+1", "-1", "@SUM(A1)", "\tx", "\r=x", "\n=x", "=cmd|' /C calc'!A0", '="a"'])
def test_text_in_a_csv_starts_no_formula(text: str) -> None:
    made = as_csv([{text: text, "number": -1.5, "count": -3, "plain": "a=b", "nothing": None}])
    names, values = csv.reader(io.StringIO(made, newline=""))
    assert names == [f"'{text}", "number", "count", "plain", "nothing"]
    assert values == [f"'{text}", "-1.5", "-3", "a=b", ""]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--style", "absent.png"), "absent.png"),
        (("--style", "style.png", "--set", "style_wight=3"), "style_wight: no such parameter"),
        (("--style", "style.png", "--set", "size=3"), "size: '3' is not between"),
        (("--style", "style.png", "--set", "size"), "NAME=VALUE"),
        (("--style", "style.png", "--style-map", "style_map.png"), "--target-map: is empty"),
        ((*DOODLE, "--style", "content.png"), "--style-map: holds 1 maps for 2 styles"),
        (("--style", "style.png", "--set", "style_shares=1,2"), "holds 2 numbers for 1 styles"),
        (("--style", "style.png", "--set", "rotations=0,much"), "rotations: 'much' is not a number"),
        (("--style", "style.png", "--content", "content.png", "--size", "80x64"), "only the long side"),
        (("--style", "style.png", "--device", "tpu"), "auto, cpu or cuda"),
        (("--style", "style.png", "--set", "encoder=absent.safetensors"), "absent.safetensors"),
        (("--style", "content_map.png", "--style-map", "out.txt", "--target-map", "style_map.png"), "out.txt"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    inputs: Path, semstyle: Callable[..., Done], arguments: tuple[str, ...], message: str
) -> None:
    (inputs / "out.txt").write_text("not an image")
    done = semstyle(*arguments, "-o", "out.png")
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert not (inputs / "out.png").exists()


def test_a_trace_that_cannot_be_saved_is_told_before_the_work(inputs: Path, semstyle: Callable[..., Done]) -> None:
    done = semstyle(*DOODLE, *FAST, "-o", "out.png", "--trace", "absent/trace.csv")
    assert done.returncode == 2
    assert done.stderr == "semstyle: --trace absent/trace.csv: there is no folder absent; make it first\n"
    assert not (inputs / "out.png").exists()


def test_a_name_is_no_markup(inputs: Path, semstyle: Callable[..., Done]) -> None:
    done = semstyle("--style", "style.png", "--size", "64x64", *FAST, "-o", "[red].png")
    assert done.returncode == 0, done.stderr
    assert "saved [red].png" in done.stderr and (inputs / "[red].png").exists()


@pytest.mark.parametrize("out", ["out.gif", "absent/out.png"])
def test_an_output_that_cannot_be_saved_is_told_before_the_work(semstyle: Callable[..., Done], out: str) -> None:
    done = semstyle(*DOODLE, "-o", out)
    assert done.returncode == 2
    assert done.stderr.startswith(f"semstyle: --out {out}: ")


@pytest.mark.parametrize(
    "signals", [[signal.SIGINT], [signal.SIGTERM], [signal.SIGHUP], [signal.SIGINT, signal.SIGINT]], ids=str
)
def test_a_signal_saves_the_current_image(inputs: Path, signals: list[signal.Signals]) -> None:
    arguments = (*DOODLE, "--size", "256", "--set", "iterations=100", "-o", "out.png")
    command = [sys.executable, "-m", "semstyle.cli", "render", *arguments]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, cwd=inputs, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "phase 1/" in process.stderr.readline()
    for number in signals:
        process.send_signal(number)
        time.sleep(0.2)  # two at the same moment would be one
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "stopped; the image as it was is in out.png" in said
    with Image.open(inputs / "out.png") as image:
        assert max(image.size) in {64, 128, 256}


def test_durations_read_well() -> None:
    assert [duration(seconds) for seconds in (0.4, 9, 65, 7200)] == ["0 s", "9 s", "1:05", "2:00:00"]
