"""Masks with soft borders that keep to the edges of an image (He, Sun & Tang 2010, "Guided image filtering")."""

from __future__ import annotations

import torch
from torch import Tensor

from semstyle.engine.guided_filter import box

EDGE = 0.02**2
"""A window with a larger variance of luminance has an edge that a mask keeps to."""
WINDOW = 1 / 100
"""The radius of a window, as a share of the image's long side."""


def softened(masks: Tensor, guide: Tensor) -> Tensor:
    """Soften ``masks`` (R, H, W) where ``guide`` (H, W) is even; they add up to 1 everywhere.

    A mask becomes a linear function of the guide in every window, so that its border follows an edge nearby, and is
    wide where there is none. Drawn maps are a few pixels off, and would else leave a rim of the wrong colour.
    """
    radius = max(1, round(max(guide.shape) * WINDOW))
    mean = box(guide[None], radius)
    variance = box(guide[None].square(), radius) - mean.square()
    soft = []
    for mask in masks[:, None]:
        mask_mean = box(mask, radius)
        slope = (box(mask * guide, radius) - mask_mean * mean) / (variance + EDGE)
        offset = mask_mean - slope * mean
        soft.append((box(slope, radius) * guide + box(offset, radius)).clamp(0, 1)[0])
    together = torch.stack(soft)
    return together / together.sum(0, keepdim=True).clamp_min(1e-6)
