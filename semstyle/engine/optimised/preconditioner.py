"""This module has a preconditioner for images, by which an optimiser needs fewer evaluations for the same loss.

L-BFGS begins each direction with a guess at the inverse Hessian, a multiple of the identity (Nocedal & Wright 2006,
equation 7.20). Coarse and fine structures are not alike: a loss over an encoder's features and differences of pixels
curves more along fine structure, so that a step short enough for it hardly moves the coarse. The guess here is a filter
by frequency instead.
"""

from __future__ import annotations

import torch
from torch import Tensor

CUTOFF = 0.04
"""Cycles per pixel from which on a gradient is damped: 25 pixels a period."""
STEEPNESS = 0.4
"""The power of 1 + (f / cutoff)² by which it is damped: with 0.5, in inverse proportion to high frequencies."""
CHROMA = 0.4
"""The factor on differences of colour, along which the loss curves more than along luminance."""


class FrequencyFilter:
    """A symmetric, positive definite map of images: each frequency f, in cycles per pixel, times (1 + (f/0.04)²)^−0.4.

    The part of an image that is not grey is multiplied by 0.4, too. Opposite edges count as neighbours.

    Args:
        like: An image (3, H, W) of the size, type and device of those to filter.
    """

    def __init__(self, like: Tensor) -> None:
        height, width = like.shape[-2:]
        down = torch.fft.fftfreq(height, dtype=torch.float64)[:, None]
        right = torch.fft.rfftfreq(width, dtype=torch.float64)
        gains = (1 + (down.square() + right.square()) / CUTOFF**2) ** -STEEPNESS
        self.gains = gains.to(like)

    def __call__(self, image: Tensor) -> Tensor:
        """Return ``image`` (3, H, W) filtered."""
        grey = image.mean(0, keepdim=True)
        mixed = torch.lerp(grey, image, CHROMA)
        filtered: Tensor = torch.fft.irfft2(torch.fft.rfft2(mixed) * self.gains, image.shape[-2:])
        return filtered
