"""Checking that maps have the same channels, and that a map has the shape of its image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from semstyle.errors import InputError
from semstyle.maps.reading import SemanticMap

if TYPE_CHECKING:
    from torch import Tensor


def pair(style_maps: Sequence[SemanticMap], target_map: SemanticMap) -> tuple[tuple[Tensor, ...], Tensor]:
    """Return the values of the styles' maps and of the target's, with the same number of channels; sizes may differ.

    An alpha channel that is opaque everywhere and that others lack is dropped, as drawing programs add it unasked.

    Raises:
        InputError: when the channels differ otherwise; names two images, their channels and sizes.
    """
    *styles, target = without_idle_alpha([*style_maps, target_map])
    for style_map, style in zip(style_maps, styles, strict=True):
        if len(style.values) != len(target.values):
            raise InputError(
                f"the maps' channels differ: style_map {style_map}, target_map {target_map}; save both in the same mode"
            )
    return tuple(style.values for style in styles), target.values


def without_idle_alpha(maps: Sequence[SemanticMap]) -> list[SemanticMap]:
    """Return ``maps`` without alpha channels that say nothing and that other maps lack."""
    fewest = min(len(semantic_map.values) for semantic_map in maps)
    return [
        replace(one, values=one.values[:-1], channels=one.channels[:-1])
        if len(one.values) == fewest + 1 and one.has_opaque_alpha
        else one
        for one in maps
    ]


def check_aspect(semantic_map: SemanticMap, image: Tensor, name: str) -> None:
    """Refuse a map whose aspect differs from its image's by more than rounding its size can explain.

    Args:
        image: (3, H, W).
        name: What to call the image in errors.

    Raises:
        InputError: names both and their sizes.
    """
    (map_height, map_width), (height, width) = semantic_map.values.shape[1:], image.shape[1:]
    # A side off by up to one pixel, in the pixels of the smaller of the two.
    slack = max(map_height, map_width, height, width)
    if abs(map_width * height - map_height * width) > slack:
        raise InputError(
            f"map {semantic_map} has another aspect than its image {name} ({width}×{height}); crop or scale one of them"
        )
