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
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from in_process import Program
from in_process import program as in_process
from PIL import Image
from programs import semstyle as program
from programs import start

from semstyle.commands.render_files import as_csv
from semstyle.commands.render_progress import duration
from semstyle.engine import Parameters
from semstyle.engine.presets import PRESETS
from semstyle.farm.attempt import Assignment, Started
from semstyle.farm.demand import Demand
from semstyle.farm.worker.render_attempt import attempt
from semstyle.manifest.row import Position, Row, make_row
from semstyle.storage import Folder, read_bytes

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


@pytest.fixture
def semstyle(inputs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """``semstyle render`` in the folder of the inputs."""
    return in_process(inputs, monkeypatch, capsys, "render")


DOODLE = ("--style", "style.png", "--style-map", "style_map.png", "--target-map", "content_map.png")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_what_it_sets_and_set_wins(inputs: Path, semstyle: Program, preset: str) -> None:
    common = ("--style", "style.png", "--content", "content.png", "--size", "72", *FAST, "--set", "content_weight=3")
    given = {**PRESETS[preset], "content_weight": 3}
    spelt_out = [word for name, value in given.items() for word in ("--set", f"{name}={value}")]
    assert semstyle(*common, "--preset", preset, "-o", "preset.png").returncode == 0
    assert semstyle(*common, *spelt_out, "-o", "spelt_out.png").returncode == 0
    assert (inputs / "preset.png").read_bytes() == (inputs / "spelt_out.png").read_bytes()


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
def test_the_uses(inputs: Path, semstyle: Program, arguments: tuple[str, ...], size: tuple[int, int]) -> None:
    done = semstyle(*arguments, *FAST, "-o", "out.png")
    assert done.returncode == 0, done.stderr
    with Image.open(inputs / "out.png") as image:
        assert image.size == size
        assert image.mode == "RGB"
        assert np.asarray(image).std() > 0
    assert "saved out.png" in done.stderr


def test_trace_and_json(inputs: Path, semstyle: Program) -> None:
    alone = ("--set", "coherence=0", "--set", "variety=0")  # else new matches may raise so short a trace
    done = semstyle(*DOODLE, *FAST, *alone, "--size", "72", "-o", "out.webp", "--trace", "trace.csv", "--json")
    told = json.loads(done.stdout)
    assert told["evaluations"] == 3
    assert 0 <= told["semantic_leak"] <= 1 and told["sharpness"] > 0
    rows = list(csv.DictReader((inputs / "trace.csv").open()))
    assert [row["evaluation"] for row in rows] == ["1", "2", "3"]
    assert float(rows[0]["loss"]) > float(rows[2]["loss"]) > 0
    for cell in (cell for row in rows for pair in row.items() for cell in pair):
        assert cell[0] not in "=+-@\t\r" or math.isfinite(float(cell)), "a spreadsheet would take it for a formula"


def test_each_phase_but_the_last_is_beside_the_image_and_a_place_that_is_taken_is_no_error(
    inputs: Path, semstyle: Program
) -> None:
    phases = (
        "--set",
        "phases=3",
        "--set",
        "iterations=2",
        "--set",
        "style_layers=1_1,2_1",
        "--set",
        "content_layers=2_1",
    )
    (inputs / "out-2.jpg").mkdir()
    done = semstyle("--style", "style.png", *phases, "--size", "96", "--preview", "-o", "out.png", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["previews"] == ["out-1.jpg"]
    with Image.open(inputs / "out-1.jpg") as picture:
        assert (picture.format, max(picture.size)) == ("JPEG", 24)
    assert semstyle("--style", "style.png", *phases, "--size", "96", "-o", "none.png").returncode == 0
    assert not list(inputs.glob("none-*"))


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
        ((*DOODLE, "--style", "content.png"), "--style-map: holds 1 map for 2 styles"),
        (("--style", "style.png", "--set", "style_shares=1,2"), "holds 2 numbers for 1 style"),
        (("--style", "style.png", "--set", "rotations=0,much"), "rotations: 'much' is not a number"),
        (("--style", "style.png", "--content", "content.png", "--size", "80x64"), "only the long side"),
        (("--style", "style.png", "--device", "tpu"), "auto, cpu or cuda"),
        (("--style", "style.png", "--set", "encoder=absent.safetensors"), "absent.safetensors"),
        (("--style", "content_map.png", "--style-map", "out.txt", "--target-map", "style_map.png"), "out.txt"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    inputs: Path, semstyle: Program, arguments: tuple[str, ...], message: str
) -> None:
    (inputs / "out.txt").write_text("not an image")
    done = semstyle(*arguments, "-o", "out.png")
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert not (inputs / "out.png").exists()


def test_a_trace_that_cannot_be_saved_is_told_before_the_work(inputs: Path, semstyle: Program) -> None:
    done = semstyle(*DOODLE, *FAST, "-o", "out.png", "--trace", "absent/trace.csv")
    assert done.returncode == 2
    assert done.stderr == "semstyle: --trace absent/trace.csv: there is no folder absent; make it first\n"
    assert not (inputs / "out.png").exists()


def test_a_name_is_no_markup(inputs: Path, semstyle: Program) -> None:
    done = semstyle("--style", "style.png", "--size", "64x64", *FAST, "-o", "[red].png")
    assert done.returncode == 0, done.stderr
    assert "saved [red].png" in done.stderr and (inputs / "[red].png").exists()


@pytest.mark.parametrize("out", ["out.gif", "absent/out.png"])
def test_an_output_that_cannot_be_saved_is_told_before_the_work(semstyle: Program, out: str) -> None:
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


@pytest.mark.parametrize("kind", ["png", "jpg", "webp"])
def test_an_image_and_its_trace_go_to_a_bucket(inputs: Path, semstyle: Program, s3: str, kind: str) -> None:
    style = f"{s3}/inputs/style.png"
    Folder(f"{s3}/inputs").write("style.png", (inputs / "style.png").read_bytes())
    asked = ("--style", style, "--size", "64x64", *FAST)
    done = semstyle(*asked, "-o", f"{s3}/made/out.{kind}", "--trace", f"{s3}/made/{kind}.csv", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["image"] == f"{s3}/made/out.{kind}"
    with Image.open(io.BytesIO(read_bytes(f"{s3}/made/out.{kind}"))) as image:
        assert image.size == (64, 64) and image.format == {"jpg": "JPEG"}.get(kind, kind.upper())
    assert len(read_bytes(f"{s3}/made/{kind}.csv").splitlines()) == 4
    assert semstyle(*asked, "-o", f"out.{kind}").returncode == 0
    assert (inputs / f"out.{kind}").read_bytes() == read_bytes(f"{s3}/made/out.{kind}")
    assert {"out." + kind, f"{kind}.csv"} <= (names := set(Folder(f"{s3}/made").names()))
    assert not any(name.startswith(".") for name in names) and not list(inputs.glob(".semstyle-*"))


def test_maps_that_are_made_go_beside_an_image_in_a_bucket(inputs: Path, semstyle: Program, s3: str) -> None:
    asked = ("--style", "style.png", "--content", "content.png", "--style-map", "auto:2", "--size", "64", *FAST)
    done = semstyle(*asked, "-o", f"{s3}/auto/out.png")
    assert done.returncode == 0, done.stderr
    assert sorted(Folder(f"{s3}/auto").names()) == ["out.png", "out.style_map.png", "out.target_map.png"]
    assert f"its maps are {s3}/auto/out.style_map.png and {s3}/auto/out.target_map.png" in done.stderr


def test_a_finished_image_and_trace_that_cannot_be_saved_are_kept_elsewhere(inputs: Path, tmp_path: Path) -> None:
    """The folder that they are to go to becomes a file while the render runs."""
    (tmp_path / "made").mkdir()
    (tmp_path / "elsewhere").mkdir()
    arguments = (*DOODLE, "--size", "128", "--set", "iterations=60", "-o", "made/out.png", "--trace", "made/trace.csv")
    process = start(program("render", *arguments), inputs, TMPDIR=str(tmp_path / "elsewhere"), OMP_NUM_THREADS="1")
    assert process.stdout is not None
    assert "phase 1/" in process.stdout.readline()
    (tmp_path / "made").rename(tmp_path / "gone")
    (tmp_path / "made").touch()
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 4
    (image,) = (tmp_path / "elsewhere").glob("*/out.png")
    (trace,) = (tmp_path / "elsewhere").glob("*/trace.csv")
    with Image.open(image) as made:
        assert made.size == (128, 114)
    assert len(trace.read_text().splitlines()) > 60
    *_, saved, problem = said.splitlines()
    assert saved.startswith(f"saved {image} (")
    assert problem.startswith("semstyle: --out made/out.png: cannot be written any more (")
    assert f"; it is {image} instead; --trace made/trace.csv: cannot" in problem and str(trace) in problem
    assert "Traceback" not in said


def test_a_stopped_image_that_cannot_be_saved_is_kept_elsewhere(inputs: Path, tmp_path: Path) -> None:
    (tmp_path / "made").mkdir()
    arguments = (*DOODLE, "--size", "256", "--set", "iterations=100", "-o", "made/out.png")
    process = start(program("render", *arguments), inputs, TMPDIR=str(tmp_path), OMP_NUM_THREADS="1")
    assert process.stdout is not None
    assert "phase 1/" in process.stdout.readline()
    (tmp_path / "made").rmdir()
    (tmp_path / "made").touch()
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 130
    (image,) = tmp_path.glob("semstyle-*/out.png")
    assert f"stopped; the image as it was is in {image}" in said and "cannot be written any more" in said


def test_gram_in_few_evaluations_is_told_to_be_noise(semstyle: Program) -> None:
    gram = ("--style", "style.png", "--set", "method=gram", "--set", "phases=1", "--size", "64x64", "-o", "out.png")
    few = semstyle(*gram, "--set", "iterations=39")
    assert few.returncode == 0
    assert "39 evaluations are few for method gram, which starts from noise" in few.stderr
    for others in (("iterations=40",), ("iterations=3", "method=patch")):
        said = semstyle(*gram, *(word for other in others for word in ("--set", other))).stderr
        assert "few for method" not in said


ROWS: dict[str, dict[str, Any]] = {
    "doodle": {"style_map": "style_map.png", "target_map": "content_map.png"},
    "portrait": {"style_map": "style_map.png", "target_map": "content_map.png", "content": "content.png"},
    "photograph": {"content": "content.png", "init": "content", "preserve_color": "content"},
    "texture": {"aspect": 1.5, "rotations": "0,15"},
    "gram": {"method": "gram", "content": "content.png"},
    "analogy": {"method": "analogy", "style_map": "style_map.png", "target_map": "content_map.png"},
}


@pytest.mark.parametrize(("case", "threads"), [(case, 1) for case in ROWS] + [("portrait", 2)])
def test_what_a_record_says_makes_the_same_file_by_hand(
    inputs: Path, semstyle: Program, case: str, threads: int
) -> None:
    values = {"style": "style.png", "size": 96, "iterations": 12, "seed": 3, "tags": {"a": "b"}, **ROWS[case]}
    row = make_row(values, Position("m", 1), str(inputs))
    assert isinstance(row, Row)
    before = torch.get_num_threads()
    try:
        attempt(Assignment(row, str(inputs / "out"), "run", Demand(0, threads)), Started("node", 1, time.time()))
        torch.set_num_threads(3 - threads)  # what a user's machine has is another number
        record = pq.read_table(inputs / "out" / "records" / f"{row.render_id}.parquet").to_pylist()[0]
        metrics = dict(record["metrics"])
        names = [name for name in Parameters().as_dict() if record[name] is not None]
        given = [word for name in names for word in ("--set", f"{name}={record[name]}")]
        columns = [column for column in ("style", "style_map", "target_map", "content") if record[column]]
        files = [word for column in columns for word in (f"--{column.replace('_', '-')}", record[column])]
        done = semstyle(*files, *given, "--threads", f"{metrics['threads']:.0f}", "-o", "again.png")
    finally:
        torch.set_num_threads(before)
    assert done.returncode == 0, done.stderr
    assert (inputs / "again.png").read_bytes() == (inputs / "out" / record["image"]).read_bytes()
    assert metrics["threads"] == threads
    assert record["content_weight"] == (10 if "content" in values else 0)
    assert record["phases"] == metrics["phases"]
