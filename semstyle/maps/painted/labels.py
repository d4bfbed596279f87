"""Finding the labels of maps that belong together: their colours, or the channels of soft maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from semstyle.errors import InputError
from semstyle.maps.painted.colors import LONG_SIDE, SMALL_PART, OwnColors, between, name_of, painted_colors, thinned
from semstyle.maps.painted.flatness import Values
from semstyle.maps.painted.snapping import snapped
from semstyle.maps.reading import SemanticMap

EXACT = 0.4 / 255
"""Colours of two clean maps are the same only if they are no farther apart than this, which is to the last digit."""
MATCH = 20 / 255
"""A blurred map's colour is taken for another map's if they are no farther apart than this."""
PRESENT = 0.0005
"""What covers this part of a blurred map's pixels is a label of the map, even when it is flat nowhere."""
SUM_SLACK = 0.02


@dataclass(frozen=True)
class PaintedLabels:
    """What several maps say, in the same K labels.

    Attributes:
        values: (K, M), each label's value in the maps' channels.
        names: The labels' names, such as ``#ff8000`` or ``channel 3``.
        numbers: (h, w) for each map, the label of each pixel; of a large map, of every second pixel or fewer.
        own: For each map, the labels that it has.
        maps: The colours that each map was painted in.
    """

    values: Values
    names: tuple[str, ...]
    numbers: tuple[NDArray[np.intp], ...]
    own: tuple[frozenset[int], ...]
    maps: tuple[OwnColors, ...]

    def shares(self, number: int) -> NDArray[np.float64]:
        """Return the part of map ``number`` that each label covers, (K,)."""
        labels = self.numbers[number]
        return np.bincount(labels.ravel(), minlength=len(self.names)) / labels.size

    def merged(self, pairs: Sequence[tuple[int, int]]) -> PaintedLabels:
        """Return the same with one label in place of each of ``pairs``, the first of the two."""
        place = np.arange(len(self.names))
        for kept, gone in pairs:
            place[gone] = kept
        left = np.unique(place)
        renumbered = np.searchsorted(left, place)
        return PaintedLabels(
            self.values[left],
            tuple(self.names[number] for number in left),
            tuple(renumbered[numbers] for numbers in self.numbers),
            tuple(frozenset(int(renumbered[number]) for number in own) for own in self.own),
            self.maps,
        )


def find_labels(maps: Sequence[SemanticMap]) -> PaintedLabels:
    """Find the labels of maps that belong together.

    They are the colours of the maps that are painted in flat colours; a blurred map adds only those of its areas that
    are like none of these.

    Raises:
        InputError: when their channels differ, or one is no painted map.
    """
    if len({len(one.values) for one in maps}) > 1:
        raise InputError(f"the maps' channels differ: {', '.join(map(str, maps))}; save them in the same mode")
    stacks = [thinned(one, LONG_SIDE) for one in maps]
    if all(is_soft(one, stack) for one, stack in zip(maps, stacks, strict=True)):
        return soft_labels(maps, stacks)
    colors = [painted_colors(one) for one in maps]
    values, own = common_palette(colors)
    own = tuple(
        seen(stack, values, mine) if one.is_blurred else mine
        for stack, one, mine in zip(stacks, colors, own, strict=True)
    )
    numbers = tuple(snapped_to(stack, values, mine) for stack, mine in zip(stacks, own, strict=True))
    names = tuple(name_of(value, maps[0].is_image) for value in values)
    return PaintedLabels(values, names, numbers, own, tuple(colors))


def is_soft(semantic_map: SemanticMap, stack: Values) -> bool:
    """Whether a map's channels are memberships: at least two, none negative, which sum to 1."""
    if semantic_map.is_image or len(stack) < 2 or stack.min() < 0:
        return False
    return bool(np.abs(stack.sum(0) - 1).max() < SUM_SLACK)


def soft_labels(maps: Sequence[SemanticMap], stacks: Sequence[Values]) -> PaintedLabels:
    count = len(stacks[0])
    numbers = tuple(stack.argmax(0) for stack in stacks)
    shares = [np.bincount(one.ravel(), minlength=count) / one.size for one in numbers]
    values, names = np.eye(count, dtype=np.float32), tuple(f"channel {number}" for number in range(1, count + 1))
    return PaintedLabels(
        values,
        names,
        numbers,
        tuple(frozenset(np.flatnonzero(share).tolist()) for share in shares),
        tuple(OwnColors(one.name, values, names, share, 0.0, False) for one, share in zip(maps, shares, strict=True)),
    )


def common_palette(colors: Sequence[OwnColors]) -> tuple[Values, tuple[frozenset[int], ...]]:
    """Return the colours of all maps, (K, M), and which of them each map has; those of clean maps come first."""
    palette: list[Values] = []
    own: list[set[int]] = [set() for _ in colors]
    for number in sorted(range(len(colors)), key=lambda number: colors[number].is_blurred * colors[number].between):
        one = colors[number]
        for value, part in zip(one.values, one.parts, strict=True):
            distances = np.linalg.norm(np.array(palette) - value, axis=1) if palette else np.array([np.inf])
            if distances.min() <= (MATCH if one.is_blurred else EXACT):
                own[number].add(int(distances.argmin()))
            elif not (one.is_blurred and part < SMALL_PART and between(value, np.array(palette))):
                own[number].add(len(palette))
                palette.append(value)
    return np.stack(palette), tuple(map(frozenset, own))


def snapped_to(stack: Values, values: Values, own: frozenset[int]) -> NDArray[np.intp]:
    """Return which of ``values`` (K, M) each pixel has, (h, w); only those of ``own`` are considered."""
    mine = np.array(sorted(own))
    numbers: NDArray[np.intp] = mine[snapped(stack, values[mine])]
    return numbers


def seen(stack: Values, values: Values, own: frozenset[int]) -> frozenset[int]:
    """Return the labels of a blurred map: its ``own``, and those of others that it has much of, though nowhere flat."""
    pixels = np.bincount(snapped(stack, values).ravel(), minlength=len(values))
    return own | frozenset(np.flatnonzero(pixels >= PRESENT * pixels.sum()).tolist())
