"""This module measures how sharp and how grainy a finished image is, beside its style."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.inputs.resizing import image_size, resized
from semstyle.evaluate.gaussian import gaussian, weighted

LUMA = (0.2126, 0.7152, 0.0722)
"""Rec. 709's weights of red, green and blue."""
SIGMA = 1.0
"""The σ, in pixels, of the Gaussian that divides grain from form: at half the Nyquist frequency it takes away half of
the energy."""
RADIUS = 4
FAINTEST = 1e-8
"""Energies below this are rounding."""


def sharpness(output: Tensor, styles: Sequence[Tensor]) -> float | None:
    """Return the rms slope of the luma, blurred by σ = 1 pixel, over the styles'; 1 = as sharp as the style.

    Blur lowers it and so does lost contrast, in proportion; grain hardly raises it. Images (3, H, W) are compared
    at their own size, a style larger than the output at the output's area. The result is None for a flat style.
    """
    squared = ratio(slope_energy, output, styles)
    return None if squared is None else math.sqrt(squared)


def high_frequency_ratio(output: Tensor, styles: Sequence[Tensor]) -> float | None:
    """Return the energy of the luma's grain over the styles'; 1 = as grainy as the style.

    The grain is what a Gaussian of σ = 1 pixel takes away; its energy is the mean square. Images are compared at the
    sizes of :func:`sharpness`. White noise of variance v adds 0.76 v to the output's energy. The result is None for a
    style without grain.
    """
    return ratio(grain_energy, output, styles)


def ratio(energy: Callable[[Tensor], Tensor], output: Tensor, styles: Sequence[Tensor]) -> float | None:
    height, width = image_size(output)
    own = sum(float(energy(luma(reduced(style, height * width)))) for style in styles) / len(styles)
    return float(energy(luma(output))) / own if own > FAINTEST else None


def slope_energy(values: Tensor) -> Tensor:
    blurred = blur(values)
    return blurred.diff(dim=0).square().mean() + blurred.diff(dim=1).square().mean()


def grain_energy(values: Tensor) -> Tensor:
    return (values - blur(values)).square().mean()


def luma(image: Tensor) -> Tensor:
    """Return the luma of an image: (3, H, W) to (H, W)."""
    return torch.einsum("c,chw->hw", torch.tensor(LUMA).to(image), image)


def reduced(image: Tensor, pixels: int) -> Tensor:
    height, width = image_size(image)
    scale = math.sqrt(pixels / (height * width))
    return image if scale >= 1 else resized(image, (max(1, round(height * scale)), max(1, round(width * scale))))


def blur(values: Tensor) -> Tensor:
    """Blur ``values`` (H, W) by a Gaussian of σ = 1 pixel, with the border repeated."""
    padded = F.pad(values[None, None], (RADIUS,) * 4, mode="replicate")[0, 0]
    return weighted(padded, gaussian(SIGMA, RADIUS))
