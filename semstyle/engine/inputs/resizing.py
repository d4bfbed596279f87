"""Resizing images."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.inputs.phases import Size


def image_size(image: Tensor) -> Size:
    return image.shape[-2], image.shape[-1]


def resized(image: Tensor, size: Size) -> Tensor:
    """Resize by bicubic interpolation, antialiased when smaller; values are clamped to 0..1, but never stretched."""
    if image_size(image) == size:
        return image
    return F.interpolate(image[None], size, mode="bicubic", antialias=True)[0].clamp(0, 1)
