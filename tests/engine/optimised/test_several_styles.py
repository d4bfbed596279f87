"""Whole renders from several styles, turned and scaled."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from semstyle.engine import InputError, Parameters, Request, StyleFeatures, render, render_batch
from semstyle.engine.inputs.resizing import resized

SMALL = Parameters(size=64, phases=2, iterations=5, style_layers=("1_1", "2_1"), content_layers=("2_1",))


def image(*size: int, seed: int = 0) -> torch.Tensor:
    coarse = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, size, mode="bicubic").clamp(0, 1)[0]


STYLES = [image(70, 90), image(50, 40, seed=1)]
MAPS = [image(35, 45, seed=2), image(25, 20, seed=3)]
TARGET = image(48, 64, seed=4)


def changed(**values: object) -> Parameters:
    return dataclasses.replace(SMALL, **values)


def test_two_styles_are_at_least_as_near_as_one() -> None:
    parameters = changed(phases=1, iterations=1, rematch="every")
    scores = [
        render(styles, maps, TARGET, parameters=parameters).trace[0].match_score
        for styles, maps in ((STYLES[:1], MAPS[:1]), (STYLES, MAPS))
    ]
    assert scores[1] > scores[0]


def test_the_same_again_is_the_same_image_and_loss_falls() -> None:
    parameters = changed(rotations=(0, 20, -90), scales=(1, 0.7), style_shares=(1, 2))
    first, again = (render(STYLES, MAPS, TARGET, parameters=parameters) for _ in range(2))
    assert torch.equal(first.image, again.image)
    for phase in (1, 2):
        losses = [row.loss for row in first.trace if row.phase == phase]
        assert losses[-1] < losses[0]


def test_a_style_without_a_share_is_as_if_it_were_not_there() -> None:
    parameters = changed(style_shares=(0, 5))
    alone = render(STYLES[1], MAPS[1], TARGET, parameters=SMALL)
    assert torch.equal(render(STYLES, MAPS, TARGET, parameters=parameters).image, alone.image)
    only = Request(STYLES[1], MAPS[1], TARGET, parameters=SMALL)
    assert Request(STYLES, MAPS, TARGET, parameters=parameters).phases == only.phases


def test_a_turned_style_is_a_style_that_was_turned() -> None:
    turned = torch.rot90(STYLES[0], 1, (1, 2))
    parameters = changed(aspect=1.0, coherence=0, variety=0)  # with these, rounding decides between like patches
    ours = render(STYLES[0], parameters=dataclasses.replace(parameters, rotations=(90,)))
    literal = render(turned, parameters=parameters)
    assert [row.loss for row in ours.trace] == pytest.approx([row.loss for row in literal.trace], rel=1e-3)


@pytest.mark.parametrize("method", ["semantic", "patch", "gram"])
def test_every_method_begins_where_it_is_told(method: str) -> None:
    begun = image(24, 24, seed=7)
    parameters = changed(method=method, init="file:///begun.png", iterations=1, phases=1, aspect=1.0)
    made = render(STYLES, parameters=parameters, init_image=begun).image
    assert torch.equal(made, resized(begun, (64, 64)))  # the first evaluation is of the start itself


def test_each_of_a_batch_has_its_own_styles() -> None:
    requests = [Request(STYLES, MAPS, TARGET, parameters=SMALL), Request(STYLES[1], MAPS[1], TARGET, parameters=SMALL)]
    features = StyleFeatures(2**26)
    together = render_batch(requests, style_features=features)
    assert features.hits == 2  # the second style, in both phases
    for request, rendering in zip(requests, together, strict=True):
        alone = render(request.styles, request.style_maps, TARGET, parameters=SMALL)
        assert (alone.image - rendering.image).abs().mean() < 0.01


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (Request([]), "style: no images; give 1 to 16"),
        (Request(STYLES * 9), "style: 18 images"),
        (Request(STYLES, MAPS[:1], TARGET), "style_map: 1 map for 2 styles"),
        (Request(STYLES, parameters=Parameters(style_shares=(1,))), "style_shares: 1 number for 2 styles"),
        (
            Request(STYLES * 8, parameters=Parameters(rotations=(0, 1, 2), scales=(1, 2))),
            "96 views by rotations and scales; the most is 64",
        ),
    ],
)
def test_what_does_not_fit_together_is_told(request_: Request, message: str) -> None:
    with pytest.raises(InputError, match=message):
        render(request_.styles, request_.style_maps, request_.target_map, parameters=request_.parameters)


@pytest.mark.parametrize("method", ["semantic", "gram"])
def test_a_scale_at_which_the_encoder_sees_nothing_is_left_out(method: str) -> None:
    parameters = Parameters(method=method, size=96, phases=1, iterations=1, patch_size=1, scales=(0.25, 2))
    styles = [image(48, 120), image(120, 120)]
    both = render(styles, parameters=parameters)
    large = render(styles, parameters=dataclasses.replace(parameters, scales=(2,)))
    assert both.trace[0].loss > 0 and both.image.shape == large.image.shape
