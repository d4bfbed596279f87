from __future__ import annotations

import pytest
import torch

from semstyle.bench.unfolded import correlations, style_loss
from semstyle.engine.optimised.losses import ContentLoss, StyleLoss, smoothness_loss
from semstyle.engine.patches.pool import PatchSource


def features(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("map_channels", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("k", [1, 3])
def test_style_loss_is_the_papers_with_exact_matches(map_channels: int, k: int) -> None:
    x, y = features(6, 11, 9).requires_grad_(), features(6, 8, 13, seed=1)
    style_map, target_map = features(map_channels, 8, 13, seed=2), features(map_channels, 11, 9, seed=3)
    maps = (style_map, target_map) if map_channels else (None, None)
    loss = StyleLoss([PatchSource(y, maps[0])], maps[1], k)
    loss.rematch(x.detach())
    scores = correlations(torch.cat([x, target_map]), torch.cat([y, style_map]), k)
    patches = scores.shape[0]
    literal = style_loss(x, y, scores.argmax(1), k) / (patches * k * k * 6 * y.square().mean())
    torch.testing.assert_close(loss(x), literal)
    torch.testing.assert_close(torch.autograd.grad(loss(x), x)[0], torch.autograd.grad(literal, x)[0])
    torch.testing.assert_close(loss.match_score, scores.amax(1).mean().detach())


def test_a_map_keeps_matches_within_its_label() -> None:
    y, x = features(4, 10, 10), features(4, 12, 12, seed=1)
    left = torch.zeros(1, 10, 10, dtype=torch.float64)
    left[:, :, :5] = 1
    style_map = torch.cat([left, 1 - left]) * 100
    target_map = torch.tensor([1.0, 0.0], dtype=torch.float64)[:, None, None].expand(2, 12, 12) * 100
    loss = StyleLoss([PatchSource(y, style_map)], target_map, 3)
    loss.rematch(x)
    assert loss.matches is not None
    assert int((loss.matches.index % 8).max()) <= 2


def test_variety_spreads_the_matches() -> None:
    y = features(4, 20, 20)
    x = y[:, 2:5, 2:5].repeat(1, 6, 6) + 0.3 * features(4, 18, 18, seed=1)

    def different_patches(variety: float) -> int:
        loss = StyleLoss([PatchSource(y)], None, 3, variety=variety)
        for _ in range(40):
            loss.rematch(x)
        assert loss.matches is not None
        return loss.matches.index.unique().numel()

    assert different_patches(2) > different_patches(0)


def test_variety_zero_changes_nothing_on_rematching() -> None:
    loss = StyleLoss([PatchSource(features(4, 9, 9))], None, 3)
    x = features(4, 9, 9, seed=1)
    loss.rematch(x)
    first = loss.matches
    loss.rematch(x)
    assert first is not None
    assert loss.matches is not None
    assert torch.equal(first.index, loss.matches.index)


def test_style_loss_before_matching_is_a_mistake() -> None:
    with pytest.raises(RuntimeError, match="rematch"):
        StyleLoss([PatchSource(features(2, 5, 5))], None, 3)(features(2, 5, 5))


def test_content_loss_by_hand() -> None:
    target = torch.tensor([[[1.0, 2.0]], [[0.0, 3.0]]])
    # squared differences 1, 4, 0, 9 over squares 1, 4, 0, 9
    assert ContentLoss(target)(torch.zeros(2, 1, 2)).item() == pytest.approx(1)
    assert ContentLoss(target)(target).item() == 0


def test_content_loss_with_factors_by_hand() -> None:
    target = torch.tensor([[[1.0, 2.0]], [[0.0, 3.0]]])
    # of the first pixel 3 · (1 + 0), of the second 0.5 · (4 + 9), over squares 1, 4, 0, 9
    loss = ContentLoss(target, torch.tensor([[[3.0, 0.5]]]))(torch.zeros(2, 1, 2))
    assert loss.item() == pytest.approx((3 + 6.5) / 14)


def test_factors_of_one_change_nothing() -> None:
    x, target = features(4, 5, 6), features(4, 5, 6, seed=1)
    assert torch.equal(ContentLoss(target, torch.ones(1, 5, 6))(x), ContentLoss(target)(x))


def test_smoothness_by_hand() -> None:
    image = torch.tensor([[0.0, 0.22], [0.0, 0.22]]).expand(3, 2, 2)
    # differences along columns 0, along rows 0.22: a mean square of 0.22² in units of 0.22²
    assert smoothness_loss(image).item() == pytest.approx(1)
