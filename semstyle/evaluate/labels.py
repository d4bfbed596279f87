"""This module numbers what each pixel of a semantic map means, as the labels that metrics compare."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.inputs.common_colors import common_colors, distances
from semstyle.engine.inputs.phases import Size
from semstyle.engine.inputs.resizing import image_size

MOST_LABELS = 64
MOST_COLOR_CHANNELS = 4
"""A map of more channels is one of soft labels, a channel each."""
FINEST = 512
"""Labels are looked at with at most so many pixels on a side, or a map's own if it is smaller."""
LEVELS = 255
SEPARATE = 32
"""Colours of a blurred map nearer than this, in 8-bit levels, are shades of one label."""


@dataclass(frozen=True)
class MapLabels:
    """The labels of a render's maps, numbered alike in all of them.

    Attributes:
        target: The labels of the target map, (h, w) int64.
        styles: The labels of each style's map, (h, w) int64.
    """

    target: Tensor
    styles: tuple[Tensor, ...]

    def target_at(self, size: Size) -> Tensor:
        """Return the target's labels at the pixel centres of another grid, (height, width)."""
        return sampled(self.target[None], size)[0]

    def style_at(self, number: int, size: Size) -> Tensor:
        """Return a style's labels at the pixel centres of another grid, (height, width)."""
        return sampled(self.styles[number][None], size)[0]

    def regions(self, output: Tensor, styles: Sequence[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield, for each label in ``output`` (C, H, W) that ``styles`` (C, h, w) have too, its pixels in both.

        The output's pixels are (C, pixels), as are the pixels of all styles together.
        """
        where = self.target_at(image_size(output)).flatten()
        style_where = torch.cat(
            [self.style_at(number, image_size(style)).flatten() for number, style in enumerate(styles)]
        )
        pixels, style_pixels = output.flatten(1), torch.cat([style.flatten(1) for style in styles], 1)
        for label in torch.unique(where).tolist():
            ours, theirs = (where == label).to(output.device), (style_where == label).to(output.device)
            if theirs.any():
                yield pixels[:, ours], style_pixels[:, theirs]


def one_label(styles: int) -> MapLabels:
    """Return the labels of maps of one colour, for ``styles`` styles."""
    one = torch.zeros(1, 1, dtype=torch.int64)
    return MapLabels(one, (one,) * styles)


def labels_of(target_map: Tensor, style_maps: Sequence[Tensor]) -> MapLabels:
    """Return the labels of maps (M, h, w) that have the same channels.

    In soft maps (more than four channels, or channels that add up to 1 everywhere) a pixel's label is its largest
    channel. In other maps each distinct colour is a label. Where there are more than 64 colours, as antialiasing and
    JPEG make them, the commonest are labels, as far as they are 32 levels of 255 apart, and every pixel has the label
    of the nearest one.
    """
    maps = [sampled(values.float(), finest(values)) for values in (target_map, *style_maps)]
    if all(is_soft(values) for values in maps):
        target, *styles = (values.argmax(0) for values in maps)
    else:
        target, *styles = color_labels(maps)
    return MapLabels(target, tuple(styles))


def finest(values: Tensor) -> Size:
    height, width = values.shape[1:]
    scale = min(1.0, FINEST / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def is_soft(values: Tensor) -> bool:
    if len(values) > MOST_COLOR_CHANNELS:
        return True
    return len(values) > 1 and bool((values >= 0).all()) and bool(((values.sum(0) - 1).abs() < 1e-3).all())


def color_labels(maps: Sequence[Tensor]) -> list[Tensor]:
    """Return the number of each pixel's colour in ``maps`` (M, h, w), for up to four channels."""
    flat = torch.cat([values.flatten(1) for values in maps], 1)
    low, high = flat.amin(), flat.amax()
    levels = ((flat - low) / (high - low).clamp_min(1e-12) * LEVELS).round().long()
    place = (LEVELS + 1) ** torch.arange(len(levels), device=flat.device)
    packed, inverse, counts = torch.unique(
        (levels * place[:, None]).sum(0), sorted=True, return_inverse=True, return_counts=True
    )
    if len(packed) > MOST_LABELS:
        colors = (packed[:, None] // place) % (LEVELS + 1)
        inverse = nearest_common(colors.float(), counts)[inverse]
    parts = inverse.split([values[0].numel() for values in maps])
    return [part.view(values.shape[1:]) for part, values in zip(parts, maps, strict=True)]


def nearest_common(colors: Tensor, counts: Tensor) -> Tensor:
    """Return for each of ``colors`` (N, M) the number of the nearest common colour, (N,)."""
    chosen = colors[common_colors(colors, counts, SEPARATE, MOST_LABELS)]
    return torch.stack([distances(colors, color) for color in chosen], 1).argmin(1)


def sampled(values: Tensor, size: Size) -> Tensor:
    """Sample ``values`` (C, h, w) at the pixel centres of another grid, without mixing neighbours."""
    if values.shape[1:] == size:
        return values
    return F.interpolate(values[None].double(), size, mode="nearest-exact")[0].to(values.dtype)
