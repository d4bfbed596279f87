"""What a record says of its render: what was used, and what is to know about the image."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from semstyle.engine import Parameters
from semstyle.engine.presets import PRESETS
from semstyle.farm.attempt import Assignment, Committed, Started
from semstyle.farm.demand import Demand
from semstyle.farm.output.record import result_schema
from semstyle.farm.worker.render_attempt import attempt
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
