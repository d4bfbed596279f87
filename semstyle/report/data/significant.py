"""Numbers with as many digits as a chart or a table needs, which makes files a third as long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def significant(values: NDArray[np.float64], digits: int) -> list[float | None]:
    """Return ``values`` rounded to so many significant digits; None for what is no finite number."""
    known = np.isfinite(values)
    safe = np.where(known & (values != 0), values, 1.0)
    places = digits - 1 - np.floor(np.log10(np.abs(safe))).astype(np.int64)
    fine, coarse = 10.0 ** np.clip(places, 0, 300), 10.0 ** np.clip(-places, 0, 300)
    # Whole numbers are divided, or multiplied, by whole numbers: so the result is the nearest to the decimal one.
    rounded = np.where(places >= 0, np.round(safe * fine) / fine, np.round(safe / coarse) * coarse)
    rounded = np.where(values == 0, 0.0, rounded)
    known &= np.isfinite(rounded)
    return [value if is_known else None for value, is_known in zip(rounded.tolist(), known.tolist(), strict=True)]


def rounded(values: Sequence[Any], digits: int = 6) -> list[float | None]:
    """Return numbers, of which some may be None, rounded to so many significant digits."""
    return significant(np.array([np.nan if value is None else value for value in values], np.float64), digits)
