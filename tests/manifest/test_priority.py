"""Priorities of rows: where they may stand, which values they have, and how rows are read by them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from semstyle.manifest import BadRow, ManifestError, Position, Row, read_rows
from semstyle.manifest import batches as reading
from semstyle.manifest.build import build_manifest
from semstyle.manifest.choice import Choice, chosen
from semstyle.manifest.condition import Condition
from semstyle.manifest.priority import FARTHEST, MOST_PRIORITIES, checked_priority
from semstyle.manifest.priority_column import priorities_of
from semstyle.manifest.reader import priorities
from semstyle.manifest.row import make_row
from semstyle.manifest.shard import Shard
from semstyle.manifest.validation import validate_manifest

SPEC = """
inputs: [{style: a.png, tags: {at: first}}, {style: b.png}]
zip: {size: [256, 512, 1024], priority: [2, 0, -1]}
"""


def rows_of(path: Path, priority: int | None = None) -> list[tuple[str, int]]:
    return [(row.render_id, row.position.row) for row in read_rows(str(path), priority=priority)]


def written(path: Path, values: Any, group: int = 1000, **columns: Any) -> Path:
    numbers = range(len(values))
    table = pa.table({"style": ["a.png"] * len(values), "render_id": [f"r{number}" for number in numbers], **columns})
    pq.write_table(table.append_column("priority", values), path, row_group_size=group)
    return path


@pytest.mark.parametrize(
    ("value", "priority"),
    [(None, 0), ("", 0), (0, 0), (7, 7), (-7, -7), ("7", 7), (7.0, 7), ("-1e3", -1000), (FARTHEST, FARTHEST)],
)
def test_a_whole_number_is_a_priority_and_nothing_is_0(value: Any, priority: int) -> None:
    assert checked_priority(value) == priority


WRONG = [1.5, "high", float("nan"), float("inf"), FARTHEST + 1, True, [1], "1,2", 10**400]


@pytest.mark.parametrize("value", WRONG, ids=lambda value: str(value)[:20])
def test_what_is_none_makes_its_row_a_bad_one(value: Any) -> None:
    row = make_row({"style": "a.png", "priority": value}, Position("m", 1), "/")
    assert isinstance(row, BadRow) and row.column == "priority" and "is not a whole number from" in row.message


def test_the_image_and_its_id_do_not_depend_on_it() -> None:
    one, other = (make_row({"style": "a.png", "priority": value}, Position("m", 1), "/") for value in (None, 9))
    assert isinstance(one, Row) and isinstance(other, Row)
    assert (one.priority, other.priority) == (0, 9)
    assert one.render_id == other.render_id and one.parameters == other.parameters


@pytest.mark.parametrize(
    "column",
    [
        pa.array([3, None, -2, 0]),
        pa.array([3, None, -2, 0], pa.int8()),
        pa.array([3.0, None, -2.0, float("nan")]),
        pa.array([3, None, 2**63, 0], pa.uint64()),
        pa.array([3.0, 0.5, -2.0, float("inf")], pa.float32()),
        pa.nulls(4),
    ],
    ids=lambda column: str(column.type),
)
def test_the_column_says_the_same_as_each_of_its_rows(column: pa.Array) -> None:
    def alone(value: Any) -> int:
        try:
            return checked_priority(value)
        except ValueError:
            return 0

    assert priorities_of(column).tolist() == list(map(alone, column.to_pylist()))


@pytest.mark.parametrize("group", [1, 7, 50, 1000])
def test_each_row_is_read_once_by_its_priority_and_keeps_its_place(
    group: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BATCH_ROWS", 20)
    values = random.Random(0).choices([5, 1, 0, None, -3], k=120)
    path = written(tmp_path / "m.parquet", pa.array(values), group)
    expected = {
        priority: [(f"r{number}", number + 1) for number, value in enumerate(values) if (value or 0) == priority]
        for priority in (5, 1, 0, -3)
    }
    assert priorities(str(path)) == [5, 1, 0, -3]
    assert {priority: rows_of(path, priority) for priority in expected} == expected
    assert rows_of(path, 4) == []
    second = [row.position.row for row in read_rows(str(path), Shard(2, 3), 0)]
    assert second == [number for _, number in expected[0] if number % 3 == 2]


def test_rows_of_files_without_the_column_have_none(tmp_path: Path) -> None:
    written(tmp_path / "a.parquet", pa.array([1, 0]))
    pq.write_table(pa.table({"style": ["b.png"], "render_id": ["b"]}), tmp_path / "b.parquet")
    assert priorities(str(tmp_path)) == [1, 0]
    assert rows_of(tmp_path, 1) == [("r0", 1)] and rows_of(tmp_path, 0) == [("r1", 2), ("b", 1)]


def test_row_groups_without_the_priority_are_not_unfolded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "m.parquet", pa.array([0] * 3000 + [1] + [0] * 3000), 1500)
    unfolded = []
    real = reading.batch_values

    def counting(batch: pa.RecordBatch) -> Any:
        unfolded.append(batch.num_rows)
        return real(batch)

    monkeypatch.setattr(reading, "batch_values", counting)
    assert rows_of(path, 1) == [("r3000", 3001)] and sum(unfolded) <= 1500


def test_rows_with_a_priority_that_is_none_come_with_those_that_have_none(tmp_path: Path) -> None:
    path = written(tmp_path / "m.parquet", pa.array([2.0, 0.5, float("inf"), None]))
    assert priorities(str(path)) == [2, 0]
    kinds = [type(row) for row in read_rows(str(path), priority=0)]
    assert kinds == [BadRow, BadRow, Row]


def test_a_text_is_no_priority(tmp_path: Path) -> None:
    path = written(tmp_path / "m.parquet", pa.array(["1"]))
    with pytest.raises(ManifestError, match="its type is string, and should be a whole number"):
        rows_of(path)


def test_too_many_priorities_are_told_with_what_to_do(tmp_path: Path) -> None:
    assert len(priorities(str(written(tmp_path / "m.parquet", pa.array(range(MOST_PRIORITIES)))))) == MOST_PRIORITIES
    path = written(tmp_path / "n.parquet", pa.array(range(MOST_PRIORITIES + 1)))
    with pytest.raises(ManifestError, match="more than 100 different priorities; give rows that may wait alike"):
        priorities(str(path))
    with pytest.raises(ManifestError, match="more than 100 different priorities"):
        list(validate_manifest(str(path)))


def test_conditions_know_it(tmp_path: Path) -> None:
    path = written(tmp_path / "m.parquet", pa.array([3, None, 1, 2]))
    found = [row.render_id for row in chosen(read_rows(str(path)), Choice("priority > 1"), None)]
    assert found == ["r0", "r3"]
    assert [row.render_id for row in chosen(read_rows(str(path)), Choice("priority in [0, 1]"), None)] == ["r1", "r2"]
    with pytest.raises(ValueError, match="priority is compared with a number"):
        Condition.parse("priority = high")


def built(tmp_path: Path, text: str, name: str = "spec.yaml") -> list[dict[str, Any]]:
    (tmp_path / name).write_text(text)
    build_manifest(str(tmp_path / name), str(tmp_path / "m.parquet"))
    assert pq.read_schema(tmp_path / "m.parquet").field("priority").type == pa.int64()
    return pq.read_table(tmp_path / "m.parquet").to_pylist()


def test_specs_set_it_in_step_fixed_by_job_and_under_conditions(tmp_path: Path) -> None:
    rows = built(tmp_path, SPEC)
    assert [(row["size"], row["priority"]) for row in rows] == [(256, 2), (512, 0), (1024, -1)] * 2
    rows = built(tmp_path, SPEC + "exclude: ['priority < 0']")
    assert [row["priority"] for row in rows] == [2, 0] * 2
    rows = built(tmp_path, "jobs: [{inputs: [{style: a.png}], fixed: {priority: 2}}, {inputs: [{style: b.png}]}]")
    assert [row["priority"] for row in rows] == [2, None]
    rows = built(
        tmp_path,
        'inputs: [{style: a.png}]\ngrid: {size: [64, 128]}\nfixed: {priority: "3"}\nwhen: {priority: "size = 64"}',
    )
    assert [row["priority"] for row in rows] == [3, None]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("fixed: {priority: high}", "fixed.priority: 'high' is not a whole number"),
        ("grid: {priority: [0, 1.5]}", "grid.priority: 1.5 is not a whole number"),
        ("sample: {n: 2, ranges: {priority: {low: 0, high: 9}}}", "priorities are not sampled from an interval"),
        ("fixed: {priorty: 1}", "did you mean priority?"),
    ],
)
def test_what_a_spec_says_wrong_of_it_is_told_by_its_key(spec: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as error:
        built(tmp_path, f"inputs: [{{style: a.png}}]\n{spec}")
    assert message in str(error.value)


def test_tables_in_csv_have_it(tmp_path: Path) -> None:
    rows = built(tmp_path, "style,priority\na.png,2\nb.png,\n", "table.csv")
    assert [row["priority"] for row in rows] == [2, None]
    with pytest.raises(ManifestError, match="priority"):
        built(tmp_path, "style,priority\na.png,soon\n", "table.csv")
