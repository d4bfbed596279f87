"""A picture that nobody credited stops a release, and so does one credited wrongly."""

from __future__ import annotations

import pytest
from programs import REPOSITORY

from release.pictures import PAGE, SOURCES_PAGE, check_pictures
from release.repository import files_of

SOURCES = """
| photograph | from | by | licence |
|---|---|---|---|
| `cat.png` | a package | somebody | [CC0](https://example.org/zero) |
| `flower.jpg` | a package | [another](https://example.org) | [CC BY 2.0](https://example.org/by) |
"""
FILES = ["README.md", "docs/pictures/made.jpg", "docs/pictures/drawn.PNG", "semstyle/weights.npz", "semstyle/cli.py"]
ROWS = {
    "made.jpg": "| `docs/pictures/made.jpg` | `flower.jpg`, `cat.png` | CC0, CC BY 2.0 |",
    "drawn.PNG": "| `docs/pictures/drawn.PNG` | semstyle | Apache-2.0 |",
    "weights.npz": "| `semstyle/weights.npz` | semstyle | Apache-2.0 |",
}


def problems(rows: dict[str, str], files: list[str] = FILES) -> list[str]:
    page = "\n".join(["| file | made from | licence |", "|---|---|---|", *rows.values()])
    return check_pictures(page, SOURCES, files).problems


def test_a_whole_page_passes() -> None:
    assert problems(ROWS) == []


@pytest.mark.parametrize("name", ["new.jpg", "new.svg", "new.WEBP", "new.safetensors", "new.woff2", "new.onnx"])
def test_a_picture_without_a_source_is_named(name: str) -> None:
    (problem,) = problems(ROWS, [*FILES, f"somewhere/{name}"])
    assert problem.startswith(f"somewhere/{name}: nobody says where it is from") and PAGE in problem


@pytest.mark.parametrize(
    "row, words",
    [
        ("| `docs/pictures/made.jpg` | `flower.jpg`, `cat.png` | CC0 |", "says CC0"),
        ("| `docs/pictures/made.jpg` | `flower.jpg` | CC0, CC BY 2.0 |", "says CC0, CC BY 2.0"),
        ("| `docs/pictures/made.jpg` | semstyle | CC BY 2.0 |", "is made from what is Apache-2.0"),
        ("| `docs/pictures/made.jpg` | `flower.jpg` |  |", "empty cell"),
        ("| `docs/pictures/made.jpg` |  | CC0 |", "empty cell"),
        ("| `docs/pictures/made.jpg` | `found.jpg` | CC0 |", f"found.jpg, which {SOURCES_PAGE} does not have"),
    ],
)
def test_a_row_that_is_not_true_is_named(row: str, words: str) -> None:
    (problem,) = problems(ROWS | {"made.jpg": row})
    assert "docs/pictures/made.jpg" in problem and words in problem


def test_a_row_of_nothing_and_two_of_one_are_named() -> None:
    (gone,) = problems(ROWS, [name for name in FILES if not name.endswith("npz")])
    assert "semstyle/weights.npz is not in the repository" in gone
    (twice,) = problems(ROWS | {"again": ROWS["made.jpg"]})
    assert "docs/pictures/made.jpg has two rows" in twice


def test_every_picture_of_this_repository_is_credited() -> None:
    page, sources = ((REPOSITORY / name).read_text() for name in (PAGE, SOURCES_PAGE))
    outcome = check_pictures(page, sources, files_of(REPOSITORY))
    assert outcome.problems == []
    assert int(outcome.told.split()[0]) > 30
