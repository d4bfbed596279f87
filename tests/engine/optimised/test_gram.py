"""Gram matrices against ones written out pixel by pixel, in double precision."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from semstyle.engine import Parameters, render
from semstyle.engine.encoders.loading import encoder_of
from semstyle.engine.inputs.regions import labels_of, regions_of
from semstyle.engine.inputs.semantic_map import MapPair
from semstyle.engine.inputs.views import View
from semstyle.engine.methods import GRAM
from semstyle.engine.optimised.gram import GramLoss, region_grams
from semstyle.engine.optimised.objective import Objective, measure, style_weight

SMALL = Parameters(method="gram", size=64, phases=2, iterations=6, style_layers=("1_1", "2_1"), content_layers="2_1")
RED, GREEN, BLUE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


def features(*shape: int, seed: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def gram_by_hand(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    channels, height, width = x.shape
    total = torch.zeros(channels, channels, dtype=x.dtype)
    for row in range(height):
        for column in range(width):
            pixel = x[:, row, column]
            total = total + mask[row, column] * torch.outer(pixel, pixel)
    return total / mask.sum()


def columns(*colors: tuple[float, float, float], size: tuple[int, int] = (8, 12)) -> torch.Tensor:
    """A map of stripes of equal width."""
    stripes = torch.tensor(colors).t()[:, None, :].expand(3, size[0], len(colors))
    return torch.nn.functional.interpolate(stripes[None], size, mode="nearest")[0]


@pytest.mark.parametrize("regions", [1, 3])
@pytest.mark.parametrize("shares", [[1.0], [3.0, 1.0]])
def test_value_and_gradient_are_those_of_grams_by_hand(regions: int, shares: list[float]) -> None:
    x = features(4, 5, 6, seed=0).requires_grad_()
    masks = features(regions, 5, 6, seed=1)
    styles = [
        (features(4, 7, 4 + number, seed=2 + number), features(regions, 7, 4 + number, seed=8 + number))
        for number in range(len(shares))
    ]
    loss = GramLoss([[style] for style in styles], shares, masks)(x)
    wanted = torch.zeros((), dtype=torch.float64)
    for region in range(regions):
        area = masks[region].sum() / masks.sum()
        for (style, style_masks), share in zip(styles, shares, strict=True):
            target = gram_by_hand(style, style_masks[region])
            distance = (gram_by_hand(x, masks[region]) - target).square().sum() / target.square().sum()
            wanted = wanted + area * share / sum(shares) * distance
    torch.testing.assert_close(loss, wanted)
    torch.testing.assert_close(torch.autograd.grad(loss, x)[0], torch.autograd.grad(wanted, x)[0])


def test_the_hand_made_gradient_is_the_numerical_one() -> None:
    masks = features(2, 6, seed=1)
    assert torch.autograd.gradcheck(lambda x: region_grams(x, masks), features(3, 6, seed=0).requires_grad_())


def test_views_of_a_style_are_pooled_and_a_region_that_a_style_lacks_is_the_others() -> None:
    y, z = features(3, 4, 5, seed=0), features(3, 6, 2, seed=1)
    pooled = GramLoss(
        [[(y, torch.ones(1, 4, 5).double()), (z, torch.ones(1, 6, 2).double())]], [1], y.new_ones(1, 4, 4)
    )
    both = torch.cat([y.flatten(1), z.flatten(1)], 1)
    torch.testing.assert_close(pooled.grams[0, 0], both @ both.t() / 32)
    left, all_of_it = torch.zeros(2, 4, 5).double(), torch.ones(2, 6, 2).double()
    left[0] = 1
    shared = GramLoss([[(y, left)], [(z, all_of_it)]], [1, 1], y.new_ones(2, 4, 4))
    assert shared.weights[0, 1] == 0
    assert (shared.weights > 0).tolist() == [[True, False], [True, True]]


def test_an_image_is_at_no_distance_from_itself_at_another_size() -> None:
    y = features(4, 1, 1, seed=0).expand(4, 6, 6).contiguous()
    loss = GramLoss([[(y, y.new_ones(1, 6, 6))]], [1], y.new_ones(1, 3, 9))
    assert loss(y[:, :3, :1].expand(4, 3, 9)).item() == pytest.approx(0, abs=1e-12)
    assert loss(torch.zeros(4, 3, 9).double()).item() == pytest.approx(1)


@pytest.mark.parametrize("encoding", ["color", "raw", "labels"])
def test_regions_are_the_labels_of_the_styles_maps(encoding: str) -> None:
    maps = MapPair(columns(RED, GREEN, GREEN), columns(GREEN, RED), encoding)
    regions = regions_of(maps)
    assert regions.maps[0].shape[0] == 2
    assert regions.maps[0].sum((1, 2)).tolist() == [64, 32]  # green is the first, as it is the most common
    assert torch.equal(regions.target_at(1, 2)[:, 0], torch.tensor([[1.0, 0.0], [0.0, 1.0]]))


def test_a_blurred_border_makes_no_region_and_an_unknown_colour_joins_the_nearest() -> None:
    style_map = columns(RED, BLUE, size=(200, 200))
    style_map[:, 50, 99:101] = 0.5
    maps = MapPair(style_map, columns((0.8, 0.1, 0.0), (0.1, 0.2, 0.9)), "color")
    assert labels_of(maps).shape == (2, 3)
    target = regions_of(maps).target_at(1, 2)[:, 0]
    assert target.sum(0).tolist() == [1, 1]
    assert target[:, 0].argmax() != target[:, 1].argmax()


def test_many_colours_make_a_bounded_number_of_regions() -> None:
    maps = MapPair(torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0)), torch.rand(3, 8, 8), "color")
    regions = regions_of(maps)
    assert 2 <= regions.maps[0].shape[0] <= 16
    assert torch.equal(regions.maps[0].sum(0), torch.ones(64, 64))


def image(*size: int, seed: int = 0) -> torch.Tensor:
    coarse = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, size, mode="bicubic").clamp(0, 1)[0]


def test_a_render_by_grams_with_maps_styles_and_views(device: torch.device) -> None:
    styles, maps = [image(70, 90), image(50, 60, seed=1)], [columns(RED, BLUE), columns(BLUE, RED)]
    parameters = dataclasses.replace(SMALL, iterations=15, rotations=(0, 30), scales=(1, 0.5), style_shares=(1, 2))
    rendering = render(styles, maps, columns(RED, BLUE, size=(48, 64)), parameters=parameters, device=device)
    assert not any(row.rematched or row.match_score for row in rendering.trace)
    assert set(rendering.trace[0].style_losses) == set(SMALL.style_layers)
    for phase in (1, 2):
        losses = [row.loss for row in rendering.trace if row.phase == phase]
        assert min(losses) < losses[0]


def test_each_region_takes_its_own_colours() -> None:
    style = torch.cat([torch.tensor(RED)[:, None, None].expand(3, 48, 32), image(48, 32) * 0.2], 2)
    target_map = columns(BLUE, RED, size=(48, 64))
    parameters = dataclasses.replace(SMALL, iterations=40, smoothness=0.1)
    made = render(style, columns(RED, BLUE), target_map, parameters=parameters).image
    redness = (made[0] - made[2]).mean(0)
    assert redness[40:].mean() > redness[:24].mean() + 0.3


def test_gamma_zero_ignores_the_maps() -> None:
    parameters = dataclasses.replace(SMALL, semantic_weight=0)
    with_maps = render(image(64, 64), columns(RED, BLUE), columns(RED, size=(64, 64)), parameters=parameters)
    assert torch.equal(with_maps.image, render(image(64, 64), parameters=parameters).image)


def test_the_objective_weighs_the_mean_over_layers() -> None:
    encoder = encoder_of(SMALL)
    style, x = image(40, 40), image(32, 32, seed=3)
    seen = {layer: found[0] for layer, found in encoder(style[None], SMALL.style_layers).items()}
    parameters = dataclasses.replace(SMALL, smoothness=0, style_weight=50)
    objective = Objective(encoder, [(View(0, (40, 40)), seen)], None, None, (32, 32), parameters)
    measured = measure([objective], x[None], False)[0]
    mean = measured.terms.style.mean()
    assert len(measured.terms.style) == len(SMALL.style_layers)
    torch.testing.assert_close(measured.loss, 50 * GRAM.style_ratio * mean)
    assert style_weight(Parameters(style_weight=50)) == 50


def test_each_methods_own_layers() -> None:
    assert Parameters().style_layers == Parameters(method="patch").style_layers == ("3_1", "4_1")
    assert Parameters(method="gram").style_layers == ("1_1", "2_1", "3_1", "4_1", "5_1")
    assert Parameters(method="gram", style_layers="2_1").style_layers == ("2_1",)
    assert Parameters(method="gram").content_layers == ("4_2",)
