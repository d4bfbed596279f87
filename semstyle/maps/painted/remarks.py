"""What is worth a word about a render's maps before it is made: told in a fraction of a second, whatever their size."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING

from semstyle.maps.painted.causes import blurred, unpainted, unshared
from semstyle.maps.painted.colors import OwnColors, own_colors
from semstyle.maps.pairing import without_idle_alpha
from semstyle.maps.reading import EMBEDDED, SemanticMap

if TYPE_CHECKING:
    from torch import Tensor

LONG_SIDE = 512
"""Pixels that are looked at along a map's long side."""
KNOWN: dict[int, tuple[weakref.ref[Tensor], OwnColors]] = {}
"""By the identity of a map's values: the rows of a grid repeat their maps."""


def map_remarks(style_maps: Sequence[SemanticMap], target_map: SemanticMap) -> tuple[str, ...]:
    """A line for each thing that is the matter with the maps of a row as a whole; none about labels, which cost more.

    Maps in ``.npy`` and those made with colours between labels say what they mean, and nothing is remarked on them.
    """
    maps = without_idle_alpha([*style_maps, target_map])
    if not all(one.is_image and one.channels != EMBEDDED for one in maps):
        return ()
    colors = [known_colors(one) for one in maps]
    lines = (blurred([one for one in colors if one.has_areas]), unpainted(colors), unshared(colors[:-1], colors[-1]))
    return tuple(line for line in lines if line)


def known_colors(semantic_map: SemanticMap) -> OwnColors:
    """As :func:`own_colors`, from memory while the map's values are held somewhere."""
    values = semantic_map.values
    if known := KNOWN.get(id(values)):
        held, colors = known
        if held() is values and colors.name == semantic_map.name:
            return colors
    colors = own_colors(semantic_map, LONG_SIDE)
    key = id(values)
    KNOWN[key] = (weakref.ref(values, lambda _: KNOWN.pop(key, None)), colors)
    return colors
