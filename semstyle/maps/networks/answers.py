"""Checking the answer of a pixel-labelling network: a value for each class and pixel. Imports no torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from semstyle.errors import InputError

MOST_CLASSES = 4096

Values = NDArray[np.float32]
"""(classes, height, width): logits or probabilities."""


def class_values(parts: Sequence[Any]) -> Values:
    """Return the first part of an answer that is (1, K, h, w) with K from 2 to ``MOST_CLASSES``, as (K, h, w).

    Raises:
        InputError: when there is none, or when it is not finite.
    """
    arrays = [part for part in parts if isinstance(part, np.ndarray) and part.dtype.kind in "fiu"]
    for array in arrays:
        if array.ndim == 4 and len(array) == 1 and 2 <= array.shape[1] <= MOST_CLASSES and array.size:
            return finite(array[0].astype(np.float32))
    shapes = ", ".join(str(tuple(map(int, array.shape))) for array in arrays) or "no tensor"
    raise InputError(
        f"answers with {shapes}, and not with a value for each class and pixel, (1, classes, height, width)"
    )


def finite(values: Values) -> Values:
    if not np.isfinite(values).all():
        raise InputError("answers with values that are not finite")
    return values
