"""Semantic maps as extra channels of the features (Champandard 2016, section 3.1)."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.inputs.canvas import Canvas
from semstyle.engine.inputs.views import View, turned
from semstyle.engine.threads import one_thread
from semstyle.errors import InputError

RANGE_RATIO = 1.0
"""κ: the map's norm over the activations' at γ = 50.

With a larger one correlation prefers patches of low contrast, as |s_j| is in the denominator, and the picture fades
with every rematch. At 1, on a sphere that the colours nearly fill, labels hold and contrast stays.
"""
SLACK = 1.05
"""How much larger the sphere's radius is than the farthest colour's distance; nearer 1, angles between colours grow."""
MOST_LABELS = 64


class MapPair:
    """The styles' maps and the target's under one encoding.

    Args:
        style_maps: (M, h, w) for each style, or a single one.
        target_map: (M, h', w') with the same M.
        encoding: ``color``, ``labels`` or ``raw``.

    Raises:
        InputError: when the channels differ, or ``labels`` finds more than 64 colours.
    """

    def __init__(self, style_maps: Tensor | Sequence[Tensor], target_map: Tensor, encoding: str) -> None:
        style_maps = [style_maps] if isinstance(style_maps, Tensor) else style_maps
        for style_map in style_maps:
            if style_map.shape[0] != target_map.shape[0]:
                raise InputError(
                    f"the style's map has {style_map.shape[0]} channels and the target's {target_map.shape[0]}; "
                    "both need the same channels"
                )
        self.maps = [*(style_map.float() for style_map in style_maps), target_map.float()]
        self.encoding = encoding
        if encoding == "labels":
            self.maps = one_hot_labels(self.maps)
        self.center, self.radius = enclosing_sphere(self.maps)

    def style_at(self, height: int, width: int, view: View | None = None) -> Tensor:
        """Return the channels of a style's map at a layer's size: (M′, height, width).

        Args:
            view: The view of a style that they are for; None for the first style as it is.
        """
        values = self.maps[0 if view is None else view.style]
        if view is not None and view.degrees:
            values = turned(F.interpolate(values[None], view.size, mode="area")[0], view.degrees, "bilinear")
        return self._at(values, height, width)

    def target_at(self, height: int, width: int) -> Tensor:
        """Return the channels of the target's map at a layer's size: (M′, height, width)."""
        return self._at(self.maps[-1], height, width)

    def on(self, canvas: Canvas) -> MapPair:
        """Return the same maps, the target's with its reflection in the margin of ``canvas``."""
        extended = copy.copy(self)
        extended.maps = [*self.maps[:-1], canvas.around(self.maps[-1])]
        return extended

    def _at(self, values: Tensor, height: int, width: int) -> Tensor:
        averaged = F.interpolate(values[None], (height, width), mode="area")[0]
        return lift(averaged, self.center, self.radius) if self.encoding == "color" else averaged


def enclosing_sphere(maps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return the centre (M, 1, 1) of the maps' values, and the radius of a sphere around all of them."""
    values = torch.cat([values.flatten(1) for values in maps], 1)
    center = (values.amin(1) + values.amax(1)) / 2
    farthest = (values - center[:, None]).square().sum(0).max().sqrt()
    return center[:, None, None], farthest.clamp_min(1e-3) * SLACK


def lift(values: Tensor, center: Tensor, radius: Tensor) -> Tensor:
    """Lift (M, H, W) onto a sphere in M + 1 dimensions, so that nearer colours have larger cosines.

    Without that, black would have no direction and grey would equal white (docs/architecture.md, decision 3).
    """
    inside = values - center
    height = (radius.square() - inside.square().sum(0, keepdim=True)).clamp_min(0).sqrt()
    return torch.cat([inside, height])


def one_hot_labels(maps: Sequence[Tensor]) -> list[Tensor]:
    """Return the maps with a channel for each distinct colour."""
    together = torch.cat([values.flatten(1) for values in maps], 1)
    colors, labels = torch.unique(together, dim=1, return_inverse=True)
    count = colors.shape[1]
    if count > MOST_LABELS:
        raise InputError(
            f"the maps have {count} distinct colours, too many for map_encoding labels (at most {MOST_LABELS}); "
            "use map_encoding color, or save the maps without antialiasing or JPEG compression"
        )
    channels = F.one_hot(labels, count).t().float()
    parts = torch.split(channels, [values[0].numel() for values in maps], 1)
    return [part.reshape(count, *values.shape[1:]) for part, values in zip(parts, maps, strict=True)]


def layer_weight(semantic_weight: float, features: Sequence[Tensor], map_channels: Sequence[Tensor]) -> Tensor:
    """Return γ_l, the factor on a layer's map channels, so that γ means the same for every encoder and layer.

    Args:
        semantic_weight: γ; at 50, map and activations have equal ranges.
        features: The features of the styles, (C, H, W) for each view.
        map_channels: The map channels of the styles, (M, H, W) for each view.
    """
    return semantic_weight / 50 * RANGE_RATIO * mean_norm(features) / mean_norm(map_channels)


@one_thread()
def mean_norm(views: Sequence[Tensor]) -> Tensor:
    """Return the mean norm of the pixels of (C, H, W); each view counts alike."""
    return torch.stack([channels.square().sum(0).sqrt().mean() for channels in views]).mean().clamp_min(1e-12)
