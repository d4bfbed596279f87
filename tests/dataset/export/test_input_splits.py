"""Splits of inputs: none is in two, and one that is known stays where it is whatever comes."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest
from exported_run import record, write_rows
from hypothesis import given
from hypothesis import strategies as st

from semstyle.dataset.export import DatasetFormat, ExportOptions, KnownSplits, export_dataset, read_known_splits
from semstyle.dataset.export.options import EACH, INPUTS, SPLITS
from semstyle.dataset.export.splitting.groups import INPUT_COLUMNS, Groups, keys_of
from semstyle.dataset.export.splitting.splits import input_splits
from semstyle.errors import InputError

SHARES = (0.4, 0.3, 0.3)
Rows = list[dict[str, Any]]
triples = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30)


def rows_of(found: list[tuple[int, int, int]]) -> Rows:
    return [
        record(f"r{i}", style=f"p{style}.png", target_map=f"t{target}.png", content=f"p{content}.png")
        for i, (style, target, content) in enumerate(found)
    ]


def split_rows(rows: Rows, by: str, known: KnownSplits | None = None) -> tuple[list[str | None], KnownSplits]:
    """The split of each render, None for one that is left out, and those of inputs."""
    options = ExportOptions(DatasetFormat.PARQUET, by, SHARES)
    groups = Groups(apart=by == EACH)
    numbers = [groups.add(keys_of(row, options)) for row in rows]
    found = input_splits(groups, options, known or KnownSplits())
    return [found.of(one) for one in numbers], found.noted(known or KnownSplits())


def splits_of_files(rows: Rows, splits: list[str | None]) -> dict[str, set[str]]:
    """The content of each input → the splits that it is in, whatever column and name it has there."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row, split in zip(rows, splits, strict=True):
        for file in row["inputs"]:
            if file["column"] in INPUT_COLUMNS and split is not None:
                found[file["sha256"]].add(split)
    return found


@pytest.mark.parametrize("by", [INPUTS, EACH])
@given(found=triples, more=triples)
def test_no_input_is_in_two_splits_and_none_changes_its_own(
    by: str, found: list[tuple[int, int, int]], more: list[tuple[int, int, int]]
) -> None:
    rows = rows_of(found)
    splits, known = split_rows(rows, by)
    before = splits_of_files(rows, splits)
    assert all(len(one) == 1 for one in before.values())
    if by == INPUTS:
        assert None not in splits, "nothing is known yet that could be in the way"
    rows = rows_of([*found, *more])
    splits, after = split_rows(rows, by, known)
    for file, one in splits_of_files(rows, splits).items():
        assert len(one) == 1 and (file not in before or one == before[file])
    assert after.splits.items() >= known.splits.items()


@given(found=triples, more=triples)
def test_each_input_by_itself_needs_no_memory(
    found: list[tuple[int, int, int]], more: list[tuple[int, int, int]]
) -> None:
    _, before = split_rows(rows_of(found), EACH)
    _, after = split_rows(rows_of([*more, *found]), EACH)
    assert before.splits.items() <= after.splits.items()


def test_one_picture_under_two_names_and_in_two_roles_is_one_input() -> None:
    rows = [record("a", style="x.png", target_map="t.png"), record("b", style="y.png", target_map="u.png", content="z")]
    digest = hashlib.sha256(b"the same").hexdigest()
    rows[0]["inputs"][0]["sha256"] = rows[1]["inputs"][-1]["sha256"] = digest
    for seed in range(20):
        options = ExportOptions(DatasetFormat.PARQUET, INPUTS, SHARES, seed)
        groups = Groups()
        numbers = [groups.add(keys_of(row, options)) for row in rows]
        found = input_splits(groups, options, KnownSplits())
        assert found.of(numbers[0]) == found.of(numbers[1])


def test_a_tag_that_names_a_split_is_taken_at_its_word() -> None:
    rows = [record(name, tags={"split": name}) for name in (*SPLITS, "other")]
    splits, _ = split_rows(rows, "tag:split")
    assert splits[:3] == list(SPLITS) and splits[3] in SPLITS


def test_a_data_set_takes_over_the_splits_of_an_earlier_one(tmp_path: Path) -> None:
    """Three scenes, then four with one picture that joins two of them: what is between them is left out."""
    rows = [record(f"r{n}", style=f"s{n}.png", target_map=f"t{n}.png") for n in range(12)]
    options = ExportOptions(DatasetFormat.PARQUET, INPUTS, SHARES)
    export_dataset(write_rows(tmp_path / "run", rows), str(tmp_path / "set"), options)
    known = read_known_splits(str(tmp_path / "set"))
    before = split_column(tmp_path / "set")
    assert len(known.splits) == 24 and len(set(before.values())) == 3
    one, other = next((a, b) for a in range(12) for b in range(12) if before[f"r{a}"] != before[f"r{b}"])
    bridge = record("bridge", style=f"s{one}.png", target_map=f"t{other}.png")
    joined = [record("r12", style="new.png", target_map=f"t{one}.png"), bridge]
    later = export_dataset(
        write_rows(tmp_path / "later", [*rows, *joined]), str(tmp_path / "next"), options, known=known
    ).dataset
    after = split_column(tmp_path / "next")
    assert later.between_splits == 1 and "bridge" not in after
    assert {name: after[name] for name in before} == before and after["r12"] == before[f"r{one}"]
    assert "1 render whose inputs are in different splits" in (tmp_path / "next/README.md").read_text()
    noted = json.loads((tmp_path / "next" / "splits.json").read_text())["splits"]
    assert len(noted) == 25 and not any("png" in key for key in noted)


def split_column(folder: Path) -> dict[str, str]:
    table = ds.dataset(sorted(folder.glob("data/*.parquet"))).to_table(columns=["render_id", "split"])
    return {row["render_id"]: row["split"] for row in table.to_pylist()}


def test_where_there_is_no_earlier_data_set_an_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--splits-of .*: no data set of `semstyle export` is there"):
        read_known_splits(str(tmp_path))
    export_dataset(
        write_rows(tmp_path / "run", [record("a")]), str(tmp_path / "set"), ExportOptions(DatasetFormat.PARQUET)
    )
    (tmp_path / "set" / "splits.json").write_text('{"splits": {"a": "everything"}}')
    with pytest.raises(InputError, match="missing or damaged"):
        read_known_splits(str(tmp_path / "set"))


def test_renders_that_are_all_between_splits_are_an_error(tmp_path: Path) -> None:
    rows = [record("a", style="s.png", target_map="t.png")]
    for seed in range(50):
        options = ExportOptions(DatasetFormat.PARQUET, EACH, (0.5, 0.5, 0.0), seed)
        groups = Groups(apart=True)
        numbers = groups.add(keys_of(rows[0], options))
        if input_splits(groups, options, KnownSplits()).of(numbers) is None:
            break
    with pytest.raises(InputError, match="each render has inputs of different splits"):
        export_dataset(write_rows(tmp_path / "run", rows), str(tmp_path / "set"), options)
