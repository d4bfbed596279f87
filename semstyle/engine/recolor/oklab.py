"""Oklab, a space of colours in which equal distances look alike (Björn Ottosson 2020)."""

from __future__ import annotations

import torch
from torch import Tensor

from semstyle.engine.inputs.srgb import from_linear, to_linear

TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def to_oklab(image: Tensor) -> Tensor:
    """Convert sRGB (3, H, W) in 0..1 to (L, a, b) (3, H, W): L in 0..1, a and b within about ±0.4."""
    cones = mixed(matrix(TO_CONES, image), to_linear(image)).clamp_min(0) ** (1 / 3)
    return mixed(matrix(TO_LAB, image), cones)


def from_oklab(colors: Tensor) -> Tensor:
    """Convert (L, a, b) (3, H, W) to sRGB (3, H, W); what a screen cannot show is clamped to 0..1."""
    cones = mixed(torch.linalg.inv(matrix(TO_LAB, colors)), colors) ** 3
    linear = mixed(torch.linalg.inv(matrix(TO_CONES, colors)), cones).clamp(0, 1)
    return from_linear(linear)


def matrix(rows: tuple[tuple[float, ...], ...], like: Tensor) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64).to(like)


def mixed(weights: Tensor, colors: Tensor) -> Tensor:
    return torch.einsum("oc,chw->ohw", weights, colors)
