"""Numbers of patches against counting them one by one."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as some

from semstyle.engine.patches.numbering import PatchNumbering, shapes_of

SHAPES = some.lists(some.tuples(some.integers(1, 6), some.integers(1, 6)), min_size=1, max_size=5)


@given(SHAPES)
def test_places_and_numbers_are_those_of_counting(shapes: list[tuple[int, int]]) -> None:
    numbering = PatchNumbering(tuple(shapes))
    counted = [
        (source, row, column)
        for source, (rows, columns) in enumerate(shapes)
        for row in range(rows)
        for column in range(columns)
    ]
    assert numbering.count == len(counted)
    places = numbering.places(torch.arange(numbering.count))
    assert list(zip(*(place.tolist() for place in places), strict=True)) == counted
    assert torch.equal(numbering.index(*places), torch.arange(numbering.count))
    parts = list(numbering.parts(torch.arange(numbering.count)))
    assert [tuple(part.shape) for part in parts] == shapes
    assert torch.cat([part.flatten() for part in parts]).tolist() == list(range(len(counted)))


def test_what_is_beyond_a_source_is_taken_for_its_last() -> None:
    numbering = PatchNumbering(((2, 3), (4, 2)))
    index = numbering.index(torch.tensor([0, 1]), torch.tensor([9, 1]), torch.tensor([9, 7]))
    assert index.tolist() == [5, 6 + 1 * 2 + 1]


def test_shapes_are_those_of_whole_patches() -> None:
    assert shapes_of([(5, 7), (3, 3)], 3) == ((3, 5), (1, 1))
