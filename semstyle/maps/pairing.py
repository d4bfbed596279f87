"""Whether two maps speak the same language, and a map lies on its image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from semstyle.engine.errors import InputError
from semstyle.maps.reading import SemanticMap

if TYPE_CHECKING:
    from torch import Tensor


def pair(style_maps: Sequence[SemanticMap], target_map: SemanticMap) -> tuple[tuple[Tensor, ...], Tensor]:
    """The values of the styles' maps and of the target's, with the same number of channels; sizes may differ.

    An alpha channel that is opaque everywhere and that others lack is dropped, as drawing programs add it unasked.

    Raises:
        InputError: when the channels differ otherwise; names two images, their channels and sizes.
    """
    fewest = min(len(semantic_map.values) for semantic_map in (*style_maps, target_map))
    target = with_channels(target_map, fewest)
    styles = tuple(with_channels(style_map, fewest) for style_map in style_maps)
    for style_map, style in zip(style_maps, styles, strict=True):
        if len(style) != len(target):
            raise InputError(
                f"the maps' channels differ: style_map {style_map}, target_map {target_map}; save both in the same mode"
            )
    return styles, target


def with_channels(semantic_map: SemanticMap, count: int) -> Tensor:
    """The map's values, without an alpha channel that says nothing and is one more than ``count``."""
    values = semantic_map.values
    return values[:-1] if len(values) == count + 1 and semantic_map.has_opaque_alpha else values


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
