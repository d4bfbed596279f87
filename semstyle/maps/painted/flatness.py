"""Finding where a map is flat: inside what was painted in one colour, and not on a soft edge or in a JPEG's noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from semstyle.maps.painted.extremes import largest_around, least_around

Values = NDArray[np.float32]

FLAT_RANGE = 4.5 / 255
"""How far apart the values around a flat pixel are at most, in each channel: inside an area JPEG errs by as much."""
SPACING = 256
"""A neighbourhood reaches one pixel for each so many pixels of the long side: in a larger map soft edges are wider."""


def reach(size: tuple[int, ...]) -> int:
    """Return how many pixels a neighbourhood reaches from its middle in a map of ``size`` (h, w)."""
    return max(1, round(max(size) / SPACING))


def flat_pixels(values: Values, radius: int) -> NDArray[np.bool_]:
    """Return which pixels are flat, (h, w): all of ``values`` (M, h, w) within ``radius`` pixels are nearly alike."""
    flat = np.ones(values.shape[1:], np.bool_)
    for channel in values:
        flat &= largest_around(channel, radius) - least_around(channel, radius) <= FLAT_RANGE
    return flat


def blocks(numbers: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return whether each pixel and its eight neighbours have the same one of ``numbers`` (h, w): (h, w)."""
    same: NDArray[np.bool_] = largest_around(numbers, 1) == least_around(numbers, 1)
    return same
