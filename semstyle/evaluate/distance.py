"""This module measures how far a finished image's features are from its style's and its content's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from semstyle.evaluate.nearest import variance

DIRECTIONS = 64
QUANTILES = 256
SEED = 0


def content_distance(output: Tensor, content: Tensor) -> float:
    """Return the mean square difference of features (C, h, w), in units of the content's variance; 0 or more.

    The content itself has 0, its own mean has 1, and the content in another order has 2.
    """
    return float((output - content).square().mean() / variance([content]))


def style_wasserstein(output: Tensor, styles: Sequence[Tensor]) -> float:
    """Return the sliced Wasserstein distance of features of ``output`` (C, H, W) and ``styles`` (C, h, w); 0 or more.

    It is √ of the mean over 64 directions θ, the same for every image, of W₂²(⟨θ, x⟩, ⟨θ, y⟩), in units of the styles'
    standard deviation (Rabin et al. 2011). It asks whether the image has all of the style in its proportions,
    wherever things are, where ``style_distance`` asks whether each patch is like some patch of the style.
    """
    thetas = directions(len(output)).to(output)
    pooled = torch.cat([style.flatten(1) for style in styles], 1)
    difference = quantiles(thetas @ output.flatten(1)) - quantiles(thetas @ pooled)
    return float((difference.square().mean() / variance(styles)).sqrt())


def directions(elements: int) -> Tensor:
    """Return the 64 directions in which distributions are compared, (64, elements), each of length 1."""
    generator = torch.Generator().manual_seed(SEED)
    drawn = torch.randn(DIRECTIONS, elements, generator=generator)
    return torch.nn.functional.normalize(drawn)


def quantiles(values: Tensor) -> Tensor:
    """Return each row's values at 256 evenly spaced shares of its samples, interpolated: (N, samples) to (N, 256)."""
    ordered = in_order(values)
    samples = ordered.shape[1]
    shares = (torch.arange(QUANTILES, device=values.device, dtype=torch.float64) + 0.5) / QUANTILES
    places = (shares * samples - 0.5).clamp(0, samples - 1)
    below = places.floor().long()
    above = (below + 1).clamp_max(samples - 1)
    return torch.lerp(ordered[:, below], ordered[:, above], (places - below).to(values.dtype))


def in_order(values: Tensor) -> Tensor:
    """Return each row of (N, samples) from its smallest value to its largest."""
    if values.device.type != "cpu":
        return values.sort(1).values
    # On a CPU numpy's takes a twentieth of the time of torch's.
    return torch.from_numpy(np.sort(values.numpy(), axis=1))
