"""Two nights compared as a whole: what is paired, missing and told, and that many rows take little memory."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from nights import record, write_night

from semstyle.dataset.comparison import Match, compare_nights
from semstyle.dataset.comparison.requirements import Requirements
from semstyle.errors import InputError
from semstyle.farm.errors import FarmError


@pytest.mark.parametrize("aggregated", [True, False])
def test_a_night_equals_itself(tmp_path: Path, aggregated: bool) -> None:
    rows = [record(f"r{seed}", {"weave": seed / 10}, seed=seed) for seed in range(6)]
    night = write_night(tmp_path / "night", rows, failures={"bad": "fails"}, aggregated=aggregated)
    found = compare_nights(night, night)
    assert found.is_unchanged and not found.provenance and not found.pairing.changed
    assert (found.pairing.pairs, found.pairing.by_id, found.images.unchanged) == (6, 6, 6)
    assert {one.name: (one.pairs, one.mean, one.low, one.high) for one in found.differences}["weave"] == (6, 0, 0, 0)


def test_what_is_missing_is_told_from_what_failed(tmp_path: Path) -> None:
    before = write_night(tmp_path / "before", [record(name) for name in ("stays", "fails", "vanishes")])
    after = write_night(tmp_path / "after", [record("stays"), record("new", seed=5)], failures={"fails": "no more"})
    found = compare_nights(before, after, requirements=Requirements(max_missing=0, max_failures_new=1))
    pairing = found.pairing
    assert (pairing.pairs, pairing.only_before, pairing.only_after, pairing.missing) == (1, 2, 1, 1)
    assert (pairing.first_only_before, pairing.first_only_after) == (["fails", "vanishes"], ["new"])
    assert [(verdict.requirement, verdict.is_broken) for verdict in found.verdicts] == [
        ("max_failures_new", False),
        ("max_missing", True),
    ]
    assert found.is_broken and not found.is_unchanged


def test_pairs_of_changed_input_files_are_counted(tmp_path: Path) -> None:
    changed = record("one")
    changed["inputs"][1] = {**changed["inputs"][1], "sha256": "painted over"}
    before = write_night(tmp_path / "before", [record("one"), record("two")])
    found = compare_nights(before, write_night(tmp_path / "after", [changed, record("two")]))
    assert (found.pairing.pairs, found.pairing.other_files) == (2, 1)


def test_what_differs_within_pairs_is_named_with_its_values(tmp_path: Path) -> None:
    rows = [record(f"a{seed}", seed=seed) for seed in range(7)]
    others = [record(f"b{seed}", seed=seed, semantic_weight=25.0) for seed in range(7)]
    before, after = write_night(tmp_path / "before", rows), write_night(tmp_path / "after", others)
    (change,) = compare_nights(before, after).pairing.changed
    assert (change.name, change.pairs, change.values) == ("semantic_weight", 7, ["50 → 25"])


@pytest.mark.parametrize(
    ("by", "told"),
    [
        (Match.ID, "their ids differ; try --match inputs"),
        (Match.AUTO, "they have neither ids nor input files and settings in common"),
    ],
)
def test_nights_of_nothing_in_common_are_told_so(tmp_path: Path, by: Match, told: str) -> None:
    before = write_night(tmp_path / "before", [record("one")])
    after = write_night(tmp_path / "after", [record("two", target_map="other.png")])
    with pytest.raises(InputError, match=told) as raised:
        compare_nights(before, after, by)
    assert raised.value.exit_code == 2


def test_a_folder_without_renders_is_told(tmp_path: Path) -> None:
    night = write_night(tmp_path / "night", [record("one")])
    empty = write_night(tmp_path / "empty", [], failures={"one": "fails"})
    with pytest.raises(InputError, match="empty: no finished render is there, so nothing can be compared"):
        compare_nights(night, empty)
    with pytest.raises(FarmError, match="gone: no run here"):
        compare_nights(str(tmp_path / "gone"), night)
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize(
    "column", [{"loss": pa.array(["low"])}, {"tags": pa.array([7])}, {"inputs": pa.array([["a.png"]])}], ids=" ".join
)
def test_columns_of_other_types_are_told(tmp_path: Path, column: dict[str, pa.Array]) -> None:
    night = write_night(tmp_path / "night", [record("one")])
    part = tmp_path / "night" / "results" / "part-00000.parquet"
    table = pq.read_table(part)
    for name, values in column.items():
        table = table.set_column(table.schema.get_field_index(name), name, values)
    pq.write_table(table, part)
    with pytest.raises(FarmError, match="night: the record of one is not one of semstyle's"):
        compare_nights(night, night)


def test_many_rows_take_bounded_memory(tmp_path: Path) -> None:
    metrics = {"weave": 1.0, "semantic_leak": 0.1, "repetition": 3.0}
    rows = [record(f"r{number}", metrics, seed=number) for number in range(500)]
    before = write_night(tmp_path / "before", rows)
    changed = [{**row, "metrics": [("weave", 1.0 + number % 7 / 10)]} for number, row in enumerate(rows)]
    after = write_night(tmp_path / "after", changed)
    tracemalloc.start()
    found = compare_nights(before, after)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (found.pairing.pairs, found.images.unchanged) == (500, 500)
    assert peak < 32 * 2**20
