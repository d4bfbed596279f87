"""Remarking on a render's maps before it is made, in a fraction of a second, whatever their size."""

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
"""How many pixels are looked at along a map's long side."""
KNOWN: dict[int, tuple[weakref.ref[Tensor], OwnColors]] = {}
"""The colours of maps that were looked at, by the identity of their values: the rows of a grid repeat their maps."""


def map_remarks(style_maps: Sequence[SemanticMap], target_map: SemanticMap) -> tuple[str, ...]:
    """Write a line for each thing that is the matter with the maps of a row as a whole.

    Nothing is said of single labels, which would take longer, nor of maps in ``.npy`` and those made with colours
    between labels: they say what they mean.
    """
    maps = without_idle_alpha([*style_maps, target_map])
    if not all(one.is_image and one.channels != EMBEDDED for one in maps):
        return ()
    colors = [known_colors(one) for one in maps]
    lines = (blurred([one for one in colors if one.has_areas]), unpainted(colors), unshared(colors[:-1], colors[-1]))
    return tuple(line for line in lines if line)


def known_colors(semantic_map: SemanticMap) -> OwnColors:
    """Find a map's colours as :func:`own_colors` does; they are remembered for as long as the map's values exist."""
    values = semantic_map.values
    if known := KNOWN.get(id(values)):
        held, colors = known
        if held() is values and colors.name == semantic_map.name:
            return colors
    colors = own_colors(semantic_map, LONG_SIDE)
    key = id(values)
    KNOWN[key] = (weakref.ref(values, lambda _: KNOWN.pop(key, None)), colors)
    return colors
