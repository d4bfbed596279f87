"""What tells a table's renders apart."""

from __future__ import annotations

from typing import Any

from semstyle.report.varying import INPUTS, PARAMETERS, varying

COLUMNS = (*INPUTS, *PARAMETERS)


def results(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**dict.fromkeys(COLUMNS), **row} for row in rows]


def test_what_is_not_the_same_everywhere() -> None:
    rows = results({"size": 256, "style_weight": 25}, {"size": 256, "style_weight": 50})
    assert varying(rows, COLUMNS) == ["style_weight"]


def test_what_follows_from_others_is_not_told_again() -> None:
    sizes = results({"size": 512, "phases": 3}, {"size": 1024, "phases": 4}, {"size": 1024, "phases": 4})
    assert varying(sizes, COLUMNS) == ["size"]
    contents = results({"content": None, "content_weight": 0}, {"content": "a.png", "content_weight": 10})
    assert varying(contents, COLUMNS) == ["content"]


def test_what_was_asked_for_is_told() -> None:
    phases = results({"size": 512, "phases": 1}, {"size": 512, "phases": 2}, {"size": 1024, "phases": 2})
    assert varying(phases, COLUMNS) == ["size", "phases"]
    weights = results({"content": "a.png", "content_weight": 5}, {"content": "a.png", "content_weight": 10})
    assert varying(weights, COLUMNS) == ["content_weight"]
