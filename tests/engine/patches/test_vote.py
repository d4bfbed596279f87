"""Σ_i |x_i − y_NN(i)|² equals the weighted distance to the vote plus its constant, and so do their gradients."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from semstyle.bench.unfolded import style_loss
from semstyle.engine.patches import vote as vote_module
from semstyle.engine.patches.vote import Ballot, vote


@given(
    size=st.tuples(st.integers(5, 15), st.integers(5, 15)),
    style_size=st.tuples(st.integers(5, 15), st.integers(5, 15)),
    k=st.sampled_from([1, 2, 3, 5]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_the_vote_is_the_patch_loss(size: tuple[int, int], style_size: tuple[int, int], k: int, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    x = torch.rand(6, *size, generator=random, dtype=torch.float64).requires_grad_()
    y = torch.rand(6, *style_size, generator=random, dtype=torch.float64)
    rows, columns = size[0] - k + 1, size[1] - k + 1
    style_patches = (style_size[0] - k + 1) * (style_size[1] - k + 1)
    nearest = torch.randint(style_patches, (rows, columns), generator=random)
    voted = vote(nearest, Ballot.of([y], k), k).distance(x)
    literal = style_loss(x, y, nearest.flatten(), k)
    torch.testing.assert_close(voted, literal)
    torch.testing.assert_close(torch.autograd.grad(voted, x)[0], torch.autograd.grad(literal, x)[0])


def test_weights_count_the_patches_over_each_pixel() -> None:
    nearest = torch.zeros(3, 3, dtype=torch.int64)
    counted = vote(nearest, Ballot.of([torch.rand(2, 5, 5)], 3), 3).weight
    assert counted.tolist()[0] == [1, 2, 3, 2, 1]
    assert counted[2, 2] == 9


def test_a_layer_of_more_elements_than_a_library_counts_has_the_same_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    random = torch.Generator().manual_seed(0)
    x = torch.rand(6, 9, 11, generator=random, dtype=torch.float64)
    nearest = torch.zeros(7, 9, dtype=torch.int64)
    voted = vote(nearest, Ballot.of([torch.rand(6, 8, 8, generator=random, dtype=torch.float64)], 3), 3)
    whole = voted.distance(x)
    lengths = []
    dot = torch.Tensor.dot
    monkeypatch.setattr(torch.Tensor, "dot", lambda one, other: lengths.append(len(one)) or dot(one, other))
    monkeypatch.setattr(vote_module, "LONGEST", 100)
    torch.testing.assert_close(voted.distance(x), whole)
    assert sum(lengths) == 6 * 9 * 11
    assert max(lengths) <= 100
