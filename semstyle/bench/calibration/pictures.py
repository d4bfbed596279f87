"""This module makes the pictures and maps that are rendered to measure."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from semstyle.engine.inputs.phases import Size

COLORS = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0]])


def picture(size: Size, seed: int) -> Tensor:
    """Return a picture (3, H, W) of soft blots with some grain, so that patches differ as those of photographs do."""
    random = torch.Generator().manual_seed(seed)
    blots = F.interpolate(torch.rand(1, 3, 12, 16, generator=random), size, mode="bicubic", align_corners=False)[0]
    return (blots + 0.05 * torch.randn(3, *size, generator=random)).clamp(0, 1)


def semantic_map(size: Size) -> Tensor:
    """Return a map (3, H, W) of four regions side by side."""
    columns = torch.arange(size[1]) * len(COLORS) // size[1]
    return COLORS[columns].t()[:, None, :].expand(3, *size).contiguous()


def as_image(values: Tensor) -> Image.Image:
    """Return an image (3, H, W) in 0..1 as one that Pillow writes."""
    return Image.fromarray((values * 255).round().byte().permute(1, 2, 0).numpy())
