"""Confidence intervals of mean differences, by the paired bootstrap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

MOST_RESAMPLES, LEAST_RESAMPLES = 10_000, 1_000
MOST_DRAWS = 10**8
"""How many draws an interval may take: 10,000 resamples of up to 10,000 pairs, fewer of more."""
DRAWS_AT_ONCE = 2**19
CONFIDENCE = 0.95
LEAST_PAIRS = 5
"""Of fewer pairs there is no interval: it would be far too short (two pairs can only give their own two values)."""

Values = NDArray[np.float64]


def intervals(differences: Values, seed: int = 0) -> tuple[Values, Values]:
    """Return the ends of the 95 % intervals of the columns' means, by Efron's percentile method.

    Whole rows are drawn with replacement, so that a pair stays a pair, and all columns of a row stay together.

    Args:
        differences: (pairs, numbers), all finite.

    Returns:
        The lower and the upper ends, (numbers,) each; NaN when there are fewer than ``LEAST_PAIRS``.
    """
    pairs, numbers = differences.shape
    if pairs < LEAST_PAIRS:
        nothing = np.full(numbers, np.nan)
        return nothing, nothing
    low, high = differences.mean(axis=0), differences.mean(axis=0)
    varied = np.ptp(differences, axis=0) > 0  # the others have the same mean however they are drawn
    if varied.any():
        means = np.concatenate(list(resampled_means(differences[:, varied], np.random.default_rng(seed))))
        tail = (1 - CONFIDENCE) / 2
        low[varied], high[varied] = np.quantile(means, (tail, 1 - tail), axis=0)
    return low, high


def resampled_means(differences: Values, random: np.random.Generator) -> Iterator[Values]:
    """Yield the columns' means of all resamples, (some resamples, numbers) at a time.

    A resample is held as how often each pair was drawn; all means are then one product of matrices.
    """
    pairs = len(differences)
    resamples = resample_count(pairs)
    at_once = max(1, DRAWS_AT_ONCE // pairs)
    for first in range(0, resamples, at_once):
        count = min(at_once, resamples - first)
        drawn = random.integers(0, pairs, (count, pairs), dtype=np.int32)
        drawn += (np.arange(count, dtype=np.int32) * pairs)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=count * pairs).reshape(count, pairs)
        yield counts.astype(np.float64) @ differences / pairs


def resample_count(pairs: int) -> int:
    return min(MOST_RESAMPLES, max(LEAST_RESAMPLES, MOST_DRAWS // pairs))
