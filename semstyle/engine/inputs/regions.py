"""Finding the regions of semantic maps: which colours are labels, and which pixels have them."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from semstyle.engine.inputs.common_colors import common_colors
from semstyle.engine.inputs.semantic_map import MapPair

MOST_REGIONS = 16
LEAST_REGION = 0.005
"""The least part of the styles' area that makes a region of its own."""
NEAR = 0.15
"""Colours nearer than this, in radii of the sphere around all colours, are one label."""
CELL = 0.05
"""Colours are counted in cells of this side, in the same unit."""
SAMPLED_SIDE = 128


def regions_of(maps: MapPair) -> MapPair:
    """Return the regions of ``maps`` as channels, one for each label of the styles' maps.

    A map's pixels belong to the nearest label, so that a colour that no style has is taken for the one most like it.
    """
    labels = labels_of(maps)
    *style_maps, target_map = (memberships(values, labels) for values in maps.maps)
    return MapPair(style_maps, target_map, "raw")


def labels_of(maps: MapPair) -> Tensor:
    """Return the colours that cover much of the styles' maps, (R, M), the most common first."""
    values = torch.cat([sampled(style_map) for style_map in maps.maps[:-1]]).cpu()  # where sums have one order
    radius = maps.radius.cpu()
    cells = (values / (radius * CELL)).round()
    _, cell, counts = torch.unique(cells, dim=0, return_inverse=True, return_counts=True)
    means = torch.zeros(len(counts), values.shape[1]).index_add_(0, cell, values)
    means /= counts[:, None]
    least = math.ceil(LEAST_REGION * len(values))
    labels = means[common_colors(means, counts, NEAR * radius, MOST_REGIONS, least)]
    return labels.to(maps.radius.device)


def sampled(values: Tensor) -> Tensor:
    """Return pixels (n, M) of a map (M, h, w), evenly spread; n is at most ``SAMPLED_SIDE`` × ``SAMPLED_SIDE``."""
    rows, columns = (
        torch.linspace(0, side - 1, min(side, SAMPLED_SIDE), device=values.device).round().long()
        for side in values.shape[1:]
    )
    return values[:, rows][:, :, columns].flatten(1).t()


def memberships(values: Tensor, labels: Tensor) -> Tensor:
    """Return (R, h, w) that is 1 where a pixel of ``values`` (M, h, w) is nearest to the label, else 0."""
    distances = torch.stack([(values - label[:, None, None]).square().sum(0) for label in labels])
    return torch.nn.functional.one_hot(distances.argmin(0), len(labels)).permute(2, 0, 1).float()
