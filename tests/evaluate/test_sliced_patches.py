"""Sliced distances of patches of pixels, beside patches that are unfolded and sorted one by one."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.evaluate.distance import directions, in_order
from semstyle.evaluate.sliced_patches import SIDE, band_distance, pyramid, sliced_patch_distance


def noise(seed: int, height: int = 96, width: int = 96) -> Tensor:
    return torch.rand(3, height, width, generator=torch.Generator().manual_seed(seed))


def coarse(seed: int) -> Tensor:
    return F.interpolate(noise(seed, 24, 24)[None], scale_factor=4, mode="bilinear")[0]


def projections(image: Tensor, stride: int) -> np.ndarray:
    patches = F.unfold(image[None], SIDE, stride=stride)[0]
    return np.sort((directions(3 * SIDE**2) @ patches).numpy(), axis=1)


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_one_scale_is_the_distance_of_sorted_projections(stride: int) -> None:
    output, style = noise(0), 0.5 * noise(1) + 0.2
    squared = float(((projections(output, stride) - projections(style, stride)) ** 2).mean())
    wanted = math.sqrt(squared / float(style.flatten(1).var(1, correction=0).mean()))
    assert band_distance(output, [style], stride) == pytest.approx(wanted, rel=0.02)


def test_the_directions_are_the_same_for_every_image_and_of_length_one() -> None:
    assert torch.equal(directions(147), directions(147))
    assert torch.allclose(directions(147).norm(dim=1), torch.ones(64))


def test_the_style_itself_has_none_and_each_time_the_same() -> None:
    style = noise(0)
    assert sliced_patch_distance(style, [style]) == 0
    assert sliced_patch_distance(noise(1), [style]) == sliced_patch_distance(noise(1), [style])


def test_it_sees_little_of_where_things_are() -> None:
    style = noise(0)
    moved, twice = style.roll((30, 17), (1, 2)), style.repeat(1, 2, 2)
    found, repeated, other = (sliced_patch_distance(image, [style]) for image in (moved, twice, coarse(1)))
    assert found is not None and repeated is not None and other is not None
    assert found < 0.15 and repeated < 0.15
    assert other > 0.4


def test_the_mean_colour_alone_is_a_deviation_away() -> None:
    style = noise(0, 192, 192)
    mean = style.mean((1, 2), keepdim=True).expand_as(style)
    assert sliced_patch_distance(mean, [style]) == pytest.approx(1, abs=0.1)


def test_styles_are_pooled() -> None:
    first, second = noise(0), coarse(1)
    both = torch.cat([first, second], 2)
    together, apart = sliced_patch_distance(both, [first, second]), sliced_patch_distance(both, [first])
    assert together is not None and apart is not None
    assert together < 0.1 < apart


def test_each_scale_sees_what_the_others_do_not() -> None:
    style = coarse(0)
    speckled = style + 0.05 * (noise(2) - 0.5)
    fine, middle, rest = zip(pyramid(speckled, 3), pyramid(style, 3), strict=True)
    far, near, nearest = (band_distance(ours, [theirs], 1) for ours, theirs in (fine, middle, rest))
    assert far > 2 * near and near > nearest


@pytest.mark.parametrize("size", [(96, 96), (97, 83), (29, 60)])
def test_the_bands_add_up_to_the_image(size: tuple[int, int]) -> None:
    image = noise(0, *size)
    fine, middle, rest = pyramid(image, 3)
    halved = middle + F.interpolate(rest[None], middle.shape[1:], mode="bilinear")[0]
    assert torch.allclose(fine + F.interpolate(halved[None], size, mode="bilinear")[0], image, atol=1e-6)


def test_small_images_have_fewer_scales_and_tiny_ones_none() -> None:
    assert sliced_patch_distance(noise(0, 27, 40), [noise(1, 30, 30)]) is not None
    assert sliced_patch_distance(noise(0, 7, 7), [noise(1, 30, 30)]) is not None
    assert sliced_patch_distance(noise(0, 6, 40), [noise(1, 30, 30)]) is None
    assert sliced_patch_distance(noise(0, 40, 40), [noise(1, 40, 6)]) is None


def test_a_flat_style_has_none() -> None:
    assert sliced_patch_distance(noise(0), [torch.full((3, 96, 96), 0.5)]) is None


def test_values_are_in_order_as_torch_has_them() -> None:
    values = torch.randn(5, 999, generator=torch.Generator().manual_seed(0))
    assert torch.equal(in_order(values), values.sort(1).values)
