"""docs/specs.md: its specs stand for the rows that it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from semstyle.manifest import ManifestError, Row, build_manifest, read_rows

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "specs.md").read_text()
SPECS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
COUNTS = [int(count) for count in re.findall(r"This makes [^=]*= (\d+) rows", PAGE)]


def built(folder: Path, spec: str) -> list[Row]:
    (folder / "spec.yaml").write_text(spec)
    build_manifest(str(folder / "spec.yaml"), str(folder / "m.parquet"))
    return [row for row in read_rows(str(folder / "m.parquet")) if isinstance(row, Row)]


def test_each_form_is_shown_once() -> None:
    assert ["jobs:" in spec for spec in SPECS] == [False, True] and len(COUNTS) == 2


@pytest.mark.parametrize(("spec", "count"), list(zip(SPECS, COUNTS, strict=True)))
def test_a_spec_stands_for_as_many_rows_as_the_page_says(tmp_path: Path, spec: str, count: int) -> None:
    assert len(built(tmp_path, spec)) == count


def test_rows_come_in_the_order_that_the_page_says(tmp_path: Path) -> None:
    rows = built(tmp_path, SPECS[0])
    assert [row.parameters.semantic_weight for row in rows[:4]] == [10, 50, 250, 10]
    assert [row.tags["scene"] for row in rows] == ["coast"] * 12 + ["palace"] * 12
    assert all(row.tags["series"] == "weights" for row in rows)


def test_what_a_job_says_itself_wins(tmp_path: Path) -> None:
    rows = built(tmp_path, SPECS[1])
    assert [(row.parameters.size, row.parameters.iterations) for row in rows] == [(256, 40)] * 4 + [(256, 80)] * 3
    assert [row.tags["scene"] for row in rows] == ["coast"] * 4 + ["palace"] * 3
    assert {row.tags["series"] for row in rows} == {"first try"}


def test_a_mistake_is_told_as_the_page_says(tmp_path: Path) -> None:
    told = re.search(r"`(jobs\[1\]\.grid[^`]*)`", PAGE)
    assert told is not None
    with pytest.raises(ManifestError) as error:
        built(tmp_path, SPECS[1].replace("grid: {style_weight", "grid: {stile_weight"))
    assert " ".join(told[1].split()) in str(error.value)
