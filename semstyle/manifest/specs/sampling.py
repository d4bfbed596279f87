"""Points spread over ranges of parameters, by scipy's quasi-Monte Carlo sequences.

Sobol, I. M. (1967), with Owen's scrambling; McKay, Beckman and Conover (1979) for Latin hypercubes.
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

from semstyle.engine.parameter import parameter_type
from semstyle.manifest.columns import PARAMETER_FIELDS
from semstyle.manifest.specs.document import SampledPoints, SampledRange

if TYPE_CHECKING:
    import numpy as np

DIGITS = 6
"""Significant digits of a sampled number: the last bits of a logarithm differ between machines, and ids must not."""


def sampled(sample: SampledPoints) -> list[tuple[Any, ...]]:
    """Return ``n`` points, each with a value for every range.

    With ``sobol`` and ``random``, the points of a smaller ``n`` are the first of a larger one.
    """
    ranges = [(range_, is_whole(name, range_)) for name, range_ in sample.ranges.items()]
    return [
        tuple(value_at(float(share), *range_) for share, range_ in zip(point, ranges, strict=True))
        for point in unit_points(sample)
    ]


def unit_points(sample: SampledPoints) -> np.ndarray:
    """Return points in the unit cube, (n, ranges), each coordinate in [0, 1)."""
    import numpy as np
    from scipy.stats import qmc

    dimensions = len(sample.ranges)
    if sample.method == "random":
        return np.random.default_rng(sample.seed).random((sample.n, dimensions))
    sequence = qmc.Sobol if sample.method == "sobol" else qmc.LatinHypercube
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # an n that is no power of 2 is less balanced, and no mistake
        points: np.ndarray = sequence(dimensions, rng=sample.seed).random(sample.n)
    return points


def is_whole(name: str, range_: SampledRange) -> bool:
    """Whether the parameter ``name`` gets whole numbers."""
    field = PARAMETER_FIELDS.get(name)
    return range_.integer or (field is not None and parameter_type(field) is int)


def value_at(share: float, range_: SampledRange, whole: bool) -> Any:
    """Return the value that lies at ``share``, in [0, 1), of a range; all whole numbers of it are as likely."""
    if range_.choices is not None:
        return range_.choices[min(int(share * len(range_.choices)), len(range_.choices) - 1)]
    assert range_.low is not None and range_.high is not None
    low, high = range_.low, range_.high
    if whole:
        low, high = math.ceil(low), math.floor(high)
        # One more than the last, so that rounding down gives each number its share.
        return min(int(high), max(int(low), math.floor(between(share, low, high + 1, range_.log))))
    return min(high, max(low, float(f"{between(share, low, high, range_.log):.{DIGITS}g}")))


def between(share: float, low: float, high: float, log: bool) -> float:
    return low * (high / low) ** share if log else low + share * (high - low)
