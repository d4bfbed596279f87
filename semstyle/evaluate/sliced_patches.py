"""This module measures how far the small patches of a finished image's pixels are, all together, from its style's."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.inputs.resizing import image_size
from semstyle.evaluate.distance import directions, quantiles

SIDE = 7
"""The side of a patch in pixels."""
STRIDES = (3, 2, 1)
"""The way from a patch to the next in each scale, the finest first: neighbours tell little that is new."""
FAINTEST = 1e-8
"""A scale at which the styles vary less is flat."""


def sliced_patch_distance(output: Tensor, styles: Sequence[Tensor]) -> float | None:
    """Return the sliced Wasserstein distance of patches of pixels at three scales, 0 or more.

    The scales are those of a Laplacian pyramid: what halving the image takes away, what halving it again does, and what
    is left (as Karras et al. 2018 compare sets of images). In each the patches are of 7 × 7 pixels in three colours,
    and their distance is the √ of the mean over 64 directions θ, the same for every image, of W₂²(⟨θ, x⟩, ⟨θ, y⟩), in
    units of the styles' standard deviation at this scale (Rabin et al. 2011). The result is the mean over scales; an
    image of nothing but the styles' mean colour has about 1.

    Args:
        output: (3, H, W) in 0..1.
        styles: Each (3, h, w), whose patches are pooled.

    Returns:
        None when an image has no patch, or the styles are flat; a scale at which that is so is left out.
    """
    count = scale_count([output, *styles])
    bands = zip(pyramid(output, count), *(pyramid(style, count) for style in styles), strict=True)
    found = [
        band_distance(ours, theirs, stride)
        for (ours, *theirs), stride in zip(bands, STRIDES, strict=False)
        if float(spread(theirs)) > FAINTEST
    ]
    return sum(found) / len(found) if found else None


def scale_count(images: Sequence[Tensor]) -> int:
    """Return how often all of ``images`` can be halved and still have a patch, and one more; at most three."""
    smallest = min(min(image_size(image)) for image in images)
    return sum(smallest >> halvings >= SIDE for halvings in range(len(STRIDES)))


def pyramid(image: Tensor, count: int) -> list[Tensor]:
    """Return ``image`` (3, H, W) as so many bands, the finest first, which add up to it when they are enlarged."""
    bands = []
    for _ in range(count - 1):
        halved = F.avg_pool2d(image[None], 2)
        bands.append(image - F.interpolate(halved, image_size(image), mode="bilinear")[0])
        image = halved[0]
    return [*bands, image][:count]


def band_distance(output: Tensor, styles: Sequence[Tensor], stride: int) -> float:
    """Return the distance at one scale, of ``output`` (3, H, W) and ``styles`` (3, h, w)."""
    thetas = directions(output.shape[0] * SIDE**2).to(output).view(-1, output.shape[0], SIDE, SIDE)
    theirs = torch.cat([F.conv2d(style, thetas, stride=stride).flatten(1) for style in styles], 1)
    difference = quantiles(F.conv2d(output, thetas, stride=stride).flatten(1)) - quantiles(theirs)
    return float((difference.square().mean() / spread(styles)).sqrt())


def spread(styles: Sequence[Tensor]) -> Tensor:
    """Return the variance of ``styles`` (3, h, w) over the pixels of all of them, mean over colours."""
    return torch.cat([style.flatten(1) for style in styles], 1).var(1, correction=0).mean()
