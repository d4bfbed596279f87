"""Views of styles: each style turned, and larger or smaller (Li & Wand 2016, section 4)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.inputs.phases import FEWEST_PADDED, Size, features_size, scaled
from semstyle.engine.inputs.resizing import image_size, resized
from semstyle.engine.layers import block_of
from semstyle.engine.parameters import Parameters

SHARE_EXPONENT = 0.1
SMALLEST_SHARE = 1e-6
"""A style's share counts as at least this part of the largest share."""


@dataclass(frozen=True)
class View:
    """One style, turned and at one size.

    Attributes:
        style: The style's number among the styles in use.
        size: (height, width) before it is turned.
        degrees: By how much it is turned counterclockwise, from -180 to 180.
        share: The share of its style, more than 0; see ``style_shares``.
        favour: The factor on the correlation of its patches.
    """

    style: int
    size: Size
    degrees: float = 0.0
    share: float = 1.0
    favour: float = 1.0

    def of(self, image: Tensor) -> Tensor:
        """Return the view of its style's ``image`` (3, H, W)."""
        return turned(resized(image, self.size), self.degrees, "bicubic").clamp(0, 1)

    def features_size(self, layer: str) -> Size:
        """Return (height, width) of the view's features at ``layer``."""
        return features_size(turned_size(self.size, self.degrees), layer)

    def unturned(self, row: Tensor, column: Tensor) -> tuple[Tensor, Tensor]:
        """Turn places in the view into places in its style's image, (row, column), as shares of height and width."""
        height, width = turned_size(self.size, self.degrees)
        cosine, sine = math.cos(math.radians(self.degrees)), math.sin(math.radians(self.degrees))
        y, x = (row - 0.5) * height, (column - 0.5) * width
        return (x * sine + y * cosine) / self.size[0] + 0.5, (x * cosine - y * sine) / self.size[1] + 0.5

    def outside(self, layer: str) -> Tensor | None:
        """Return which features at ``layer``, (h, w), cover pixels outside of the image; None when none do.

        It is on the CPU, as what depends on it is decided before anything is rendered.
        """
        if self.degrees % 90 == 0:
            return None
        x, y = source_positions(self.size, self.degrees, torch.device("cpu"))
        beyond = (x.abs() > self.size[1] / 2 - 0.5) | (y.abs() > self.size[0] / 2 - 0.5)
        return F.max_pool2d(beyond[None, None].float(), 2 ** (block_of(layer) - 1))[0, 0] > 0


def views_of(styles: Sequence[Size], parameters: Parameters, shares: Sequence[float]) -> list[View]:
    """Return every style at every scale and rotation, each once.

    Views that are too small for the encoder are left out, unless their style has no other.

    Args:
        styles: (height, width) of each style at scale 1.
        shares: The share of each style, more than 0; see :func:`favours`.
    """
    views = [
        View(number, scaled(size, scale), angle(degrees), share, favour)
        for (number, (size, share, favour)), scale, degrees in product(
            enumerate(zip(styles, shares, favours(shares), strict=True)), parameters.scales, parameters.rotations
        )
    ]
    every = list(dict.fromkeys(views))
    large = {view: is_large_enough(view, parameters) for view in every}
    seen = {view.style for view in every if large[view]}
    return [view for view in every if large[view] or view.style not in seen]


def is_large_enough(view: View, parameters: Parameters) -> bool:
    """Whether an encoder, if one is needed, can take the view to the deepest layer in use."""
    smallest = min(min(view.features_size(layer)) for layer in parameters.style_layers)
    return not parameters.traits.needs_encoder or smallest >= FEWEST_PADDED


def favours(shares: Sequence[float]) -> list[float]:
    """Return what the correlation of each style's patches is multiplied by: (share / the largest share)^0.1.

    The patches of a style with half the share of another must therefore be 7 % more alike to be chosen.
    """
    return [max(share / max(shares), SMALLEST_SHARE) ** SHARE_EXPONENT for share in shares]


def angle(degrees: float) -> float:
    """Return an angle from -180 to 180 that turns as ``degrees`` does."""
    return math.remainder(degrees, 360)


def turned_size(size: Size, degrees: float) -> Size:
    """Return (height, width) of the frame that holds all of an image of ``size`` once it is turned."""
    if degrees % 90 == 0:
        return size if degrees % 180 == 0 else (size[1], size[0])
    height, width = size
    cosine, sine = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    return round(height * cosine + width * sine), round(width * cosine + height * sine)


def turned(image: Tensor, degrees: float, mode: str) -> Tensor:
    """Turn ``image`` (C, H, W) counterclockwise by ``degrees``; the frame's corners are filled with its reflection.

    Args:
        mode: ``bilinear`` or ``bicubic``; quarter turns are exact.
    """
    if degrees % 90 == 0:
        return image if degrees % 360 == 0 else torch.rot90(image, round(degrees / 90), (1, 2))
    height, width = image_size(image)
    x, y = source_positions((height, width), degrees, image.device)
    grid = torch.stack([x * (2 / width), y * (2 / height)], -1).to(image.dtype)
    return F.grid_sample(image[None], grid[None], mode, "reflection", align_corners=False)[0]


def source_positions(size: Size, degrees: float, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return where the turned image's pixels come from: (x, y), each (H′, W′), in pixels from the image's middle."""
    height, width = turned_size(size, degrees)
    rows = torch.arange(height, device=device, dtype=torch.float32)[:, None] - (height - 1) / 2
    columns = torch.arange(width, device=device, dtype=torch.float32)[None] - (width - 1) / 2
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return columns * cosine - rows * sine, columns * sine + rows * cosine
