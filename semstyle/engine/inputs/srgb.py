"""The curve of sRGB (IEC 61966-2-1), which turns what a file holds into light and back."""

from __future__ import annotations

import torch
from torch import Tensor


def to_linear(image: Tensor) -> Tensor:
    """Turn an sRGB image in 0..1, of any shape, into light in 0..1."""
    return torch.where(image <= 0.04045, image / 12.92, ((image.clamp_min(0) + 0.055) / 1.055) ** 2.4)


def from_linear(light: Tensor) -> Tensor:
    """Turn light in 0..1, of any shape, into an sRGB image in 0..1."""
    return torch.where(light <= 0.0031308, light * 12.92, 1.055 * light.clamp_min(1e-9) ** (1 / 2.4) - 0.055)
