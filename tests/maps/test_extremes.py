"""The least and largest values around pixels are scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from semstyle.maps.painted.extremes import largest_around, least_around


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 7), (2, 9), (40, 31)])
@pytest.mark.parametrize("radius", [1, 2, 5])
def test_extremes_are_those_of_scipy(size: tuple[int, int], radius: int) -> None:
    random = np.random.default_rng(0)
    for values in (random.random(size, np.float32), random.integers(-5, 9, size), random.random(size) < 0.1):
        before = values.copy()
        least, largest = least_around(values, radius), largest_around(values, radius)
        assert least.dtype == largest.dtype == values.dtype
        assert np.array_equal(least, ndimage.minimum_filter(values, 2 * radius + 1, mode="nearest"))
        assert np.array_equal(largest, ndimage.maximum_filter(values, 2 * radius + 1, mode="nearest"))
        assert np.array_equal(values, before)
