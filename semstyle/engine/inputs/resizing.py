"""Resizing images."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.inputs.phases import Size


def image_size(image: Tensor) -> Size:
    return image.shape[-2], image.shape[-1]


MOST_REDUCTION = 32
"""An antialiased reduction takes so many pixels into one at most: a GPU's memory for it ends at about 47."""
BEFORE_REDUCTION = 8
"""What is reduced more is averaged first, to so many times the size."""


def resized(image: Tensor, size: Size) -> Tensor:
    """Resize by bicubic interpolation, antialiased when smaller; values are clamped to 0..1, but never stretched.

    What is made more than 32 times smaller is averaged first.
    """
    if image_size(image) == size:
        return image
    pairs = list(zip(image_size(image), size, strict=True))
    if any(own > MOST_REDUCTION * wanted for own, wanted in pairs):
        between = [min(own, BEFORE_REDUCTION * wanted) for own, wanted in pairs]
        image = F.interpolate(image[None], between, mode="area")[0]
    return F.interpolate(image[None], size, mode="bicubic", antialias=True)[0].clamp(0, 1)
