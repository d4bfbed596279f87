"""The whole loss and its gradient by pixels, against the paper's equations in double precision."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from semstyle.bench.unfolded import correlations, style_loss
from semstyle.engine.encoders.encoder import Encoder
from semstyle.engine.inputs.semantic_map import MapPair, layer_weight
from semstyle.engine.inputs.views import View
from semstyle.engine.optimised.losses import StyleLoss
from semstyle.engine.optimised.objective import Objective, measure
from semstyle.engine.parameters import Parameters

PAPERS = partial(Parameters, detail_layers=(), coherence=0, variety=0, size=32)
"""As the paper has it: every patch has its nearest, by two layers."""


@pytest.fixture
def encoder() -> Encoder:
    torch.manual_seed(0)
    return Encoder((4, 5, 6, 7, 7), "4_2").double().requires_grad_(False)


def image(*shape: int, seed: int) -> torch.Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def features_of(encoder: Encoder, style: torch.Tensor) -> list[tuple[View, dict[str, torch.Tensor]]]:
    view = View(0, (style.shape[1], style.shape[2]))
    return [(view, {layer: x[0] for layer, x in encoder(style[None], ("3_1", "4_1")).items()})]


@pytest.mark.parametrize("map_channels", [1, 3, 5])
@pytest.mark.parametrize("has_content", [True, False])
def test_loss_and_gradient_are_the_papers(encoder: Encoder, map_channels: int, has_content: bool) -> None:
    parameters = PAPERS(style_weight=31, content_weight=7, smoothness=0.5, semantic_weight=20)
    x, style = image(3, 45, 51, seed=1), image(3, 40, 67, seed=2)
    content = image(3, 45, 51, seed=3) if has_content else None
    maps = MapPair(image(map_channels, 40, 67, seed=4).float(), image(map_channels, 45, 51, seed=5).float(), "color")
    maps.maps = [values.double() for values in maps.maps]
    objective = Objective(encoder, features_of(encoder, style), content, maps, (45, 51), parameters)
    measured = measure([objective], x[None], rematch=True)[0]

    pixels = x.clone().requires_grad_()
    wanted = torch.zeros((), dtype=torch.float64)
    for layer in ("3_1", "4_1"):
        features, target = encoder(pixels[None], (layer,))[layer][0], encoder(style[None], (layer,))[layer][0]
        style_map, target_map = maps.style_at(*target.shape[1:]), maps.target_at(*features.shape[1:])
        gamma = layer_weight(20, [target], [style_map])
        scores = correlations(torch.cat([features, gamma * target_map]), torch.cat([target, gamma * style_map]), 3)
        elements = scores.shape[0] * 9 * features.shape[0]
        distance = style_loss(features, target, scores.argmax(1), 3)
        wanted = wanted + 31 * distance / (elements * target.square().mean())
    if content is not None:
        features, target = encoder(pixels[None], ("4_2",))["4_2"][0], encoder(content[None], ("4_2",))["4_2"][0]
        alpha = 7 * parameters.traits.content_ratio
        wanted = wanted + alpha * (features - target).square().mean() / target.square().mean()
    variation = pixels.diff(dim=1).square().mean() + pixels.diff(dim=2).square().mean()
    wanted = wanted + 0.5 * variation / 0.22**2

    torch.testing.assert_close(measured.loss, wanted.detach())
    torch.testing.assert_close(measured.gradient, torch.autograd.grad(wanted, pixels)[0])
    assert measured.terms.loss == measured.loss
    assert measured.terms.grad_max == measured.gradient.abs().max()


def test_gamma_zero_ignores_the_maps_exactly(encoder: Encoder) -> None:
    x, style = image(3, 40, 40, seed=1), features_of(encoder, image(3, 40, 40, seed=2))
    maps = MapPair(torch.rand(3, 8, 8), torch.rand(3, 8, 8), "color")
    with_maps = Objective(encoder, style, None, maps, (40, 40), PAPERS(semantic_weight=0))
    without = Objective(encoder, style, None, None, (40, 40), PAPERS())
    gradients = [measure([objective], x[None], True)[0].gradient for objective in (with_maps, without)]
    assert torch.equal(*gradients)


def test_matches_are_kept_until_asked_for_anew(encoder: Encoder) -> None:
    style = features_of(encoder, image(3, 40, 40, seed=2))
    objective = Objective(encoder, style, None, None, (40, 40), PAPERS())
    measure([objective], image(1, 3, 40, 40, seed=1), True)
    kept = objective.style_losses["3_1"].matches
    measure([objective], image(1, 3, 40, 40, seed=7), False)
    assert objective.style_losses["3_1"].matches is kept


def test_a_batch_measures_each_image_by_its_own_objective(encoder: Encoder) -> None:
    styles = [features_of(encoder, image(3, 40, size, seed=size)) for size in (40, 56)]
    content = image(3, 48, 40, seed=3)
    objectives = [
        Objective(encoder, styles[0], None, None, (48, 40), PAPERS(style_weight=50)),
        Objective(encoder, styles[1], content, None, (48, 40), PAPERS(smoothness=3)),
    ]
    images = image(2, 3, 48, 40, seed=5)
    together = measure(objectives, images, True)
    for number, objective in enumerate(objectives):
        alone = measure([objective], images[number : number + 1], True)[0]
        torch.testing.assert_close(together[number].gradient, alone.gradient)
        torch.testing.assert_close(tuple(together[number].terms), tuple(alone.terms))


def test_a_coarse_phase_weighs_content_more_and_details_less(encoder: Encoder) -> None:
    style, content = features_of(encoder, image(3, 64, 64, seed=2)), image(3, 64, 64, seed=3)
    style[0][1].update({"2_1": encoder(image(3, 64, 64, seed=2)[None], ("2_1",))["2_1"][0]})

    def weights(long_side: int) -> tuple[float, float]:
        parameters = Parameters(detail_layers=("2_1",), size=long_side)
        objective = Objective(encoder, style, content, None, (64, 64), parameters)
        return objective.content_weight, objective.detail_weight

    alpha, details = weights(64)
    assert weights(128) == (2 * alpha, details / 8)
    assert weights(256) == weights(2048) == (4 * alpha, details / 64)


def test_with_content_patches_have_prices_only_where_maps_say_what_belongs_where(encoder: Encoder) -> None:
    style, content = features_of(encoder, image(3, 40, 40, seed=2)), image(3, 40, 40, seed=3)
    maps = MapPair(torch.rand(3, 8, 8), torch.rand(3, 8, 8), "color")

    def priced(content: torch.Tensor | None, maps: MapPair | None, **changed: float) -> bool:
        parameters = Parameters(detail_layers=(), variety=1, **changed)
        losses = Objective(encoder, style, content, maps, (40, 40), parameters).style_losses.values()
        (every,) = {isinstance(loss, StyleLoss) and loss.prices is not None for loss in losses}
        return every

    assert priced(content, maps) and priced(None, None) and priced(None, maps)
    assert not priced(content, None) and not priced(content, maps, semantic_weight=0)
    assert priced(content, None, content_weight=0)


def test_alpha_is_ten_with_content_and_zero_without() -> None:
    assert Parameters().weight_of_content(True) == 10
    assert Parameters(content_weight=3).weight_of_content(True) == 3
    assert Parameters(content_weight=3).weight_of_content(False) == 0
