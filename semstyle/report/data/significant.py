"""Numbers with as many digits as a chart or a table needs, which makes files a third as long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

SMALLEST, LARGEST = 1e-6, 1e15
"""Between these, powers of ten up to 10^22 are enough, which floats have exactly."""


def significant(values: NDArray[np.float64], digits: int) -> list[float | None]:
    """Return ``values`` rounded to so many significant digits, 15 at most; None for what is no finite number."""
    sizes = np.abs(values)
    usual = (sizes >= SMALLEST) & (sizes <= LARGEST)
    safe = np.where(usual, values, 1.0)
    places = digits - 1 - np.floor(np.log10(np.abs(safe))).astype(np.int64)
    fine, coarse = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    # Whole numbers are divided, or multiplied, by whole numbers: so the result is the nearest to the decimal one.
    found: list[float | None] = np.where(
        places >= 0, np.round(safe * fine) / fine, np.round(safe / coarse) * coarse
    ).tolist()
    for place in np.flatnonzero(~usual):
        value = float(values[place])
        found[place] = float(f"{value:.{digits - 1}e}") if np.isfinite(value) else None
    return found


def rounded(values: Sequence[Any], digits: int = 6) -> list[float | None]:
    """Return numbers, of which some may be None, rounded to so many significant digits."""
    return significant(np.array([np.nan if value is None else value for value in values], np.float64), digits)
