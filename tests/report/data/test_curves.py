"""Traces with fewer points."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from semstyle.farm.output.aggregate import result_trace_schema
from semstyle.report.data.curves import curves, points_for


def rows(render_id: str, phase: int, evaluations: int, **values: Any) -> list[dict[str, Any]]:
    size = {"height": 10 * phase, "width": 20 * phase, "content_loss": None}
    return [
        {"render_id": render_id, "phase": phase, "evaluation": at, "loss": 1 / (3 * at), **size, **values}
        for at in range(1, evaluations + 1)
    ]


def drawn(trace: list[dict[str, Any]], points: int) -> dict[str, Any]:
    found = curves(pa.Table.from_pylist(trace, result_trace_schema()), points)
    return {render_id: json.loads(text) for render_id, text in found}


def test_each_phase_of_each_render_has_its_points() -> None:
    found = drawn([*rows("b", 1, 3), *rows("b", 2, 100, style_loss_3_1=0.5), *rows("a", 2, 1)], 5)
    assert list(found) == ["b", "a"]
    first, second = found["b"]["phases"]
    assert first == {"phase": 1, "height": 10, "width": 20, "evaluation": [1, 2, 3], "loss": [0.3333, 0.1667, 0.1111]}
    assert second["evaluation"] == [1, 26, 50, 75, 100] and second["style_loss_3_1"] == [0.5] * 5
    assert found["a"]["phases"][0]["evaluation"] == [1]


def test_neighbours_with_the_same_phase_are_two_renders() -> None:
    assert list(drawn([*rows("a", 1, 2), *rows("b", 1, 2)], 5)) == ["a", "b"]


def test_what_is_no_number_is_none() -> None:
    trace = [*rows("a", 1, 1, loss=float("inf")), *rows("a", 1, 1)]
    assert drawn(trace, 5)["a"]["phases"][0]["loss"] == [None, 0.3333]


def test_no_rows_are_no_curves() -> None:
    assert drawn([], 5) == {}


@pytest.mark.parametrize(("renders", "points"), [(13, 60), (2_000, 60), (10_000, 30), (100_000, 15)])
def test_many_renders_have_fewer_points_each(renders: int, points: int) -> None:
    assert points_for(renders) == points
