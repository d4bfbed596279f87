"""The cost of pairs of patches on a CPU, compiled (see :mod:`semstyle.engine.patches.match_kernels`)."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from semstyle.engine.patches.match_kernels import Pass, compiled


@functools.cache
def compiled_pair_costs(patch_size: int) -> Pass:
    """Return a compiled :func:`semstyle.engine.analogy.costs.pair_costs` that writes its sums into ``costs``.

    It stops adding to a sum that has passed its limit.
    """

    @compiled
    def pair_costs(
        target: Any,
        pixels: Any,
        penalties: Any,
        target_width: int,
        places: Any,
        corners: Any,
        widths: Any,
        limits: Any,
        costs: Any,
    ) -> None:
        for i in range(len(places)):
            total = np.float32(0)
            for dy in range(patch_size):
                for dx in range(patch_size):
                    ours = places[i] + dy * target_width + dx
                    theirs = corners[i] + dy * widths[i] + dx
                    total += penalties[theirs]
                    for channel in range(target.shape[1]):
                        difference = target[ours, channel] - pixels[theirs, channel]
                        total += difference * difference
                    if total > limits[i]:
                        break
                if total > limits[i]:
                    break
            costs[i] = total

    made: Pass = pair_costs
    return made
