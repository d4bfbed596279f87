"""This module measures whether a finished image has its content's edges."""

from __future__ import annotations

import torch
from torch import Tensor

from semstyle.engine.inputs.luminance import luminance
from semstyle.engine.inputs.resizing import image_size
from semstyle.evaluate.gaussian import gaussian, weighted

SIGMA, RADIUS = 1.5, 5
"""The Gaussian window over which edges are compared, in pixels."""
K1, K2 = 0.01, 0.03
"""Wang et al.'s constants, which keep flat places from counting as different."""
FAINTEST = 1e-4
"""A content whose steepest edge is flatter, in luminance per pixel, has no edges."""


def structure(output: Tensor, content: Tensor) -> float | None:
    """Return how alike the edges of ``output`` and ``content`` are, 0..1; 1 = the content's own.

    This is the structural similarity of the two images' edge maps, mean over all places; a negative mean counts as 0
    (SSIM; Wang, Bovik, Sheikh & Simoncelli 2004, with their Gaussian window of σ = 1.5 pixels over 11 × 11 and their
    constants). An edge map is the magnitude of the luminance's gradient by Sobel's operator, and the range of values in
    the formula is the content's largest magnitude, so that a content of low contrast is judged as sternly as another.

    Args:
        output, content: (3, H, W) in 0..1, of one size.

    Returns:
        None for images of less than 13 pixels on a side, or a content without edges.
    """
    if min(image_size(output)) < 2 * RADIUS + 3:
        return None
    ours, theirs = edges(output), edges(content)
    steepest = float(theirs.max())
    if steepest < FAINTEST:
        return None
    return max(0.0, float(similarity(ours / steepest, theirs / steepest).mean()))


def edges(image: Tensor) -> Tensor:
    """Return the magnitude of the gradient of the luminance of ``image`` (3, H, W), per pixel: (H - 2, W - 2)."""
    values = luminance(image)
    across = smoothed(values[:, 2:] - values[:, :-2])
    down = smoothed((values[2:] - values[:-2]).t()).t()
    return torch.hypot(down, across) / 2


def smoothed(slope: Tensor) -> Tensor:
    """Return Sobel's mean of three rows: (H, W) to (H - 2, W)."""
    return (slope[:-2] + 2 * slope[1:-1] + slope[2:]) / 4


def similarity(first: Tensor, second: Tensor) -> Tensor:
    """Return the SSIM at each place around which the window fits, of (H, W) in 0..1: (H - 10, W - 10), -1..1."""
    moments = torch.stack([first, second, first.square(), second.square(), first * second])
    mean, other, squared, other_squared, product = weighted(moments, gaussian(SIGMA, RADIUS))
    variance, other_variance = squared - mean.square(), other_squared - other.square()
    covariance = product - mean * other
    levels = (2 * mean * other + K1**2) / (mean.square() + other.square() + K1**2)
    patterns = (2 * covariance + K2**2) / (variance + other_variance + K2**2)
    alike: Tensor = levels * patterns
    return alike
