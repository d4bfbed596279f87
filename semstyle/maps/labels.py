"""The labels of a map that somebody painted: its colours, or the channels of a soft one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semstyle.engine.errors import InputError
from semstyle.maps.reading import SemanticMap

LEAST_SHARE = 0.003
"""Of either map; what covers less is taken for an edge's in-between colour."""
FLAT_SHARE = 0.9
"""Of all pixels: when so many have a label's very colour, the maps were painted flat."""
BIN = 16 / 255
BLUR = 0.12
"""In 0..1 of a channel: colours of a map that is not flat are this far apart to be two labels."""
LEAST_BETWEEN = 0.02
"""Of all pixels: what of a blurred map lies between two other colours and covers less is their edge."""
MOST_LABELS = 64
SAME = 1.5 / 255
IMAGE_CHANNELS = ("L", "LA", "RGB", "RGBA")
SUM_SLACK = 0.02


@dataclass(frozen=True)
class Labels:
    """What several maps say, in the same labels.

    Attributes:
        values: (K, M), each label's value in the maps' channels.
        names: Such as ``#ff8000`` or ``channel 3``.
        numbers: For each map (h, w), the label that each pixel is nearest to.
        between: For each map, the share of pixels whose value is no label's own.
    """

    values: NDArray[np.float32]
    names: tuple[str, ...]
    numbers: tuple[NDArray[np.intp], ...]
    between: tuple[float, ...]

    def shares(self, number: int) -> NDArray[np.float64]:
        """(K,): the part of map ``number`` that each label covers."""
        labels = self.numbers[number]
        return np.bincount(labels.ravel(), minlength=len(self.names)) / labels.size


def find_labels(maps: Sequence[SemanticMap]) -> Labels:
    """The labels of maps that belong together.

    Raises:
        InputError: when their channels differ, or hardly a pixel has its value from a label.
    """
    stacks = [np.asarray(one.values, np.float32) for one in maps]
    if len({len(stack) for stack in stacks}) > 1:
        raise InputError(f"the maps' channels differ: {', '.join(map(str, maps))}; save them in the same mode")
    if all(is_soft(one, stack) for one, stack in zip(maps, stacks, strict=True)):
        return soft_labels(stacks)
    pixels = [stack.reshape(len(stack), -1).T for stack in stacks]
    values = flat_values(pixels)
    if values is None:
        values = blurred_values(pixels)
    if not len(values):
        raise InputError(f"{maps[0].name}: no colour covers {LEAST_SHARE:.1%} of it; paint a map in a few flat colours")
    numbers, between = zip(*(nearest(one, values) for one in pixels), strict=True)
    shaped = tuple(one.reshape(stack.shape[1:]) for one, stack in zip(numbers, stacks, strict=True))
    is_image = maps[0].channels in IMAGE_CHANNELS
    return Labels(values, tuple(name_of(value, is_image) for value in values), shaped, between)


def is_soft(semantic_map: SemanticMap, stack: NDArray[np.float32]) -> bool:
    """Whether its channels are memberships: at least two, none negative, which sum to 1."""
    if semantic_map.channels in IMAGE_CHANNELS or len(stack) < 2 or stack.min() < 0:
        return False
    return bool(np.abs(stack.sum(0) - 1).max() < SUM_SLACK)


def soft_labels(stacks: Sequence[NDArray[np.float32]]) -> Labels:
    count = len(stacks[0])
    names = tuple(f"channel {number}" for number in range(1, count + 1))
    values = np.eye(count, dtype=np.float32)
    return Labels(values, names, tuple(stack.argmax(0) for stack in stacks), (0.0,) * len(stacks))


def flat_values(pixels: Sequence[NDArray[np.float32]]) -> NDArray[np.float32] | None:
    """(K, M): the values that cover enough of some map, or None when they are too little of all."""
    kept: dict[bytes, NDArray[np.float32]] = {}
    covered = 0
    for one in pixels:
        found, counts = np.unique(one, axis=0, return_counts=True)
        enough = counts >= max(1, LEAST_SHARE * len(one))
        covered += int(counts[enough].sum())
        kept.update((value.tobytes(), value) for value in found[enough])
    if covered < FLAT_SHARE * sum(map(len, pixels)) or len(kept) > MOST_LABELS:
        return None
    return np.stack(list(kept.values()))


def blurred_values(pixels: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """(K, M): the middles of where values crowd, most crowded first, none nearer than ``BLUR`` to another."""
    chosen: list[NDArray[np.float32]] = []
    every = np.concatenate(list(pixels))
    _, places, counts = np.unique((every / BIN).round(), axis=0, return_inverse=True, return_counts=True)
    places = places.ravel()
    order = np.argsort(places, kind="stable")
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    middles = np.add.reduceat(every[order], starts, axis=0) / counts[:, None]
    least = LEAST_SHARE * min(map(len, pixels))
    for place in np.argsort(-counts, kind="stable"):
        if counts[place] < least or len(chosen) == MOST_LABELS:
            break
        is_edge = counts[place] < LEAST_BETWEEN * len(every) and lies_between(middles[place], chosen)
        if not is_edge and all(np.linalg.norm(middles[place] - other) > BLUR for other in chosen):
            chosen.append(middles[place].astype(np.float32))
    return np.stack(chosen) if chosen else np.empty((0, every.shape[1]), np.float32)


def lies_between(value: NDArray[np.floating[Any]], others: Sequence[NDArray[np.float32]]) -> bool:
    """Whether ``value`` is near the line from one of ``others`` to another, as the colours of a blurred edge are."""
    for one, other in itertools.combinations(others, 2):
        along = other - one
        place = float(np.dot(value - one, along) / np.dot(along, along))
        if 0 < place < 1 and np.linalg.norm(value - one - place * along) < BLUR:
            return True
    return False


def nearest(pixels: NDArray[np.float32], values: NDArray[np.float32]) -> tuple[NDArray[np.intp], float]:
    """(P,) the label that each of (P, M) is nearest to, and the share that is not quite it."""
    best = np.full(len(pixels), np.inf, np.float32)
    numbers = np.zeros(len(pixels), np.intp)
    for number, value in enumerate(values):
        distance = np.square(pixels - value).sum(1)
        closer = distance < best
        best[closer], numbers[closer] = distance[closer], number
    return numbers, float((best > SAME**2).mean())


def name_of(value: NDArray[np.float32], is_image: bool) -> str:
    if not is_image:
        return "(" + ", ".join(f"{part:.3g}" for part in value[:4]) + (", …)" if len(value) > 4 else ")")
    levels = (value * 255).round().astype(int)
    return "#" + "".join(f"{level:02x}" for level in levels)
