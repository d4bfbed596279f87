"""What a record says of its render: what was used, and what is to know about the image."""

from __future__ import annotations

import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from semstyle.engine import Parameters
from semstyle.engine.encoders.digest import weights_digest
from semstyle.engine.encoders.encoder import Encoder
from semstyle.engine.presets import PRESETS
from semstyle.farm.attempt import Assignment, Committed, Started
from semstyle.farm.demand import Demand
from semstyle.farm.output.record import result_schema
from semstyle.farm.worker.provenance import commit_of
from semstyle.farm.worker.render_attempt import attempt
from semstyle.manifest.recipe import read_recipe
from semstyle.manifest.row import Position, Row, make_row

SMALL = {"style": "style.png", "size": 48, "iterations": 4, "style_layers": "1_1,2_1", "content_layers": "2_1"}
SMALL_PARAMETERS = {name: value for name, value in SMALL.items() if name != "style"}
FIRST = Position("m", 1)


def rendered(pictures: Path, out: Path, position: Position = FIRST, **values: Any) -> tuple[Committed, dict[str, Any]]:
    row = make_row({**SMALL, **values}, position, str(pictures))
    assert isinstance(row, Row), row
    answer = attempt(Assignment(row, str(out), "run", Demand(0, 1)), Started("node", 1, time.time()))
    assert isinstance(answer, Committed), answer
    return answer, pq.read_table(out / "records" / f"{row.render_id}.parquet").to_pylist()[0]


@pytest.mark.parametrize(
    ("values", "weight", "phases"),
    [
        ({}, 0, 2),
        ({"content": "style.png"}, 10, 2),
        ({"content": "style.png", "content_weight": 3, "phases": 1}, 3, 1),
        ({"content": "style.png", "method": "color"}, 10, 1),
    ],
    ids=str,
)
def test_defaults_are_recorded_as_what_they_were(
    pictures: Path, tmp_path: Path, values: dict[str, Any], weight: float, phases: int
) -> None:
    _, record = rendered(pictures, tmp_path / "out", **values)
    assert (record["content_weight"], record["phases"]) == (weight, phases)
    assert dict(record["metrics"])["phases"] == phases


@pytest.mark.parametrize("preset", PRESETS)
def test_a_record_has_the_numbers_of_a_preset(pictures: Path, tmp_path: Path, preset: str) -> None:
    _, record = rendered(pictures, tmp_path / "out", preset=preset, content="style.png", iterations=1)
    made = Parameters.from_mapping({**SMALL_PARAMETERS, "preset": preset, "iterations": 1}).settled(True, 2).as_dict()
    assert {name: record[name] for name in made} == made and "preset" not in record


def test_a_record_has_content_weights_as_text(pictures: Path, tmp_path: Path) -> None:
    maps = {"style_map": "style_map.png", "target_map": "target_map.png", "content": "style.png"}
    _, record = rendered(pictures, tmp_path / "out", **maps, content_weights="#FFF=3, #000=0.50", iterations=1)
    assert record["content_weights"] == "#ffffff=3,#000000=0.5"


def test_what_to_know_about_an_image_is_in_its_record_and_in_the_answer(pictures: Path, tmp_path: Path) -> None:
    answer, record = rendered(pictures, tmp_path / "noise", method="gram")
    assert "evaluations are few for method gram" in answer.remarks[0]
    assert record["remarks"] == list(answer.remarks) and len(answer.remarks) == 1
    answer, record = rendered(pictures, tmp_path / "plain")
    assert record["remarks"] == list(answer.remarks) == []
    assert "remarks" in result_schema().names


def test_a_record_says_where_its_row_stands(pictures: Path, tmp_path: Path) -> None:
    _, record = rendered(pictures, tmp_path / "out", Position("https://user:5up3r@host/m.parquet", 7), iterations=1)
    assert record["manifest_row"] == 7
    assert record["manifest_file"].endswith("host/m.parquet") and "5up3r" not in record["manifest_file"]


def test_a_record_says_what_it_was_made_by(pictures: Path, tmp_path: Path) -> None:
    _, record = rendered(pictures, tmp_path / "out")
    assert record["torch_version"] == torch.__version__
    assert record["ray_version"] == version("ray")
    assert record["driver_version"] is None
    assert len(record["encoder_sha256"]) == 64
    _, other = rendered(pictures, tmp_path / "out", pooling="max", seed=1)
    assert other["encoder_sha256"] == record["encoder_sha256"]
    _, without = rendered(pictures, tmp_path / "out", method="color", content="style.png", style_layers=None)
    assert without["encoder_sha256"] is None


def test_other_weights_have_another_digest() -> None:
    torch.manual_seed(0)
    one, same, other = (Encoder((4, 4, 4, 4, 4), "2_1") for _ in range(3))
    same.load_state_dict(one.state_dict())
    assert weights_digest(one) == weights_digest(same) != weights_digest(other)


@pytest.mark.parametrize("packed", [False, True])
def test_the_commit_of_a_checkout_is_read_from_gits_files(packed: bool, tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        settings = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(["git", *settings, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    git("init", "--initial-branch", "main")
    git("commit", "--allow-empty", "--message", "first")
    if packed:
        git("pack-refs", "--all")
    commit = git("rev-parse", "HEAD")
    assert commit_of(tmp_path) == commit
    git("checkout", "--detach")
    commit_of.cache_clear()
    assert commit_of(tmp_path) == commit
    assert commit_of(tmp_path / "elsewhere") is None


def test_an_image_says_how_it_was_made(pictures: Path, tmp_path: Path) -> None:
    _, record = rendered(pictures, tmp_path / "out", seed=3)
    with Image.open(tmp_path / "out" / record["image"]) as image:
        recipe = read_recipe({str(key): value for key, value in image.info.items()}, "x.png")
    assert recipe.inputs["style"] == record["style"]
    assert {name: record[name] for name in recipe.parameters} == recipe.parameters
    assert "seed=3" in recipe.command()
