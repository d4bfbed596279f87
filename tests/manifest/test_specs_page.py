"""docs/specs.md: its specs stand for the rows that it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from semstyle.manifest import ManifestError, Row, build_manifest, read_rows

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "specs.md").read_text()
SPECS = [
    (spec, [int(count) for count in re.findall(r"\bmakes\s[^=]*= (\d+) rows", before)])
    for before, spec in re.findall(r"(.*?)```yaml\n(.*?)```", PAGE, re.DOTALL)
]
COUNTED = [(spec, counts[-1]) for spec, counts in SPECS if counts]
KEYS = ("inputs", "styles", "contents", "targets", "grid", "zip", "sample", "seeds", "exclude", "when", "jobs")
WEIGHTS, PROTOCOL, CONDITIONS, JOBS = (
    next(spec for spec, _ in SPECS if key in spec)
    for key in ("semantic_weight: [10, 50, 250]", "paintings/", "exclude:", "jobs:")
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files that the page's patterns match."""
    for name, count in {"paintings": 40, "photos": 20}.items():
        (tmp_path / name).mkdir()
        for number in range(count):
            (tmp_path / name / f"{number}.jpg").touch()
            (tmp_path / name / f"{number}_map.png").touch()
    return tmp_path


def built(folder: Path, spec: str) -> list[Row]:
    (folder / "spec.yaml").write_text(spec)
    build_manifest(str(folder / "spec.yaml"), str(folder / "m.parquet"))
    return [row for row in read_rows(str(folder / "m.parquet")) if isinstance(row, Row)]


def test_every_key_is_shown_with_its_count() -> None:
    assert [key for key in KEYS if not any(re.search(rf"\b{key}:", spec) for spec, _ in COUNTED)] == []
    assert len(COUNTED) == len(SPECS) - 1  # the one with a variable stands for whatever is there
    assert len(PROTOCOL.splitlines()) <= 10


@pytest.mark.parametrize(("spec", "count"), COUNTED)
def test_a_spec_stands_for_as_many_rows_as_the_page_says(folder: Path, spec: str, count: int) -> None:
    rows = built(folder, spec)
    assert len(rows) == len({row.render_id for row in rows}) == count


def test_the_variable_of_the_page(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (spec,) = [spec for spec, counts in SPECS if not counts]
    monkeypatch.setenv("PHOTOS", "photos")
    assert len(built(folder, spec)) == 20


def test_rows_come_in_the_order_that_the_page_says(tmp_path: Path) -> None:
    rows = built(tmp_path, WEIGHTS)
    assert [row.parameters.semantic_weight for row in rows[:4]] == [10, 50, 250, 10]
    assert [row.tags["scene"] for row in rows] == ["coast"] * 12 + ["palace"] * 12
    assert all(row.tags["series"] == "weights" for row in rows)


def test_conditions_leave_what_the_page_says(tmp_path: Path) -> None:
    rows = built(tmp_path, CONDITIONS)
    assert [(row.parameters.method, row.parameters.variety) for row in rows] == [
        ("semantic", 0),
        ("semantic", 0.5),
        ("gram", 0),
    ]


def test_what_a_job_says_itself_wins(tmp_path: Path) -> None:
    rows = built(tmp_path, JOBS)
    assert [(row.parameters.size, row.parameters.iterations) for row in rows] == [(256, 40)] * 4 + [(256, 80)] * 3
    assert [row.tags["scene"] for row in rows] == ["coast"] * 4 + ["palace"] * 3
    assert {row.tags["series"] for row in rows} == {"first try"}


def test_a_mistake_is_told_as_the_page_says(tmp_path: Path) -> None:
    told = re.search(r"`(jobs\[1\]\.grid[^`]*)`", PAGE)
    assert told is not None
    with pytest.raises(ManifestError) as error:
        built(tmp_path, JOBS.replace("grid: {style_weight", "grid: {stile_weight"))
    assert " ".join(told[1].split()) in str(error.value)
