"""Choosing rows of a manifest, held against sorting all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semstyle.manifest import BadRow, Position, Row
from semstyle.manifest.choice import ALL, Choice, chosen, parse_where
from semstyle.manifest.row import make_row


def rows(ids: list[str]) -> Iterator[Row | BadRow]:
    for number, render_id in enumerate(ids, 1):
        values = {"style": "a.png" if number % 7 else None, "seed": number, "render_id": render_id}
        yield make_row(values, Position("m.parquet", number), "/")


def taken(ids: list[str], choice: Choice) -> list[int]:
    """The numbers of the rows that are chosen."""
    return [row.position.row for row in chosen(rows(ids), choice, choice.last_hash(rows(ids)))]


def digest(render_id: str) -> str:
    return hashlib.sha256(render_id.lower().encode()).hexdigest()[:16]


@given(st.lists(st.sampled_from([f"r{n}" for n in range(30)] + ["R3", "R4"]), max_size=60), st.integers(1, 40))
def test_a_sample_has_the_ids_with_the_smallest_hashes(ids: list[str], count: int) -> None:
    smallest = sorted({digest(render_id) for render_id in ids})[:count]
    expected = [number for number, render_id in enumerate(ids, 1) if digest(render_id) in smallest]
    assert taken(ids, Choice(sample=count)) == expected


def test_a_sample_is_part_of_a_larger_one_and_spread_over_the_manifest() -> None:
    ids = [f"row{number}" for number in range(2000)]
    few, many = taken(ids, Choice(sample=100)), taken(ids, Choice(sample=200))
    assert len(few) == 100 and len(many) == 200 and set(few) < set(many)
    assert 800 < sum(few) / len(few) < 1200
    backwards = taken(ids[::-1], Choice(sample=100))
    assert sorted(2001 - number for number in backwards) == few


def test_a_condition_first_and_then_a_sample() -> None:
    ids = [f"row{number}" for number in range(50)]
    where = [number for number in range(1, 51) if 10 < number <= 40 and number % 7]  # others cannot be rendered
    assert taken(ids, Choice("seed > 10 and seed <= 40")) == where
    of_them = taken(ids, Choice("seed > 10 and seed <= 40", 5))
    assert of_them == sorted(sorted(where, key=lambda number: digest(ids[number - 1]))[:5])
    assert taken(ids, ALL) == list(range(1, 51))


def test_a_preset_is_no_longer_known_in_a_manifest() -> None:
    with pytest.raises(ValueError, match="rows are chosen by their parameters, which a preset sets"):
        parse_where("preset = faithful")
