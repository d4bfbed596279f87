"""The priorities in a column of a manifest, many at once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from semstyle.manifest.priority import FARTHEST

Priorities = np.ndarray[tuple[int], np.dtype[np.int64]]


def priorities_of(column: pa.Array) -> Priorities:
    """Return the priorities in a column of numbers, as many as it has rows.

    0 also stands for a value that :func:`~semstyle.manifest.priority.checked_priority` refuses: its row comes with
    those that have none.
    """
    values = np.asarray(column.cast(pa.float64(), safe=False).fill_null(0.0), dtype=np.float64)
    is_whole = np.isfinite(values) & (np.abs(values) <= FARTHEST) & (np.trunc(values) == values)
    return np.where(is_whole, values, 0.0).astype(np.int64)
