"""docs/architecture.md names files that are there, and all rooms."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:semstyle|tests|docs)/[\w/.]+)`", PAGE + CONTRIBUTING))))
def test_what_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_files_that_stand_beside_another_are_there() -> None:
    for row in section("A row's journey").splitlines():
        if first := re.search(r"`(semstyle/[\w/]+/)\w+\.py`", row):
            for name in re.findall(r"`(\w+\.py)`", row):
                places = [ROOT / first[1], *(ROOT / "semstyle" / "engine" / room for room in ("", "optimised"))]
                assert any((place / name).exists() for place in places), name


def test_all_rooms_are_drawn_and_listed() -> None:
    drawn, listed = section("The rooms").split("```mermaid")[1].split("```")
    for folder in sorted(path.parent.name for path in (ROOT / "semstyle").glob("*/__init__.py")):
        assert re.search(rf"\b{folder}\[", drawn), folder
        assert re.search(rf"[/`]{folder}/`", listed), folder
    for folder in sorted(path.parent.name for path in (ROOT / "semstyle").glob("*/**/__init__.py")):
        assert f"{folder}/`" in listed, folder


def test_ten_questions_have_an_answer_each() -> None:
    rows = [row for row in section("Ten questions").splitlines() if "?" in row]
    assert len(rows) == 10
    assert all(re.search(r"\? \| `semstyle/[\w/]+\.py` \|$", row) for row in rows)


def test_no_docstring_cites_what_is_not_in_the_repository() -> None:
    for path in (ROOT / "semstyle").rglob("*.py"):
        text = path.read_text()
        assert "design, section" not in text, path
        for number in re.findall(r"docs/architecture\.md,\s+decision (\d+)", text):
            assert re.search(rf"^{number}\. \*\*", section("Decisions"), re.MULTILINE), path


def test_no_two_classes_share_a_name() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "semstyle").rglob("*.py")):
        for statement in ast.parse(path.read_text()).body:
            if isinstance(statement, ast.ClassDef):
                places[statement.name].append(str(path.relative_to(ROOT)))
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
