"""The content's colours stay where they are, and its luminance is made anew."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from semstyle.engine import Checkpoint, InputError, Parameters, RenderCancelled, Request, StyleFeatures, render
from semstyle.engine.inputs.luminance import grey, grey_as, luminance, with_colors_of
from semstyle.engine.inputs.scene import Scene

SMALL = Parameters(
    size=64, phases=2, iterations=5, style_layers=("1_1", "2_1"), content_layers=("2_1",), preserve_color="content"
)


def image(*size: int, seed: int = 0) -> torch.Tensor:
    coarse = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, size, mode="bicubic").clamp(0, 1)[0]


STYLE, CONTENT = image(70, 90), 0.3 + 0.4 * image(60, 64, seed=1)


def chrominance(picture: torch.Tensor) -> torch.Tensor:
    return picture - luminance(picture)


def test_grey_has_the_luminance_and_no_colour() -> None:
    assert luminance(torch.ones(3, 2, 2)).tolist() == [[pytest.approx(1)] * 2] * 2
    torch.testing.assert_close(luminance(grey(STYLE)), luminance(STYLE))
    assert chrominance(grey(STYLE)).abs().max() < 1e-6


def test_a_style_takes_the_contents_mean_and_deviation() -> None:
    matched, wanted = luminance(grey_as(STYLE, CONTENT)), luminance(CONTENT)
    torch.testing.assert_close(matched.mean(), wanted.mean(), atol=0.01, rtol=0)
    torch.testing.assert_close(matched.std(), wanted.std(), atol=0.01, rtol=0)
    flat = grey_as(torch.full((3, 4, 4), 0.9), CONTENT)
    assert flat.isfinite().all()


def test_colours_are_the_contents_and_luminance_is_the_images() -> None:
    made = with_colors_of(grey(0.4 + 0.2 * image(60, 64, seed=3)), CONTENT)
    inside = ((made > 0) & (made < 1)).all(0)
    assert inside.float().mean() > 0.5
    torch.testing.assert_close(chrominance(made)[:, inside], chrominance(CONTENT)[:, inside])
    torch.testing.assert_close(luminance(made)[inside], luminance(0.4 + 0.2 * image(60, 64, seed=3))[inside])


@pytest.mark.parametrize("method", ["semantic", "gram"])
@pytest.mark.parametrize("init", ["noise", "content"])
def test_a_render_keeps_the_contents_colours(method: str, init: str, device: torch.device) -> None:
    parameters = dataclasses.replace(SMALL, method=method, init=init)
    made = render([STYLE, image(50, 50, seed=4)], content=CONTENT, parameters=parameters, device=device).image
    content = torch.nn.functional.interpolate(CONTENT[None], made.shape[1:], mode="bicubic")[0]
    assert (chrominance(made) - chrominance(content)).abs().mean() < 0.01
    assert (luminance(made) - luminance(content)).abs().mean() > 0.002


def test_it_goes_on_from_a_checkpoint_to_the_same_image() -> None:
    kept: list[Checkpoint] = []
    whole = render(STYLE, content=CONTENT, parameters=SMALL, on_phase=kept.append)
    resumed = render(STYLE, content=CONTENT, parameters=SMALL, resume=kept[0])
    assert torch.equal(whole.image, resumed.image)


def test_what_is_cancelled_has_its_colours_too() -> None:
    with pytest.raises(RenderCancelled) as stopped:
        render(STYLE, content=CONTENT, parameters=SMALL, on_step=lambda progress: progress.evaluations_done < 4)
    made = stopped.value.image
    assert isinstance(made, torch.Tensor)
    content = torch.nn.functional.interpolate(CONTENT[None], made.shape[1:], mode="bicubic", antialias=True)[0]
    assert (chrominance(made) - chrominance(content)).abs().mean() < 0.01


def test_a_style_without_its_colours_is_another_to_the_memory() -> None:
    features = StyleFeatures(2**26)
    for parameters in (SMALL, dataclasses.replace(SMALL, preserve_color="style")):
        render(STYLE, content=CONTENT, parameters=parameters, style_features=features)
    assert features.hits == 0


def test_without_a_content_there_are_no_colours_to_keep() -> None:
    with pytest.raises(InputError, match="preserve_color: is content, but there is no content image"):
        Scene(Request(STYLE, parameters=SMALL), torch.device("cpu"))
