"""Whether two maps speak the same language, and a map lies on its image."""

from __future__ import annotations

from torch import Tensor

from semstyle.engine.errors import InputError
from semstyle.maps.reading import SemanticMap


def pair(style_map: SemanticMap, target_map: SemanticMap) -> tuple[Tensor, Tensor]:
    """Both maps' values, with the same number of channels; sizes may differ.

    An alpha channel that is opaque everywhere and on one side only is dropped, as drawing programs add it unasked.

    Raises:
        InputError: when the channels differ otherwise; names both images, their channels and sizes.
    """
    style, target = style_map.values, target_map.values
    if len(style) == len(target) + 1 and style_map.has_opaque_alpha:
        style = style[:-1]
    elif len(target) == len(style) + 1 and target_map.has_opaque_alpha:
        target = target[:-1]
    if len(style) != len(target):
        raise InputError(
            f"the maps' channels differ: style_map {style_map}, target_map {target_map}; save both in the same mode"
        )
    return style, target


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
