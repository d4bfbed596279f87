"""``semstyle export`` as a user runs it, on real renders of a small scene."""

from __future__ import annotations

import hashlib
import json
import re
import time
from pathlib import Path

import pytest
from in_process import Program, program
from PIL import Image

from semstyle.farm import aggregate
from semstyle.farm.attempt import Assignment, Committed, Started
from semstyle.farm.demand import Demand
from semstyle.farm.output.job import Job
from semstyle.farm.worker.render_attempt import attempt
from semstyle.manifest import Position
from semstyle.manifest.row import Row, make_row

TARGETS, SEEDS = 6, 2


@pytest.fixture(scope="module")
def run(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run of six target maps, each rendered with two seeds."""
    out = tmp_path_factory.mktemp("run") / "out"
    out.mkdir()
    (out / "job.json").write_text(Job(manifest="m.parquet", manifest_digest="0", options={}).model_dump_json())
    for number in range(TARGETS):
        halves = Image.open(pictures / "target_map.png").convert("RGB")
        halves.paste((255, 255, 255), (0, 0, 8 + number, 8 + number))
        halves.save(out.parent / f"target{number}.png")
        for seed in range(SEEDS):
            given = {
                "style": str(pictures / "style.png"),
                "style_map": str(pictures / "style_map.png"),
                "target_map": f"target{number}.png",
                "seed": seed,
                "size": 48,
                "iterations": 2,
                "tags": [("scene", str(number))],
            }
            row = make_row(given, Position("m.parquet", number * SEEDS + seed), str(out.parent))
            assert isinstance(row, Row), row
            answer = attempt(Assignment(row, str(out), "run", Demand(0, 1)), Started("node", 1, time.time()))
            assert isinstance(answer, Committed), answer
    aggregate(str(out))
    return str(out)


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    return program(tmp_path, monkeypatch, capsys, "export")


def test_a_run_becomes_a_data_set(run: str, export: Program, tmp_path: Path) -> None:
    done = export(run, "--format", "imagefolder", "-o", "set", "--license", "cc-by-4.0", "--seed", "2")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("set (imagefolder, 12 renders, ")
    made = json.loads((tmp_path / "set" / "dataset.json").read_text())
    assert sum(split["renders"] for split in made["splits"].values()) == TARGETS * SEEDS
    assert sum(split["groups"] for split in made["splits"].values()) == TARGETS
    for name, split in made["splits"].items():
        line = rf"^{name}: {split['renders']} renders? of {split['groups']} groups?$"
        assert re.search(line, done.stdout, re.MULTILINE), name
        assert len(list((tmp_path / "set" / name).glob("*.png"))) == split["renders"]
    for line in (tmp_path / "set" / "checksums.sha256").read_text().splitlines():
        digest, _, path = line.partition("  ")
        assert hashlib.sha256((tmp_path / "set" / path).read_bytes()).hexdigest() == digest
    again = export(run, "--format", "imagefolder", "-o", "set", "--license", "cc-by-4.0", "--seed", "2")
    assert again.returncode == 0 and "there already" in again.stdout


def test_json_is_what_dataset_json_says(run: str, export: Program, tmp_path: Path) -> None:
    done = export(run, "--format", "parquet", "-o", "set", "--split-by", "tag:scene", "--split", "0.5,0,0.5", "--json")
    assert done.returncode == 0 and json.loads(done.stdout) == json.loads((tmp_path / "set/dataset.json").read_text())
    assert set(json.loads(done.stdout)["splits"]) <= {"train", "test"}


def test_a_split_that_gets_nothing_is_told(run: str, export: Program) -> None:
    done = export(run, "--format", "webdataset", "-o", "set", "--split-by", "style")
    assert done.returncode == 0
    assert done.stdout.count("none, as no group fell to it; with few groups, another --seed may help") == 2


def test_damaged_renders_are_told_and_are_exit_code_3(run: str, export: Program, tmp_path: Path) -> None:
    copy = tmp_path / "out"
    for path in Path(run).rglob("*"):
        if path.is_file():
            (copy / path.relative_to(run)).parent.mkdir(parents=True, exist_ok=True)
            (copy / path.relative_to(run)).write_bytes(path.read_bytes())
    image = min((copy / "images").iterdir())
    image.write_bytes(image.read_bytes() + b"more")
    done = export("out", "--format", "webdataset", "-o", "set")
    assert done.returncode == 3
    assert f"left out: {image.stem}: its image is not the one that was recorded" in done.stdout
    assert "`semstyle verify --repair` and `semstyle run` make them anew" in done.stdout
