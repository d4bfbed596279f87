"""The least and the largest value around each pixel, as scipy.ndimage's filters find them.

Every render looks at its maps with these, and importing scipy takes longer than looking.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Value = TypeVar("Value", bound=np.generic)


def least_around(values: NDArray[Value], radius: int) -> NDArray[Value]:
    """Return the least of ``values`` (h, w) within ``radius`` rows and columns of each, inside the map: (h, w)."""
    return along_columns(np.minimum, along_columns(np.minimum, values, radius).T, radius).T


def largest_around(values: NDArray[Value], radius: int) -> NDArray[Value]:
    """Return the largest of ``values`` (h, w), which may be truth values, as :func:`least_around` does."""
    return along_columns(np.maximum, along_columns(np.maximum, values, radius).T, radius).T


def along_columns(choose: Any, values: NDArray[Value], radius: int) -> NDArray[Value]:
    """Return what ``choose`` leaves of the values within ``radius`` rows of each of ``values`` (h, w)."""
    found = values.copy(order="K")
    for distance in range(1, min(radius, len(values) - 1) + 1):
        choose(found[distance:], values[:-distance], out=found[distance:])
        choose(found[:-distance], values[distance:], out=found[:-distance])
    return found
