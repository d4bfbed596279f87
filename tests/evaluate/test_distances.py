"""Distances of features and colours, and grain, where the right value is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter
from skimage.color import rgb2lab
from torch import Tensor

from semstyle.engine.inputs.resizing import resized
from semstyle.evaluate.color import lab, label_color_distance
from semstyle.evaluate.distance import content_distance, style_wasserstein
from semstyle.evaluate.gaussian import gaussian
from semstyle.evaluate.grain import RADIUS, SIGMA, high_frequency_ratio, sharpness
from semstyle.evaluate.labels import MapLabels


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def grey(values: Tensor) -> Tensor:
    return values.expand(3, *values.shape[-2:])


def flat(*color: float) -> Tensor:
    return torch.tensor(color, dtype=torch.float32)[:, None, None].expand(3, 20, 20).contiguous()


def test_content_distance_counts_in_variances() -> None:
    content = noise(5, 30, 30) + 9
    assert content_distance(content, content) == 0
    mean = content.mean((1, 2), keepdim=True).expand_as(content)
    assert content_distance(mean, content) == pytest.approx(1, rel=1e-4)
    assert content_distance(noise(5, 30, 30, seed=1) + 9, content) == pytest.approx(2, rel=0.05)


def test_wasserstein_of_a_shift_is_the_shift() -> None:
    style = noise(1, 40, 50)
    deviation = float(style.std(correction=0))
    assert style_wasserstein(style + 3, [style]) == pytest.approx(3 / deviation, rel=1e-3)


def test_wasserstein_does_not_see_where_things_are() -> None:
    style = noise(7, 20, 30)
    elsewhere = style.flatten(1)[:, torch.randperm(600, generator=torch.Generator().manual_seed(0))].view(7, 30, 20)
    assert style_wasserstein(elsewhere, [style]) < 1e-5
    assert style_wasserstein(elsewhere, [style[:, :10], style[:, 10:]]) < 1e-5
    assert style_wasserstein(style.repeat(1, 2, 2), [style]) < 0.02
    assert style_wasserstein(noise(7, 20, 30, seed=1) * 2, [style]) == pytest.approx(1, rel=0.1)


def test_lab_is_that_of_scikit_image() -> None:
    image = torch.rand(3, 40, 40, generator=torch.Generator().manual_seed(0))
    wanted = rgb2lab(image.permute(1, 2, 0).numpy(), channel_axis=-1)
    assert np.abs(lab(image).permute(1, 2, 0).numpy() - wanted).max() < 0.02


def test_label_color_distance_of_flat_colours_is_their_difference() -> None:
    one = torch.zeros(20, 20, dtype=torch.int64)
    labels = MapLabels(one, (one,))
    assert label_color_distance(flat(1, 1, 1), [flat(0, 0, 0)], labels) == pytest.approx(100, abs=0.01)
    first, second = flat(0.5, 0.4, 0.3), flat(0.55, 0.4, 0.2)
    difference = (lab(first) - lab(second))[:, 0, 0].norm()
    assert label_color_distance(first, [second], labels) == pytest.approx(float(difference), abs=0.01)


def test_label_color_distance_of_shifted_lightness_is_the_shift() -> None:
    generator = torch.Generator().manual_seed(0)
    lightness = 30 + 40 * torch.rand(20, 20, generator=generator)
    one = torch.zeros(20, 20, dtype=torch.int64)
    found = label_color_distance(grey_of(lightness + 12), [grey_of(lightness)], MapLabels(one, (one,)))
    assert found == pytest.approx(12, abs=0.05)


def grey_of(lightness: Tensor) -> Tensor:
    """The sRGB grey of an L* above 8."""
    linear = ((lightness + 16) / 116) ** 3
    return grey(1.055 * linear ** (1 / 2.4) - 0.055)


def test_label_color_distance_weighs_labels_by_area_and_leaves_out_what_the_style_lacks() -> None:
    target = torch.zeros(20, 20, dtype=torch.int64)
    target[:5] = 1
    target[15:] = 2
    style = torch.zeros(20, 20, dtype=torch.int64)
    style[10:] = 1
    output = flat(0, 0, 0)
    output[:, :5] = 1
    found = label_color_distance(output, [flat(0, 0, 0)], MapLabels(target, (style,)))
    assert found == pytest.approx(100 * 5 / 15, abs=0.01)
    nowhere = torch.full((20, 20), 9)
    assert label_color_distance(output, [output], MapLabels(nowhere, (style,))) is None


def test_noise_raises_the_high_frequency_ratio_by_its_variance() -> None:
    quiet, loud = 0.02 * noise(400, 400), 0.03 * noise(400, 400, seed=1)
    style = grey(0.5 + quiet)
    assert high_frequency_ratio(style, [style]) == 1
    found = high_frequency_ratio(grey(0.5 + quiet + loud), [style])
    assert found == pytest.approx(1 + 0.03**2 / 0.02**2, rel=0.03)


def test_the_share_of_white_noise_that_is_grain() -> None:
    taps = gaussian(SIGMA, RADIUS)
    taps = -torch.outer(taps, taps)
    taps[4, 4] += 1
    assert float(taps.square().sum()) == pytest.approx(0.76, abs=0.005)  # the number that the docstring gives


def test_half_of_the_energy_at_half_nyquist_is_grain() -> None:
    wave = torch.sin(math.pi / 2 * torch.arange(400) + 0.4).expand(400, 400)
    finest = torch.sin(math.pi * torch.arange(400) + math.pi / 2).expand(400, 400)
    found = high_frequency_ratio(grey(0.5 + 0.1 * wave), [grey(0.5 + 0.1 * finest / math.sqrt(2))])
    assert found == pytest.approx(0.5, abs=0.02)


def test_sharpness_falls_with_contrast_and_blur_and_hardly_rises_with_grain() -> None:
    edges = (torch.arange(200) // 20 % 2).float().expand(200, 200)
    style = grey(0.3 + 0.4 * edges)
    assert sharpness(style, [style]) == 1
    assert sharpness(grey(0.3 + 0.1 * edges), [style]) == pytest.approx(0.25, rel=1e-3)
    picture = Image.fromarray((style * 255).byte().permute(1, 2, 0).numpy(), "RGB")
    blurred = torch.from_numpy(np.array(picture.filter(ImageFilter.GaussianBlur(3)))).permute(2, 0, 1) / 255
    found = sharpness(blurred, [style])
    assert found is not None and found < 0.6
    grainy = grey(style[0] + 0.02 * noise(200, 200))
    assert sharpness(grainy, [style]) == pytest.approx(1, abs=0.05)
    ratio = high_frequency_ratio(grainy, [style])
    assert ratio is not None and ratio > 1.1


def test_a_small_style_is_compared_at_its_own_size_and_a_large_one_at_the_outputs() -> None:
    style = grey(0.5 + 0.02 * noise(100, 100))
    assert high_frequency_ratio(grey(0.5 + 0.02 * noise(300, 300, seed=1)), [style]) == pytest.approx(1, rel=0.05)
    large = torch.nn.functional.interpolate(style[None], scale_factor=2, mode="nearest")[0]
    assert high_frequency_ratio(resized(large, (100, 100)), [large]) == pytest.approx(1)
