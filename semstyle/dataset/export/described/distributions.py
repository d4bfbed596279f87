"""How a metric is spread over the renders of a data set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from pydantic import BaseModel

from semstyle.dataset.export.plan import NUMBERS, Planned

DIGITS = 6
PERCENTILES = {"low": 5, "median": 50, "high": 95}


class Distribution(BaseModel):
    """A number over all renders that have it.

    Attributes:
        low: The 5th percentile; ``high`` is the 95th.
    """

    name: str
    renders: int
    mean: float
    deviation: float
    minimum: float
    low: float
    median: float
    high: float
    maximum: float


def distributions_of(renders: Sequence[Planned]) -> Iterator[Distribution]:
    """Yield the distribution of each number that some render has."""
    for column, name in enumerate(NUMBERS):
        values = np.fromiter((render.numbers[column] for render in renders), float, len(renders))
        values = values[np.isfinite(values)]
        if values.size:
            figures = {
                "mean": values.mean(),
                "deviation": values.std(),
                "minimum": values.min(),
                "maximum": values.max(),
                **{key: np.percentile(values, percent) for key, percent in PERCENTILES.items()},
            }
            rounded = {key: float(f"{value:.{DIGITS}g}") for key, value in figures.items()}
            yield Distribution(name=name, renders=int(values.size), **rounded)


class LicenseCount(BaseModel):
    """How many renders have a tag about a licence with this value."""

    tag: str
    license: str
    renders: int


def licenses_in(renders: Sequence[Planned]) -> list[LicenseCount]:
    """Count licences that the renders' tags tell, the most frequent first."""
    counts = Counter(pair for render in renders for pair in render.licenses)
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [LicenseCount(tag=tag, license=text, renders=count) for (tag, text), count in ordered]
