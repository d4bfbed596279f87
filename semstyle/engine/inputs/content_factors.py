"""Content factors: how much each pixel of a target map keeps the content, by its colour."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.inputs.common_colors import common_colors, distances
from semstyle.engine.inputs.phases import Size
from semstyle.engine.inputs.request import Request
from semstyle.engine.label_weights import LabelWeight
from semstyle.errors import ParameterError

NAME = "content_weights"
"""The parameter that all this is about."""
LEVELS = 255
SEPARATE = 32
"""Colours of a map that are nearer to each other than so many levels are shades of one label."""
MOST_LABELS = 64
NEAR = 0.25
"""A named colour is a label's when no channel is farther off than this part of its range."""
MOST_SHOWN = 8
"""How many of a map's colours an error lists."""


def content_factors(request: Request) -> Tensor | None:
    """Return the factor on α of each pixel of the target map, (1, h, w), or None when all count alike.

    Raises:
        ParameterError: when there is no content or no target map, or the map has none of the colours.
    """
    weights = request.parameters.label_weights
    if not weights:
        return None
    if request.content is None:
        raise ParameterError(NAME, "is given, but there is no content image; give it, or leave content_weights out")
    if request.target_map is None:
        raise ParameterError(NAME, "names colours of the target map, but there is none; give both maps")
    return factors_of(request.target_map, weights)


def factors_at(size: Size, factors: Tensor | None) -> Tensor | None:
    """Return the mean factor of each pixel of a layer of ``size``, (1, height, width)."""
    return None if factors is None else F.interpolate(factors[None], size, mode="area")[0]


def factors_of(target_map: Tensor, weights: Sequence[LabelWeight]) -> Tensor:
    """Return the factor of each pixel of a map (M, h, w): that of its label, or 1 when its label has none; (1, h, w).

    The labels are the map's common colours. A pixel has the nearest label, so that soft edges have one of those beside
    them; a named colour is that of the nearest label, if one is near.

    Raises:
        ParameterError: when a named colour is near no label, two are that of the same one, or the map has no colours.
    """
    levels = color_levels(target_map)
    place = (LEVELS + 1) ** torch.arange(3)
    packed, inverse, counts = torch.unique((levels * place[:, None]).sum(0), return_inverse=True, return_counts=True)
    colors = ((packed[:, None] // place) % (LEVELS + 1)).float()
    labels = colors[common_colors(colors, counts, SEPARATE, MOST_LABELS)]
    factors = torch.ones(len(labels))
    named: dict[int, str] = {}
    for weight in weights:
        number = nearest_label(weight, labels)
        if number in named:
            raise ParameterError(
                NAME, f"{named[number]} and {weight.color} both are the map's {name_of(labels[number])}; keep one"
            )
        named[number] = weight.color
        factors[number] = weight.factor
    of_colors = torch.stack([distances(colors, label) for label in labels]).argmin(0)
    return factors[of_colors][inverse].view(1, *target_map.shape[1:])


def color_levels(target_map: Tensor) -> Tensor:
    """Return red, green and blue of each pixel of a map (M, h, w), from 0 to 255: (3, h·w), on the CPU.

    Raises:
        ParameterError: when the map has other channels than grey, RGB, or RGB and another.
    """
    channels = target_map.shape[0]
    if channels not in (1, 3, 4):
        raise ParameterError(
            NAME, f"names colours, but the target map has {channels} channels; give a grey or RGB map, or leave it out"
        )
    values = target_map[:3].detach().cpu().float().clamp(0, 1) * LEVELS
    return values.round().long().flatten(1).expand(3, -1)


def nearest_label(weight: LabelWeight, labels: Tensor) -> int:
    """Return the number of the label, of ``labels`` (L, 3), that is nearest to a named colour.

    Raises:
        ParameterError: when none is near; names the map's colours, the most common first.
    """
    apart = (labels - torch.tensor(weight.levels)).abs().amax(1)
    number = int(apart.argmin())
    if apart[number] <= NEAR * LEVELS:
        return number
    shown = ", ".join(map(name_of, labels[:MOST_SHOWN]))
    more = f" and {len(labels) - MOST_SHOWN} more" if len(labels) > MOST_SHOWN else ""
    raise ParameterError(NAME, f"the target map has no colour like {weight.color}; it has {shown}{more}")


def name_of(color: Tensor) -> str:
    """Return ``#rrggbb`` for a colour (3,) in levels from 0 to 255."""
    return "#" + "".join(f"{int(level):02x}" for level in color)
