"""This module computes the style loss of overlapping patches by a vote per pixel (docs/architecture.md, decision 5).

    Σ_i |x_i − y_NN(i)|² = Σ_p w(p) |x_p − T(p)|² + K

where w(p) counts the patches over pixel p, T(p) is the mean of the style pixels that they vote for, and K
does not depend on x. What had k²·C terms per patch has C per pixel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.threads import one_thread

LONGEST = 2**30
"""So many elements at most are multiplied and summed in one call."""


@dataclass(frozen=True)
class Vote:
    """What the matches say each pixel's features should be.

    Attributes:
        mean: T, (C, H, W).
        weight: w, (H, W).
        constant: K, a scalar.
    """

    mean: Tensor
    weight: Tensor
    constant: Tensor

    def distance(self, features: Tensor) -> Tensor:
        """Return Σ_i |x_i − y_NN(i)|² for ``features`` x, (C, H, W)."""
        return weighted_square(features, self.mean, self.weight) + self.constant


class WeightedSquare(torch.autograd.Function):
    """The function Σ_p w(p) |x_p − T(p)|², whose gradient 2w(x − T) is half made when its value is.

    By torch's own rules it takes twice as many passes over the features, a second of a render in layer 1_1. Nothing is
    added up in an order that a GPU might choose anew: each gradient is one product.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor, mean: Tensor, weight: Tensor) -> Tensor:
        difference = (features - mean).permute(1, 2, 0)
        weighted = difference * weight[..., None]
        ctx.save_for_backward(weighted)
        return inner_product(weighted.flatten(), difference.flatten())

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        (weighted,) = ctx.saved_tensors
        return (weighted * (2 * gradient)).permute(2, 0, 1), None, None


def inner_product(one: Tensor, other: Tensor) -> Tensor:
    """Return ⟨one, other⟩ of two vectors of any length; libraries for linear algebra count elements in 32 bits."""
    parts = zip(torch.split(one, LONGEST), torch.split(other, LONGEST), strict=True)
    products = [part.dot(of_other) for part, of_other in parts]
    return products[0] if len(products) == 1 else torch.stack(products).sum()


def weighted_square(features: Tensor, mean: Tensor, weight: Tensor) -> Tensor:
    """Return Σ_p w(p) |x_p − T(p)|² of ``features`` and ``mean`` (C, H, W) and ``weight`` (H, W)."""
    value: Tensor = WeightedSquare.apply(features, mean, weight)
    return value


@dataclass(frozen=True)
class Ballot:
    """The styles' features laid out for voting, one view after another.

    Attributes:
        pixels: (all H_s * W_s + 1, C); the last row is zeros, for votes of patches that do not exist.
        energy: (all H_s * W_s + 1,), |y|² of each pixel.
        corners: (patches,) the number of each patch's first pixel.
        widths: (patches,) W_s of the view that each patch is in.
    """

    pixels: Tensor
    energy: Tensor
    corners: Tensor
    widths: Tensor

    @classmethod
    def of(cls, views: Sequence[Tensor], patch_size: int) -> Ballot:
        """Make a ballot from the features (C, H_s, W_s) of each view."""
        rows = F.pad(torch.cat([features.flatten(1) for features in views], 1).t(), (0, 0, 0, 1))
        corners, widths, first = [], [], 0
        for features in views:
            height, width = features.shape[1:]
            pixels = torch.arange(first, first + height * width, device=features.device).view(height, width)
            corners.append(pixels[: height - patch_size + 1, : width - patch_size + 1].flatten())
            widths.append(torch.full_like(corners[-1], width))
            first += height * width
        return cls(rows, rows.square().sum(1), torch.cat(corners), torch.cat(widths))


def vote(index: Tensor, ballot: Ballot, patch_size: int) -> Vote:
    """Collect every patch's votes for the pixels beneath it, which are added up in the same order on every device.

    Args:
        index: (H', W') the style patch that each patch is matched with.
    """
    voted = voted_pixels(index, ballot, patch_size)
    height, width = voted.shape[:2]
    total = F.embedding_bag(voted.flatten(0, 1), ballot.pixels, mode="sum")
    weight = (voted != len(ballot.energy) - 1).sum(2).to(total.dtype)
    mean = total / weight.reshape(-1, 1)
    with one_thread():
        constant = ballot.energy[voted].sum() - (weight.reshape(-1, 1) * mean.square()).sum()
    return Vote(mean.view(height, width, -1).permute(2, 0, 1), weight, constant)


def voted_pixels(index: Tensor, ballot: Ballot, patch_size: int) -> Tensor:
    """Return, for each pixel, the style pixel that each of the patches over it votes for: (H, W, k²)."""
    row, width = ballot.corners[index], ballot.widths[index]
    rows, columns = index.shape
    shape = (rows + patch_size - 1, columns + patch_size - 1, patch_size**2)
    voted = torch.full(shape, len(ballot.energy) - 1, dtype=torch.int64, device=index.device)
    for dy in range(patch_size):
        if dy:
            row = row + width
        for dx in range(patch_size):
            torch.add(row, dx, out=voted[dy : dy + rows, dx : dx + columns, dy * patch_size + dx])
    return voted
