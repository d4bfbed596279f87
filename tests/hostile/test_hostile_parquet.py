"""Nested, folded and split Parquet from strangers: a result or one clear line, in bounded time and memory."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from bounded_loading import answers
from forged_parquet import (
    LONG,
    encrypted,
    extension,
    fields,
    folded,
    in_lists,
    lists,
    maps,
    parquet,
    row_groups,
    structs,
    tags_of,
)
from settling import assert_is_one_clear_line

from semstyle.manifest import BadRow, ManifestError, Row, read_rows

MOST_MEGABYTES = 400
STYLE = {"style": ["a.png"]}
TEXT_MAP = pa.map_(pa.string(), pa.string())

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    **{
        f"{what} in {what}, {depth:,} deep": (lambda make=make, depth=depth: make(depth), "too deeply nested")
        for what, make in {"structs": structs, "lists": lists, "maps": maps}.items()
        for depth in (100, 1_000, 30_000)
    },
    "a list of lists of structs": (lambda: parquet({"style": [[[{"a": "b"}]]]}), "column style: its type is list<"),
    "a struct of lists of maps": (
        lambda: parquet({**STYLE, "tags": pa.array([{"a": [[("b", "c")]]}], pa.struct([("a", pa.list_(TEXT_MAP))]))}),
        "column tags: its type is struct<",
    ),
    "maps of maps": (
        lambda: parquet({**STYLE, "tags": pa.array([[("a", [("b", "c")])]], pa.map_(pa.string(), TEXT_MAP))}),
        "column tags: its type is map<",
    ),
    "maps by structs": (
        lambda: parquet(
            pa.table(
                [pa.array([], pa.string()), pa.array([], pa.map_(pa.struct([("a", pa.string())]), pa.string()))],
                ["style", "tags"],
            )
        ),
        "column tags: its type is map<",
    ),
    "10,000 fields": (
        lambda: fields(10_000, lambda number: f"f{number}"),
        "has 10,000 fields, and the most is",
    ),
    "90,000 fields": (
        lambda: fields(90_000, lambda number: f"f{number}"),
        "has 90,000 fields, and the most is",
    ),
    "90,000 fields of one name": (lambda: fields(90_000, lambda _: "f"), "has 90,000 fields, and the most is"),
    "two fields of one name": (lambda: fields(2, lambda _: "f"), "column tags: its type is struct<"),
    "fewer fields than are told": (lambda: fields(2, str, told=2**31 - 1), "not a readable Parquet file"),
    "more fields than are told": (lambda: fields(3, str, told=1), "not a readable Parquet file"),
    "encrypted": (lambda: encrypted(with_plain_footer=False), "not a readable Parquet file"),
    "encrypted, with a plain footer": (lambda: encrypted(with_plain_footer=True), "not a readable Parquet file"),
    "an extension of text": (lambda: extension("arrow.json"), "its type is extension<arrow.json>"),
    "an extension that its data is none of": (lambda: extension("arrow.fixed_shape_tensor"), "not a readable Parquet"),
    "an extension of bytes": (lambda: extension("arrow.uuid", pa.binary(16)), "not a readable Parquet"),
    "more row groups than are read": (lambda: row_groups(100_001, pa.table(STYLE)), "not a readable Parquet file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_manifest_is_one_clear_line(case: str, tmp_path: Path) -> None:
    make, message = REFUSED[case]
    (tmp_path / "m.parquet").write_bytes(make())
    with pytest.raises(ManifestError, match=message) as caught:
        list(read_rows(str(tmp_path / "m.parquet")))
    assert_is_one_clear_line(str(caught.value))


LARGE = "holds a row of about [0-9,]+ bytes; the most is 67,108,864"
FOLDED: dict[str, tuple[Callable[[], bytes], str]] = {
    "a column of one long text": (lambda: parquet({"style": folded(1_500)}), "^1500$"),
    "columns of one long text": (
        lambda: parquet({name: folded(1_500) for name in ("style", "style_map", "target_map", "content", "init")}),
        "^1500$",
    ),
    "lists of one long text": (lambda: parquet({"style": in_lists([16] * 1_500, folded(24_000))}), "^1500$"),
    "one list of one long text": (lambda: parquet({"style": in_lists([0] * 1_500 + [80_000], folded(80_000))}), LARGE),
    "tags of one long text": (
        lambda: parquet({"style": ["a"] * 1_500, "tags": tags_of([20] * 1_500, folded(30_000))}),
        "^1500$",
    ),
    "tags of one long text in one row of many": (
        lambda: parquet({"style": ["a"] * 1_500, "tags": tags_of([0] * 1_499 + [20_000], folded(20_000))}),
        LARGE,
    ),
    "a list of three million": (lambda: parquet({"style": in_lists([3_000_000], folded(3_000_000, "a"))}), LARGE),
    "a list of three million numbers": (
        lambda: parquet({**STYLE, "rotations": in_lists([3_000_000], pa.array([0.0] * 3_000_000))}),
        LARGE,
    ),
    "a million tags": (lambda: parquet({**STYLE, "tags": tags_of([1_000_000], folded(1_000_000, "a"))}), LARGE),
    "100,000 row groups of a row": (lambda: row_groups(100_000, pa.table(STYLE)), "^100000$"),
    "30 row groups of a thousand columns": (
        lambda: row_groups(30, pa.table({**STYLE, "tags": [{f"f{number}": "x" for number in range(1000)}]})),
        "^30$",
    ),
}


@pytest.fixture(scope="module")
def unfolded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return answers("manifest", {case: make for case, (make, _) in FOLDED.items()}, tmp_path_factory.mktemp("folded"))


@pytest.mark.parametrize("case", FOLDED)
def test_a_small_file_that_stands_for_much_is_read_with_little(case: str, unfolded: dict[str, dict[str, Any]]) -> None:
    answer = unfolded[case]
    assert answer["kind"] in {"", "ManifestError"}, answer
    assert re.search(FOLDED[case][1], answer["message"]), answer
    assert answer["megabytes"] < MOST_MEGABYTES, answer


def test_folded_rows_are_the_rows(tmp_path: Path) -> None:
    """Lists and maps in three row groups, with nothing in the first rows, are as they would be unfolded."""
    lengths = [0, 0, *([1, 2, 0, 3] * 500)]
    words = pa.array([f"w{number % 7}" * 40 for number in range(sum(lengths))])
    table = pa.table(
        {
            "style": [None, *(f"{number % 5}.png" for number in range(len(lengths) - 1))],
            "tags": tags_of(lengths, words),
            "style_layers": in_lists([1] * len(lengths), pa.array(["3_1", "4_1"] * (len(lengths) // 2))),
        }
    )
    expected = table.to_pylist()
    for name, options in {"one": {}, "three": {"row_group_size": 700}, "plain": {"use_dictionary": False}}.items():
        (tmp_path / f"{name}.parquet").write_bytes(parquet(table, **options))
        first, *rows = read_rows(str(tmp_path / f"{name}.parquet"))
        assert isinstance(first, BadRow) and len(rows) == len(expected) - 1
        for row, values in zip(rows, expected[1:], strict=True):
            assert isinstance(row, Row)
            assert row.tags == dict(values["tags"])
            assert row.styles == (str(tmp_path / values["style"]),)
            assert list(row.parameters.style_layers) == values["style_layers"]


def test_a_thousand_tags_as_a_struct_are_read(tmp_path: Path) -> None:
    (tmp_path / "m.parquet").write_bytes(parquet({**STYLE, "tags": [{f"f{number}": "x" for number in range(1000)}]}))
    (row,) = read_rows(str(tmp_path / "m.parquet"))
    assert isinstance(row, Row) and len(row.tags) == 1000


def test_a_text_just_too_long_is_found_wherever_it_hides(tmp_path: Path) -> None:
    long = "a" * (LONG + 1000)
    columns = {
        "style": pa.array([*(["a"] * 1500), long]),
        "tags": tags_of([0] * 1500 + [1], pa.array([long])),
        "style_layers": in_lists([0] * 1500 + [1], pa.array([long])),
    }
    for name, values in columns.items():
        for options in ({}, {"use_dictionary": False}, {"row_group_size": 1}):
            (tmp_path / "m.parquet").write_bytes(parquet({"style": ["a"] * 1501, name: values}, **options))
            with pytest.raises(ManifestError, match=f"column {name}: holds a text of 66,000 bytes"):
                list(read_rows(str(tmp_path / "m.parquet")))
