"""Whole renders, small: the uses, the trace, determinism, cancelling, and what goes wrong."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable

import pytest
import torch

from semstyle.engine import (
    Checkpoint,
    Course,
    Encoder,
    InputError,
    NonFiniteLossError,
    Parameters,
    Progress,
    RenderCancelled,
    Rendering,
    Request,
    StyleFeatures,
    encoder_of,
    render,
    render_batch,
)
from semstyle.engine.equipment import Equipment
from semstyle.engine.optimised.method import render_together

SMALL = Parameters(size=64, phases=2, iterations=6, style_layers=("1_1", "2_1"), content_layers=("2_1",))


def image(*size: int, seed: int = 0) -> torch.Tensor:
    coarse = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, size, mode="bicubic").clamp(0, 1)[0]


def halves(height: int, width: int) -> torch.Tensor:
    labels = torch.zeros(3, height, width)
    labels[0, : height // 2] = 1
    labels[2, height // 2 :] = 1
    return labels


STYLE, CONTENT = image(70, 90), image(60, 64, seed=1)


def test_a_doodle_lowers_its_loss_and_has_the_target_maps_aspect(device: torch.device) -> None:
    rendering = render(STYLE, halves(70, 90), halves(30, 40), parameters=SMALL, device=device)
    assert rendering.image.shape == (3, 48, 64)
    assert 0 <= rendering.image.min() <= rendering.image.max() <= 1
    for phase in (1, 2):
        losses = [row.loss for row in rendering.trace if row.phase == phase]
        assert losses[-1] < losses[0]
    assert rendering.to_pil().size == (64, 48)


def test_with_content_and_maps(device: torch.device) -> None:
    rendering = render(STYLE, halves(70, 90), halves(60, 64), CONTENT, SMALL, device=device)
    assert rendering.image.shape == (3, 60, 64)
    assert all(row.content_loss > 0 for row in rendering.trace)


@pytest.mark.parametrize("method", ["semantic", "patch", "gram"])
def test_a_region_with_a_larger_content_weight_stays_nearer_to_the_content(method: str) -> None:
    parameters = dataclasses.replace(SMALL, method=method, iterations=30, content_weight=1.0)
    kept = dataclasses.replace(parameters, content_weights=("#f00=100",))
    maps = halves(70, 90), halves(60, 64)
    without, images = (render(STYLE, *maps, CONTENT, given).image for given in (parameters, kept))
    distances = [(image - CONTENT).square()[:, :28].mean() for image in (without, images)]
    assert distances[1] < 0.5 * distances[0]


def test_without_maps() -> None:
    assert render(STYLE, content=CONTENT, parameters=SMALL).image.shape == (3, 60, 64)


def test_texture_synthesis_takes_the_styles_aspect_or_the_one_asked_for() -> None:
    assert render(STYLE, parameters=SMALL).image.shape == (3, 50, 64)
    assert render(STYLE, parameters=dataclasses.replace(SMALL, aspect=1.0)).image.shape == (3, 64, 64)


def test_the_trace_has_a_row_per_evaluation_with_the_contracts_columns() -> None:
    rendering = render(STYLE, halves(70, 90), halves(64, 64), parameters=SMALL)
    rows = [row.as_dict() for row in rendering.trace]
    assert [(row["phase"], row["evaluation"]) for row in rows] == [(p, e) for p in (1, 2) for e in range(1, 7)]
    assert list(rows[0]) == [
        *("phase", "evaluation", "height", "width", "loss", "content_loss", "style_loss_1_1", "style_loss_2_1"),
        *("smoothness_loss", "grad_max", "match_score", "rematched", "seconds"),
    ]
    assert rows[0]["height"] == 32
    assert rows[-1]["height"] == 64
    assert all(math.isfinite(float(value)) for row in rows for value in row.values())
    assert [row["seconds"] for row in rows] == sorted(float(row["seconds"]) for row in rows)
    assert rendering.metrics["evaluations"] == 12
    assert rendering.metrics["peak_memory"] > 1e6


def test_the_same_seed_gives_the_same_image_and_another_seed_another(device: torch.device) -> None:
    first, again = (render(STYLE, parameters=SMALL, device=device).image for _ in range(2))
    other = render(STYLE, parameters=dataclasses.replace(SMALL, seed=1), device=device).image
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def seen_as_one_batch(requests: list[Request]) -> list[Rendering]:
    return render_together(requests, Equipment(torch.device("cpu")))


@pytest.mark.parametrize("render_all", [render_batch, seen_as_one_batch])
@pytest.mark.parametrize("coherent", [True, False])
def test_a_batch_is_its_renders_alone(render_all: Callable[[list[Request]], list[Rendering]], coherent: bool) -> None:
    maps = halves(70, 90), halves(48, 64)
    one = SMALL if coherent else dataclasses.replace(SMALL, coherence=0, variety=0)
    other = dataclasses.replace(one, seed=5, semantic_weight=10.0, style_weight=60.0)
    requests = [Request(STYLE, *maps, parameters=one), Request(CONTENT, maps[1], maps[1], parameters=other)]
    together = render_all(requests)
    for request, rendering in zip(requests, together, strict=True):
        alone = render_batch([request])[0]
        first_phase = [(one.loss, other.loss) for one, other in zip(rendering.trace[:6], alone.trace[:6], strict=True)]
        assert all(one == pytest.approx(other, rel=1e-4) for one, other in first_phase)
        # Rounding grows where a match is a near tie, of which coherence and prices make more.
        assert coherent or (rendering.image - alone.image).abs().mean() < 1e-3


def test_a_batch_says_how_many_it_had() -> None:
    renderings = render_batch([Request(STYLE, parameters=SMALL)] * 3)
    assert [rendering.metrics["batch"] for rendering in renderings] == [3, 3, 3]


@pytest.mark.parametrize("render_all", [render_batch, render_together])
def test_each_render_of_a_batch_tells_how_it_is_doing(render_all: Callable[..., list[Rendering]]) -> None:
    requests = [Request(STYLE, parameters=dataclasses.replace(SMALL, seed=seed)) for seed in range(3)]
    told: list[list[Progress]] = [[], [], []]
    kept: list[list[Checkpoint]] = [[], [], []]
    courses = [Course(steps.append, phases.append) for steps, phases in zip(told, kept, strict=True)]
    if render_all is render_batch:
        renderings = render_batch(requests, courses=courses)
    else:
        renderings = render_together(requests, Equipment(torch.device("cpu")), courses)
    for number, rendering in enumerate(renderings):
        assert [step.evaluation for step in told[number]] == rendering.trace
        assert [checkpoint.phase for checkpoint in kept[number]] == list(range(1, int(rendering.metrics["phases"])))
        assert all(len(checkpoint.trace) < len(rendering.trace) for checkpoint in kept[number])
    assert kept[0] and not torch.equal(kept[0][0].image, kept[1][0].image)


def test_a_render_of_a_batch_does_not_go_on_from_a_checkpoint() -> None:
    checkpoint = Checkpoint(1, torch.zeros(3, 8, 8), [], 1.0)
    with pytest.raises(ValueError, match="alone"):
        render_batch([Request(STYLE, parameters=SMALL)], courses=[Course(resume=checkpoint)])


def test_a_batch_of_different_sizes_is_refused() -> None:
    small = dataclasses.replace(SMALL, size=48)
    with pytest.raises(InputError, match="output size"):
        render_batch([Request(STYLE, parameters=SMALL), Request(STYLE, parameters=small)])


def test_a_batch_of_what_matches_and_what_does_not_is_refused() -> None:
    gram = dataclasses.replace(SMALL, method="gram")
    with pytest.raises(InputError, match="method"):
        render_batch([Request(STYLE, parameters=gram), Request(STYLE, parameters=SMALL)])


def test_a_render_goes_on_from_a_checkpoint_as_if_it_had_never_stopped() -> None:
    kept: list[Checkpoint] = []
    whole = render(STYLE, parameters=SMALL, on_phase=kept.append)
    assert [(checkpoint.phase, len(checkpoint.trace)) for checkpoint in kept] == [(1, 6)]
    assert kept[0].estimated_seconds > 2 * kept[0].trace[-1].seconds
    resumed = render(STYLE, parameters=SMALL, resume=kept[0])
    assert (whole.metrics["resumed_phases"], resumed.metrics["resumed_phases"]) == (0, 1)
    assert torch.equal(resumed.image, whole.image)
    assert [row.loss for row in resumed.trace] == [row.loss for row in whole.trace]
    seconds = [row.seconds for row in resumed.trace]
    assert seconds == sorted(seconds)


def test_remembered_styles_change_nothing() -> None:
    features = StyleFeatures(10**8)
    first, again = (render(STYLE, parameters=SMALL, style_features=features).image for _ in range(2))
    assert features.hits == 2
    assert torch.equal(first, again)
    assert torch.equal(first, render(STYLE, parameters=SMALL).image)


def test_bfloat16_computes_nearly_the_same_features_and_renders() -> None:
    half = dataclasses.replace(SMALL, precision="bfloat16")
    layers = ("1_1", "3_1", "4_1")
    exact, rounded = (encoder_of(parameters)(STYLE[None], layers) for parameters in (SMALL, half))
    for layer in layers:
        assert rounded[layer].dtype == torch.float32
        assert (rounded[layer] - exact[layer]).norm() < 0.02 * exact[layer].norm()
        assert not torch.equal(rounded[layer], exact[layer])
    losses = [row.loss for row in render(STYLE, parameters=half).trace]
    assert losses[-1] < losses[0]


def test_patch_is_semantic_with_gamma_zero_exactly() -> None:
    maps = (halves(70, 90), halves(64, 64))
    patch = render(STYLE, *maps, parameters=dataclasses.replace(SMALL, method="patch"))
    zero = render(STYLE, *maps, parameters=dataclasses.replace(SMALL, semantic_weight=0.0))
    assert torch.equal(patch.image, zero.image)


def test_progress_counts_up_and_its_estimate_comes_to_nothing() -> None:
    seen: list[Progress] = []
    render(STYLE, parameters=SMALL, on_step=lambda progress: seen.append(progress))
    assert [progress.evaluations_done for progress in seen] == list(range(1, 13))
    assert {progress.evaluations_planned for progress in seen} == {12}
    assert seen[0].seconds_left > 0
    assert seen[-1].seconds_left == 0


def test_cancelling_returns_the_image_so_far(device: torch.device) -> None:
    with pytest.raises(RenderCancelled) as caught:
        render(STYLE, parameters=SMALL, device=device, on_step=lambda progress: progress.evaluations_done < 9)
    assert isinstance(caught.value.image, torch.Tensor)
    assert caught.value.image.shape == (3, 50, 64)


def test_init_from_the_content_or_an_image_starts_there() -> None:
    near = dataclasses.replace(SMALL, init="content", iterations=1, phases=1)
    torch.testing.assert_close(
        render(STYLE, content=CONTENT, parameters=near).image.mean(), CONTENT.mean(), atol=0.05, rtol=0
    )
    given = dataclasses.replace(near, init="start.png")
    assert render(STYLE, parameters=given, init_image=image(9, 9)).image.shape == (3, 50, 64)


def test_a_loss_that_is_never_finite_ends_with_the_last_good_image() -> None:
    class Broken(Encoder):
        def forward(self, image: torch.Tensor, layers: object) -> dict[str, torch.Tensor]:
            features = super().forward(image, ("1_1", "2_1"))
            return {name: x * (torch.nan if image.requires_grad else 1) for name, x in features.items()}

    broken = Broken((4, 4, 4, 4, 4), "3_1").requires_grad_(False)
    with pytest.raises(NonFiniteLossError, match="phase 1") as caught:
        render(STYLE, parameters=SMALL, encoder=broken)
    assert isinstance(caught.value.image, torch.Tensor)
    assert caught.value.image.isfinite().all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"style_map": halves(70, 90)}, "target_map is missing"),
        ({"target_map": halves(70, 90)}, "style_map is missing"),
        ({"style_map": halves(70, 90), "target_map": halves(64, 64)[:2]}, "same channels"),
        ({"style_map": halves(70, 90), "target_map": halves(60, 90), "content": CONTENT}, "same aspect"),
        ({"parameters": dataclasses.replace(SMALL, init="content")}, "init"),
        ({"content": CONTENT[:1]}, r"content: a tensor of shape \(1, 60, 64\); that of an image is 3 × height × width"),
        ({"init_image": CONTENT}, "init_image is given, but the parameter init is noise"),
    ],
)
def test_inputs_that_do_not_fit_are_input_errors(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        render(STYLE, **{"parameters": SMALL, **arguments})
