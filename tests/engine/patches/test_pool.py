"""Patches of several views against brute force over all of them, in double precision."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from semstyle.bench.unfolded import patches, style_loss
from semstyle.engine.optimised.losses import StyleLoss
from semstyle.engine.patches.pool import PatchPool, PatchSource, augmented
from semstyle.errors import InputError

CHANNELS = 4


def signed(*shape: int, seed: int) -> torch.Tensor:
    """Of both signs, so that correlations are negative, too."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def source(size: tuple[int, int], seed: int, masked: bool, favour: float) -> PatchSource:
    outside = None
    if masked:
        outside = torch.rand(size, generator=torch.Generator().manual_seed(seed)) < 0.1
        outside[:4, :4] = False
    return PatchSource(signed(CHANNELS, *size, seed=seed), signed(2, *size, seed=seed + 1), outside, favour)


def brute_force(target: torch.Tensor, sources: list[PatchSource], k: int) -> torch.Tensor:
    """(target patches, all style patches): what each would score, -inf where it touches what is outside."""
    scores = []
    for one in sources:
        assert one.map_channels is not None
        pixels = torch.cat([one.features, one.map_channels])
        rows = patches(pixels, k)
        score = patches(target, k) @ (rows / rows.norm(dim=1, keepdim=True)).t() * one.favour
        if one.outside is not None:
            touching = patches(one.outside[None].double(), k).amax(1) > 0
            score[:, touching] = -torch.inf
        scores.append(score)
    return torch.cat(scores, 1)


sizes = st.tuples(st.integers(5, 12), st.integers(5, 12))


@given(st.lists(st.tuples(sizes, st.booleans(), st.sampled_from([1.0, 0.9, 0.25])), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("k", [1, 3])
def test_the_best_of_all_views_is_found_and_nothing_outside(
    k: int, views: list[tuple[tuple[int, int], bool, float]]
) -> None:
    sources = [source(size, seed, masked, favour) for seed, (size, masked, favour) in enumerate(views)]
    target = signed(CHANNELS + 2, 7, 9, seed=99)
    pool = PatchPool(sources, k)
    found = pool.nearest(augmented(target, None), pool.weights)
    scores = brute_force(target, sources, k)
    assert pool.count == int(scores[0].isfinite().sum())
    chosen = scores.gather(1, found.index.view(-1, 1))[:, 0]
    torch.testing.assert_close(chosen, scores.amax(1))
    torch.testing.assert_close(found.correlation.flatten(), chosen)


def test_the_loss_is_of_the_patches_of_all_views() -> None:
    sources = [source((8, 9), 0, True, 1.0), source((6, 7), 5, False, 1.0)]
    x, target_map = signed(CHANNELS, 7, 9, seed=9), signed(2, 7, 9, seed=10)
    loss = StyleLoss(sources, target_map, 3)
    loss.rematch(x)
    assert loss.matches is not None
    nearest = loss.matches.index.flatten()
    first = (8 - 2) * (9 - 2)
    in_first = nearest < first
    assert 0 < int(in_first.sum()) < len(nearest)
    literal = torch.zeros((), dtype=torch.float64)
    rows = patches(x, 3)
    for one, here, offset in ((sources[0], in_first, 0), (sources[1], ~in_first, first)):
        literal += (rows[here] - patches(one.features, 3)[nearest[here] - offset]).square().sum()
    elements = len(nearest) * 9 * CHANNELS
    torch.testing.assert_close(loss(x) * elements * loss.mean_square, literal)


def test_one_view_alone_is_what_it_was_without_others() -> None:
    only = source((8, 9), 0, False, 1.0)
    x = signed(CHANNELS, 7, 9, seed=9)
    loss = StyleLoss([PatchSource(only.features)], None, 3)
    loss.rematch(x)
    assert loss.matches is not None
    literal = style_loss(x, only.features, loss.matches.index.flatten(), 3)
    torch.testing.assert_close(loss(x), literal / (35 * 9 * CHANNELS * only.features.square().mean()))


def test_variety_spreads_over_views() -> None:
    same = torch.rand(CHANNELS, 9, 9, generator=torch.Generator().manual_seed(0))
    x = torch.rand(CHANNELS, 12, 12, generator=torch.Generator().manual_seed(1))

    def from_second(variety: float) -> int:
        loss = StyleLoss([PatchSource(same), PatchSource(same.clone())], None, 3, variety=variety)
        for _ in range(40):
            loss.rematch(x)
        assert loss.matches is not None
        return int((loss.matches.index >= 49).sum())

    assert from_second(0) == 0  # of equal ones the first
    assert from_second(2) > 20


def test_a_view_too_small_or_all_outside_is_left_out_and_none_left_is_an_error() -> None:
    small, turned = source((2, 9), 0, False, 1.0), source((8, 9), 1, False, 1.0)
    gone = PatchSource(turned.features, turned.map_channels, torch.ones(8, 9, dtype=torch.bool))
    assert PatchPool([small, gone, turned], 3).count == 6 * 7
    with pytest.raises(InputError, match="no patch fits"):
        PatchPool([small, gone], 3)
