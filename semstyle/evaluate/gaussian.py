"""This module takes weighted means of neighbouring pixels under a Gaussian."""

from __future__ import annotations

import torch
from torch import Tensor


def gaussian(sigma: float, radius: int) -> Tensor:
    """Return the weights of a Gaussian of σ = ``sigma`` pixels, which add up to 1: (2 ``radius`` + 1,), float64."""
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float64)
    weights: Tensor = torch.exp(-offsets.square() / (2 * sigma**2))
    weights /= weights.sum()
    return weights


def weighted(values: Tensor, weights: Tensor) -> Tensor:
    """Return the mean of ``values`` under ``weights``, down and across, wherever they fit.

    Args:
        values: (..., H, W).
        weights: (2 r + 1,), the same from both ends.

    Returns:
        (..., H - 2 r, W - 2 r).
    """
    return weighted_along(weighted_along(values, weights, -2), weights, -1)


def weighted_along(values: Tensor, weights: Tensor, axis: int) -> Tensor:
    # Sums of shifted images: torch's convolution of a single channel takes five times as long on a CPU.
    middle, *following = weights[len(weights) // 2 :].tolist()
    radius, size = len(following), values.shape[axis] - 2 * len(following)
    total: Tensor = values.narrow(axis, radius, size) * middle
    for offset, weight in enumerate(following, 1):
        pair = values.narrow(axis, radius - offset, size) + values.narrow(axis, radius + offset, size)
        total.add_(pair, alpha=weight)
    return total
