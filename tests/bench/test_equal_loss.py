"""When one render has the loss at which another ends, by traces made by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from semstyle.bench.equal_loss import EqualLoss, equal_losses, standing_losses
from semstyle.engine import Evaluation


def rows(
    losses: Sequence[float], phase: int = 1, each: float = 1.0, before: float = 0.0, rematched: Sequence[int] = ()
) -> list[Evaluation]:
    """A phase whose evaluations take ``each`` seconds after ``before``; at those ``rematched`` patches are matched."""
    return [
        Evaluation(phase, number, 8, 8, loss, 0.0, {}, 0.0, 0.0, 0.0, number in rematched, before + each * number)
        for number, loss in enumerate(losses, 1)
    ]


def test_a_faster_render_has_the_other_s_final_loss_before() -> None:
    (equal,) = equal_losses(rows([10, 8, 6, 5, 4]), rows([10, 5, 3, 2, 1], each=2.0))
    assert equal == EqualLoss(1, 4, 5, 5.0, reached=3, reached_seconds=6.0)
    assert equal.in_words == "phase 1 after 3 of 5"


def test_a_slower_render_may_never_have_it() -> None:
    (equal,) = equal_losses(rows([10, 8, 6]), rows([10, 9, 8]))
    assert (equal.reached, equal.reached_seconds) == (None, None)
    assert equal.in_words == "phase 1 not at all of 3"


def test_each_phase_is_compared_with_the_same_phase() -> None:
    other = [*rows([10, 8, 6]), *rows([9, 7, 5], 2, before=3.0)]
    render = [*rows([10, 9, 8]), *rows([9, 5], 2, before=3.0)]
    coarse, fine = equal_losses(other, render)
    assert coarse.reached is None
    assert fine == EqualLoss(2, 5, 3, 6.0, reached=2, reached_seconds=5.0)


def test_a_step_that_is_taken_back_neither_ends_a_phase_nor_counts() -> None:
    assert standing_losses(rows([10, 4, 9, math.nan, math.inf])) == [10, 4, 4, 4, 4]
    (equal,) = equal_losses(rows([10, 4, 9]), rows([10, math.nan, 5, 4]))
    assert (equal.loss, equal.reached) == (4, 4)


def test_new_matches_make_it_another_loss() -> None:
    assert standing_losses(rows([10, 4, 6, 5], rematched=(1, 3))) == [10, 4, 6, 5]
    (equal,) = equal_losses(rows([10, 4, 6, 5], rematched=(1, 3)), rows([10, 6, 5.5, 5], rematched=(1,)))
    assert (equal.loss, equal.reached) == (5, 4)


def test_renders_of_other_phases_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match=r"phases \[1\] and \[1, 2\]"):
        equal_losses(rows([1]), [*rows([1]), *rows([1], 2)])
    with pytest.raises(ValueError, match="phases"):
        equal_losses([], [])
