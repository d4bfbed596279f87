"""Finding where a map is flat: inside what was painted in one colour, and not on a soft edge or in a JPEG's noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

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
    side = 2 * radius + 1
    flat = np.ones(values.shape[1:], np.bool_)
    for channel in values:
        low = ndimage.minimum_filter(channel, side, mode="nearest")
        flat &= ndimage.maximum_filter(channel, side, mode="nearest") - low <= FLAT_RANGE
    return flat


def blocks(numbers: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return whether each pixel and its eight neighbours have the same one of ``numbers`` (h, w): (h, w)."""
    low = ndimage.minimum_filter(numbers, 3, mode="nearest")
    same: NDArray[np.bool_] = ndimage.maximum_filter(numbers, 3, mode="nearest") == low
    return same
