"""Prices of style patches, by hand."""

from __future__ import annotations

import math

import pytest
import torch

from semstyle.engine.optimised.losses import StyleLoss
from semstyle.engine.optimised.prices import HIGHEST, RISE, STEEPNESS, Prices, fair_uses
from semstyle.engine.patches.pool import PatchPool, PatchSource


def features(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_a_price_rises_above_the_share_and_falls_to_nothing_below_it() -> None:
    pool = PatchPool([PatchSource(features(2, 1, 4), fair_uses=torch.full((1, 4), 2.0))], 1)
    prices = Prices(pool, variety=3)
    prices.adjust(torch.tensor([[0, 0, 0, 0, 0, 0, 1, 1]]))
    assert prices.values.tolist() == pytest.approx([3 * RISE * math.log(2), 0, 0, 0])
    prices.adjust(torch.tensor([[1, 1, 2, 2, 2, 3, 3, 3]]))
    assert prices.values.tolist() == pytest.approx([0, 0, 3 * RISE * math.log(1.25), 3 * RISE * math.log(1.25)])
    torch.testing.assert_close(prices.applied_to(torch.ones(4)), torch.exp(-prices.values))


def test_a_price_rises_steeply_once_a_patch_is_used_often() -> None:
    pool = PatchPool([PatchSource(features(2, 1, 4), fair_uses=torch.full((1, 4), 2.0))], 1)
    uses = [12, 24, 4, 0]  # 6, 12, 2 and 0 shares
    prices = Prices(pool, variety=1)
    prices.adjust(torch.arange(4).repeat_interleave(torch.tensor(uses))[None])
    assert prices.values.tolist() == pytest.approx(
        [RISE * math.log(3.5), RISE * (math.log(6.5) + STEEPNESS * math.log(2)), RISE * math.log(1.5), 0]
    )


def test_a_price_has_an_end() -> None:
    pool = PatchPool([PatchSource(features(2, 1, 4))], 1)
    prices = Prices(pool, variety=100)
    for _ in range(5):
        prices.adjust(torch.zeros(40, 40, dtype=torch.int64))
    assert prices.values.tolist() == pytest.approx([HIGHEST, 0, 0, 0])


def test_without_regions_all_of_an_image_is_shared_out_among_all_patches() -> None:
    pool = PatchPool([PatchSource(features(2, 1, 4))], 1)
    prices = Prices(pool, variety=1)
    prices.adjust(torch.arange(4).repeat(3)[None])
    assert prices.values.tolist() == [0, 0, 0, 0]  # three each are the share of each


def test_a_regions_patches_are_shared_out_among_its_own() -> None:
    left = torch.zeros(4, 6)
    left[:, :2] = 1
    style = torch.stack([left, 1 - left])
    wide = torch.zeros(8, 8)
    wide[:, :6] = 1
    target = torch.stack([wide, 1 - wide])
    (alone,) = fair_uses([style], [1.0], target, 1)
    assert alone[:, :2].unique().tolist() == [48 / 8]
    assert alone[:, 2:].unique().tolist() == [1]  # 16 of the image's for 16 of the style's
    first, second = fair_uses([style, style], [3.0, 1.0], target, 1)
    assert first[:, :2].unique().tolist() == [3 * 48 / 32]
    assert second[:, :2].unique().tolist() == [48 / 32]
    (middles,) = fair_uses([style], [1.0], target, 3)
    assert middles.shape == (2, 4)


def test_a_region_that_the_style_has_not_costs_nobody_anything() -> None:
    style = torch.stack([torch.ones(4, 4), torch.zeros(4, 4)])
    target = torch.stack([torch.zeros(8, 8), torch.ones(8, 8)])
    assert fair_uses([style], [1.0], target, 1)[0].unique().tolist() == [1]


def test_hubs_lose_their_hold() -> None:
    """One patch that points where all others do on average is nearest to most of what is random."""
    style = features(8, 20, 20, seed=1).square()
    style[:, 10, 10] = style.mean((1, 2))
    target = features(8, 20, 20, seed=2)

    def most_used(variety: float) -> int:
        loss = StyleLoss([PatchSource(style)], None, 1, variety=variety)
        for _ in range(60):
            loss.rematch(target)
        assert loss.matches is not None
        return int(torch.bincount(loss.matches.index.flatten()).max())

    assert most_used(1) < most_used(0) / 2
