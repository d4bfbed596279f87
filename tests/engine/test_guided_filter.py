"""Colours of one image with the edges of another, against plain least squares, and whole renders that end so."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch import Tensor

from semstyle.engine import InputError, Parameters, RenderCancelled, Request, render, render_batch
from semstyle.engine.guided_filter import SHRINKING, local_fit, with_detail_of
from semstyle.engine.inputs.luminance import with_colors_of
from semstyle.engine.inputs.resizing import resized
from semstyle.engine.inputs.scene import Scene

SMALL = Parameters(size=64, phases=2, iterations=4, style_layers=("1_1", "2_1"), content_layers=("2_1",))
PHOTO = dataclasses.replace(SMALL, preserve="photo")


def image(*size: int, seed: int = 0) -> Tensor:
    coarse = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(coarse, size, mode="bicubic").clamp(0, 1)[0]


STYLE, CONTENT = image(70, 90), image(60, 64, seed=1)


def plain_fit(p: np.ndarray, guide: np.ndarray, radius: int, epsilon: float) -> tuple[np.ndarray, np.ndarray]:
    """As ``local_fit``, window by window, by the least squares of all pixels with a row for each of the ε |a|²."""
    height, width = p.shape[1:]
    windows = [
        [(slice(max(0, y - radius), y + radius + 1), slice(max(0, x - radius), x + radius + 1)) for x in range(width)]
        for y in range(height)
    ]
    slopes, offsets = np.zeros((height, width, 3, 3)), np.zeros((height, width, 3))
    for y, x in np.ndindex(height, width):
        colors, wanted = (values[:, *windows[y][x]].reshape(3, -1).T for values in (guide, p))
        ridge = np.sqrt(epsilon * len(colors)) * np.eye(3, 4)
        rows = np.concatenate([np.column_stack([colors, np.ones(len(colors))]), ridge])
        solution = np.linalg.lstsq(rows, np.concatenate([wanted, np.zeros((3, 3))]), rcond=None)[0]
        slopes[y, x], offsets[y, x] = solution[:3].T, solution[3]
    mean_slopes, mean_offsets = np.zeros((3, 3, height, width)), np.zeros((3, height, width))
    for y, x in np.ndindex(height, width):
        mean_slopes[:, :, y, x] = slopes[windows[y][x]].mean((0, 1))
        mean_offsets[:, y, x] = offsets[windows[y][x]].mean((0, 1))
    return mean_slopes, mean_offsets


@pytest.mark.parametrize(("radius", "epsilon"), [(1, 1e-2), (2, 1e-3), (9, 1e-4)])
def test_each_window_has_the_least_squares(radius: int, epsilon: float, device: torch.device) -> None:
    generator = torch.Generator().manual_seed(0)
    p, guide = torch.rand(2, 3, 11, 8, generator=generator)
    slopes, offsets = local_fit(p.to(device), guide.to(device), radius, epsilon)
    wanted = plain_fit(p.double().numpy(), guide.double().numpy(), radius, epsilon)
    np.testing.assert_allclose(slopes.cpu(), wanted[0], atol=1e-5)
    np.testing.assert_allclose(offsets.cpu(), wanted[1], atol=1e-5)


def test_an_image_that_is_its_own_guide_stays() -> None:
    slopes, offsets = local_fit(CONTENT, CONTENT, 3, 1e-12)
    torch.testing.assert_close((slopes * CONTENT).sum(1) + offsets, CONTENT)
    assert (with_detail_of(CONTENT, CONTENT) - CONTENT).abs().mean() < 5e-3


@pytest.mark.parametrize("size", [(64, 40), (37, 50), (5, 3)])
def test_an_even_image_stays(size: tuple[int, int]) -> None:
    even = torch.tensor([0.2, 0.5, 0.9])[:, None, None].expand(3, *size)
    torch.testing.assert_close(with_detail_of(even, image(*size)), even)


def test_other_colours_of_the_guide_stay() -> None:
    change = torch.tensor([[0.2, 0.1, 0.3], [0.0, 0.5, -0.2], [-0.3, 0.1, 0.6]])
    recolored = torch.einsum("oc,chw->ohw", change, CONTENT) + 0.25
    assert (with_detail_of(recolored, CONTENT) - recolored).abs().mean() < 5e-3


def test_edges_are_the_guides_and_a_weave_is_gone() -> None:
    dark, bright = torch.tensor([0.3, 0.1, 0.2]), torch.tensor([0.6, 0.7, 0.9])

    def halves(edge: int) -> Tensor:
        is_bright = torch.arange(256) >= edge
        return torch.where(is_bright[:, None], bright, dark).t()[:, None].expand(3, 256, 256)

    weave = 0.05 * torch.sin(torch.arange(256) * torch.pi / 2)
    made = with_detail_of(1 - halves(130) + weave[:, None] * weave, halves(128))
    columns = made[0].mean(0)
    steps = -columns.diff()
    assert steps[127] > 0.5 * (columns[20] - columns[236])
    assert steps[:127].max() < 0.02 and steps[128:].max() < 0.02
    assert made.std(1).max() < 1e-3


@pytest.mark.parametrize("method", ["semantic", "patch", "gram", "analogy", "color"])
def test_what_a_render_makes_is_given_the_contents_detail(method: str, device: torch.device) -> None:
    parameters = dataclasses.replace(SMALL, method=method, passes=1, detail_layers=None)
    plain = render(STYLE, content=CONTENT, parameters=parameters, device=device).image
    made = render(STYLE, content=CONTENT, parameters=dataclasses.replace(parameters, preserve="photo"), device=device)
    wanted = with_detail_of(plain, resized(CONTENT, (60, 64)))
    torch.testing.assert_close(made.image, wanted, atol=1e-5, rtol=0)
    assert (made.image - plain).abs().mean() > 0.002


def test_colours_are_kept_too() -> None:
    both = dataclasses.replace(PHOTO, preserve_color="content")
    plain = render(STYLE, content=CONTENT, parameters=dataclasses.replace(both, preserve="none"))
    made = render(STYLE, content=CONTENT, parameters=both).image
    assert (made - plain.image).abs().mean() > 0.002
    inside = ((made > 0) & (made < 1)).all(0)
    assert inside.float().mean() > 0.5
    torch.testing.assert_close(with_colors_of(made, CONTENT)[:, inside], made[:, inside])


def test_each_of_a_batch_has_its_own() -> None:
    requests = [Request(STYLE, content=CONTENT, parameters=parameters) for parameters in (SMALL, PHOTO)]
    plain, made = (rendering.image for rendering in render_batch(requests))
    assert torch.equal(made, with_detail_of(plain, CONTENT))


def test_what_is_cancelled_has_it_too() -> None:
    images = []
    for parameters in (SMALL, PHOTO):
        with pytest.raises(RenderCancelled) as stopped:
            render(
                STYLE, content=CONTENT, parameters=parameters, on_step=lambda progress: progress.evaluations_done < 6
            )
        assert isinstance(stopped.value.image, Tensor)
        images.append(stopped.value.image)
    torch.testing.assert_close(images[1], with_detail_of(images[0], CONTENT))


def test_without_a_content_there_is_no_detail() -> None:
    with pytest.raises(InputError, match="preserve: is photo, but there is no content image; give it, or use none"):
        Scene(Request(STYLE, parameters=PHOTO), torch.device("cpu"))


def test_windows_are_a_share_of_the_image() -> None:
    small, large = (with_detail_of(image(side, side, seed=3), image(side, side, seed=4)) for side in (384, 768))
    assert 384 % SHRINKING == 0
    assert (resized(large, (384, 384)) - small).abs().mean() < 0.01
