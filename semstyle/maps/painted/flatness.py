"""Where a map is flat: inside what was painted in one colour, and not on a soft edge or in a JPEG's noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Values = NDArray[np.float32]

FLAT_RANGE = 4.5 / 255
"""How far the values around a flat pixel are apart at most, in each channel: JPEG's error inside an area."""
SPACING = 256
"""A neighbourhood reaches a pixel for so many of the long side: a soft edge is wider in a larger map."""


def reach(size: tuple[int, ...]) -> int:
    """Pixels from the middle of a neighbourhood to its side in a map of ``size`` (h, w)."""
    return max(1, round(max(size) / SPACING))


def flat_pixels(values: Values, radius: int) -> NDArray[np.bool_]:
    """(h, w): whether all of ``values`` (M, h, w) up to ``radius`` pixels away are nearly alike."""
    side = 2 * radius + 1
    flat = np.ones(values.shape[1:], np.bool_)
    for channel in values:
        low = ndimage.minimum_filter(channel, side, mode="nearest")
        flat &= ndimage.maximum_filter(channel, side, mode="nearest") - low <= FLAT_RANGE
    return flat


def blocks(numbers: NDArray[np.intp]) -> NDArray[np.bool_]:
    """(h, w): whether a pixel and its eight neighbours have the same of ``numbers`` (h, w)."""
    low = ndimage.minimum_filter(numbers, 3, mode="nearest")
    same: NDArray[np.bool_] = ndimage.maximum_filter(numbers, 3, mode="nearest") == low
    return same
