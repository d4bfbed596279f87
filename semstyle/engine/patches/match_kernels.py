"""This module sums along the Gram matrix's diagonals on a CPU, in compiled passes (docs/architecture.md, decision 4).

Numba compiles them; its LLVM comes in its package, so no compiler need be installed. Additions are made in the
same order as :class:`semstyle.engine.patches.match_torch.Band` makes them, so the results are the same to the last bit.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

Pass = Callable[..., None]


def compiled(function: Callable[..., Any]) -> Any:
    """Compile ``function`` to machine code, kept on disk for the next process where there is a place for it."""
    try:
        return njit(nogil=True, cache=True)(function)
    except RuntimeError:  # neither this folder nor the user's can be written
        return njit(nogil=True)(function)


@functools.cache
def compiled_passes(patch_size: int) -> tuple[Pass, Pass]:
    """Return ``sum_along`` and ``take_nearest`` for patches of ``patch_size``, with the loops over a patch unrolled."""

    @compiled
    def sum_along(gram: Any, sums: Any) -> None:
        """Put the sums along rows, Σ_d gram[i+d, y, x+d] of (n+k-1, h, W_s), into ``sums`` (n, h, W_s-k+1)."""
        for i in range(sums.shape[0]):
            for y in range(sums.shape[1]):
                for x in range(sums.shape[2]):
                    total = gram[i, y, x]
                    for d in range(1, patch_size):
                        total += gram[i + d, y, x + d]
                    sums[i, y, x] = total

    @compiled
    def take_nearest(sums: Any, oldest: int, weights: Any, first: int, best: Any, index: Any) -> None:
        """Where a style patch of this band is nearer than the best so far, put it in ``best`` (n,) and ``index`` (n,).

        ``sums`` (k, n, h, w) is a ring of the last k target rows that starts at ``oldest``. ``weights``
        (h-k+1, w) are those of the band's style patches, which are counted from ``first``.
        """
        height, width = weights.shape
        # Of each column: a compiler makes vectors of many maxima, not of one.
        largest = np.empty(width, np.float32)
        for i in range(best.shape[0]):
            largest[:] = best[i]
            for y in range(height):
                for x in range(width):
                    total = sums[oldest, i, y, x]
                    for d in range(1, patch_size):
                        total += sums[(oldest + d) % patch_size, i, y + d, x]
                    largest[x] = max(largest[x], total * weights[y, x])
            nearest = largest.max()
            if not nearest > best[i]:
                continue
            best[i] = nearest
            row = height
            for x in range(width):
                if largest[x] < nearest:
                    continue
                for y in range(row):
                    total = sums[oldest, i, y, x]
                    for d in range(1, patch_size):
                        total += sums[(oldest + d) % patch_size, i, y + d, x]
                    if total * weights[y, x] == nearest:
                        row, index[i] = y, first + y * width + x
                        break

    return sum_along, take_nearest
