"""Pieces of work side by side: their order, their threads, and errors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from semstyle.engine.side_by_side import side_by_side


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_results_are_in_order() -> None:
    assert side_by_side(lambda number: number**2, range(20)) == [number**2 for number in range(20)]


def test_each_piece_has_one_thread_and_the_caller_has_its_own_again() -> None:
    assert side_by_side(lambda _: torch.get_num_threads(), range(4)) == [1, 1, 1, 1]
    assert torch.get_num_threads() == 2


@pytest.mark.parametrize("pieces", [1, 3, 5])
def test_one_that_is_left_over_has_all_threads(pieces: int) -> None:
    assert side_by_side(lambda _: torch.get_num_threads(), range(pieces)) == [1] * (pieces - 1) + [2]


def test_without_pieces_nothing_is_done() -> None:
    assert side_by_side(lambda _: 1, []) == []


def test_an_error_ends_what_has_not_begun() -> None:
    begun = []

    def work(number: int) -> None:
        begun.append(number)
        raise ValueError(f"piece {number}")

    with pytest.raises(ValueError, match="piece 0"):
        side_by_side(work, range(1000))
    assert len(begun) < 1000
    assert torch.get_num_threads() == 2
