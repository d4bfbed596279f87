"""Finding the colours that a map was painted in, and whether its edges or its file have blurred them."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semstyle.errors import InputError
from semstyle.maps.painted.extremes import largest_around, least_around
from semstyle.maps.painted.flatness import Values, blocks, flat_pixels, reach
from semstyle.maps.reading import SemanticMap

Counts = NDArray[np.intp]
Places = NDArray[np.intp]

LONG_SIDE = 1024
"""In a map with a longer side, only every second row and column is looked at, or fewer."""
MOST_COLORS = 64
SAME = 1.5 / 255
"""Two values that are no farther apart are the same colour but for rounding."""
NOISE = 10 / 255
"""How far the values of one colour are apart in a JPEG."""
TOO_CLOSE = 0.15
"""Two colours that are nearer to each other than this, channels being 0..1, are nearly one to the matcher."""
BETWEEN = 0.08
"""How near the colours of an edge are to the line from one of its two colours to the other, channels being 0..1."""
HARD_SHARE = 0.999
"""When this part of all pixels has the colours of areas, there are no soft edges."""
LEAST_FLAT = 0.1
"""When less than this part of all pixels is flat, a map has no areas."""
FEW_SHARE = 0.9
"""A map without areas, such as a tiny one, is in a few colours when this part of its pixels has one of them."""
LEAST_PIXELS = 9
LEAST_PART = 0.0002
"""A colour of a blurred map that is flat in less than this part of its pixels is no label's."""
SMALL_PART = 0.003
"""A colour between two others that is flat in less than this part of a blurred map's pixels is that of their edge."""
MUCH_BETWEEN = 0.02
"""A map may be blurred when more than this part of its pixels has none of its colours: smoothed edges leave less."""
MUCH_ASTRAY = 0.005
"""It is blurred if, besides, more than this part of its pixels is not even beside a pixel of one of its colours."""
SMOOTHING = 512
"""An edge may be a pixel wide for each so many pixels of the long side: layers are matched at smaller sizes."""


@dataclass(frozen=True)
class OwnColors:
    """The colours that a map was painted in.

    Attributes:
        name: What to call the map in messages.
        values: (K, M), the most common colour first; none when nothing of the map is flat.
        names: What to call each of the K colours, such as ``#ff8000``.
        parts: (K,) the part of the map's pixels that lie in flat areas of each colour.
        between: The part of its pixels that have none of the colours.
        is_blurred: Whether that is more than smoothed edges explain.
    """

    name: str
    values: Values
    names: tuple[str, ...]
    parts: NDArray[np.float64]
    between: float
    is_blurred: bool

    @property
    def has_areas(self) -> bool:
        """Whether the map looks painted; a photograph has hardly a flat pixel."""
        return bool(self.parts.sum() >= LEAST_FLAT)


def own_colors(semantic_map: SemanticMap, long_side: int = LONG_SIDE) -> OwnColors:
    """Find the colours of the areas of a painted map.

    Unlike :func:`semstyle.engine.inputs.common_colors.common_colors`, which metrics and regions use, this counts only
    pixels in flat areas, since blurred edges can hold more of a mixed colour than a label has; and in a clean map
    colours are labels however near each other they are, so that the user can be warned of them.

    Args:
        long_side: How many pixels are looked at along the map's long side, at most.
    """
    values = thinned(semantic_map, long_side)
    colors, places, counts = distinct(values, semantic_map.is_image)
    solid = np.bincount(places[flat_pixels(values, reach(places.shape)) | blocks(places)], minlength=len(colors))
    if solid.sum() < LEAST_FLAT * places.size and are_few(counts):
        solid = counts
    chosen = area_colors(colors, solid, counts)
    chosen += line_colors(colors, places, counts, chosen)
    unlike, astray = strays(colors, places, chosen)
    if is_blurred := unlike > MUCH_BETWEEN and astray > MUCH_ASTRAY:
        chosen = without_edges(colors, solid, chosen, places.size)
        unlike, astray = strays(colors, places, chosen)
    names = tuple(name_of(value, semantic_map.is_image) for value in colors[chosen])
    return OwnColors(semantic_map.name, colors[chosen], names, solid[chosen] / places.size, unlike, is_blurred)


def painted_colors(semantic_map: SemanticMap, long_side: int = LONG_SIDE) -> OwnColors:
    """Find the colours of a map as :func:`own_colors` does, but refuse one without areas.

    Raises:
        InputError: when the map has no areas, as a photograph.
    """
    found = own_colors(semantic_map, long_side)
    if not found.has_areas:
        raise InputError(
            f"{found.name}: no colour covers an area, only {found.parts.sum():.1%} of it is flat; paint a map in a few "
            "flat colours"
        )
    return found


def thinned(semantic_map: SemanticMap, long_side: int) -> Values:
    """Return (M, h, w) with every n-th row and column only, so that h and w are at most ``long_side``."""
    step = max(1, math.ceil(max(semantic_map.values.shape[1:]) / long_side))
    return np.ascontiguousarray(np.asarray(semantic_map.values, np.float32)[:, ::step, ::step])


def distinct(values: Values, is_image: bool) -> tuple[Values, Places, Counts]:
    """Find the distinct colours of (M, h, w): returns them (U, M), each pixel's (h, w), and each one's pixels (U,)."""
    pixels = values.reshape(len(values), -1).T
    if is_image:  # up to four channels of 16 bits: a number is sorted far sooner than a row
        levels = (pixels * 65535).round().astype(np.uint64)
        packed = (levels << (16 * np.arange(len(values), dtype=np.uint64))).sum(1, dtype=np.uint64)
        _, first, places, counts = np.unique(packed, return_index=True, return_inverse=True, return_counts=True)
        colors = pixels[first]
    else:
        colors, places, counts = np.unique(pixels, axis=0, return_inverse=True, return_counts=True)
    return colors, places.reshape(values.shape[1:]), counts


def are_few(counts: Counts) -> bool:
    """Whether a map of colours with so many pixels each is in a few colours; then all of those are labels."""
    enough = counts >= SMALL_PART * counts.sum()
    return bool(enough.sum() <= MOST_COLORS and counts[enough].sum() >= FEW_SHARE * counts.sum())


def area_colors(colors: Values, solid: Counts, counts: Counts) -> list[int]:
    """Choose those of ``colors`` (U, M) that areas have, the most common first; ``solid`` (U,) counts flat pixels."""
    areas = solid >= max(1, min(LEAST_PIXELS, SMALL_PART * counts.sum()))
    is_hard = areas.sum() <= MOST_COLORS and counts[areas].sum() >= HARD_SHARE * counts.sum()
    chosen: list[int] = []
    for color in np.argsort(-solid, kind="stable")[: areas.sum()]:
        if len(chosen) == MOST_COLORS:
            break
        limit = BETWEEN if solid[color] < SMALL_PART * counts.sum() else NOISE
        if is_hard or distance(colors[color], colors[chosen]) > limit:
            chosen.append(int(color))
    return chosen


def line_colors(colors: Values, places: Places, counts: Counts, areas: list[int]) -> list[int]:
    """Choose the colours of lines that are too thin to be flat; unlike an edge, such a line lies within one area."""
    number = np.full(len(colors), -1)
    number[areas] = np.arange(len(areas))
    seen = number[places]
    last = largest_around(seen, 2)
    first = least_around(np.where(seen < 0, len(areas), seen), 2)
    within = np.bincount(places[(first == last) & (seen < 0)], minlength=len(colors))
    least = max(LEAST_PIXELS, LEAST_PART * places.size)
    common = np.argsort(-within, kind="stable")[: (within >= np.maximum(least, counts / 2)).sum()]
    chosen: list[int] = []
    for color in common[:MOST_COLORS]:
        known = colors[areas + chosen]
        if len(known) < MOST_COLORS and distance(colors[color], known) > TOO_CLOSE:
            chosen.append(int(color))
    return [one for one in chosen if not between(colors[one], colors[[*areas, *chosen]])]


def strays(colors: Values, places: Places, chosen: list[int]) -> tuple[float, float]:
    """Return which part of the pixels has none of the ``chosen`` colours, and which is not even beside one that has."""
    own = np.zeros(len(colors), np.bool_)
    for color in chosen:
        own |= np.square(colors - colors[color]).sum(1) <= SAME**2
    has = own[places]
    beside = largest_around(has, max(1, round(max(places.shape) / SMOOTHING)))
    return float(1 - has.mean()), float(1 - beside.mean())


def without_edges(colors: Values, solid: Counts, chosen: list[int], pixels: int) -> list[int]:
    """Return those of ``chosen`` that are more than an edge between others, or a JPEG's noise."""
    kept: list[int] = []
    for color in chosen:
        part = solid[color] / pixels
        is_edge = part < SMALL_PART and between(colors[color], colors[kept])
        if not kept or (solid[color] >= LEAST_PIXELS and part >= LEAST_PART and not is_edge):
            kept.append(color)
    return kept


def distance(value: Values, others: Values) -> float:
    """Return the distance from ``value`` (M,) to the nearest of ``others`` (K, M); infinite when there are none."""
    return float(np.sqrt(np.square(others - value).sum(1).min())) if len(others) else math.inf


def between(value: Values, others: Values) -> bool:
    """Whether ``value`` (M,) is near the line from one of ``others`` (K, M) to another, as an edge's colours are."""
    for one, other in itertools.combinations(others, 2):
        along = other - one
        place = float(np.dot(value - one, along) / np.dot(along, along))
        if 0 < place < 1 and np.linalg.norm(value - one - place * along) < BETWEEN:
            return True
    return False


def name_of(value: Values, is_image: bool) -> str:
    """Say what to call the colour ``value`` (M,)."""
    if not is_image:
        return "(" + ", ".join(f"{part:.3g}" for part in value[:4]) + (", …)" if len(value) > 4 else ")")
    levels = (value * 255).round().astype(int)
    return "#" + "".join(f"{level:02x}" for level in levels)
