"""This module has what is measured: some work, and its seconds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from semstyle.cost.quantity import Quantity, Work


@dataclass(frozen=True)
class TimedWork:
    """Work whose time was measured.

    Attributes:
        seconds: More than 0.
    """

    work: Work
    seconds: float


def fitted(samples: Iterable[TimedWork]) -> dict[Quantity, float]:
    """Return the seconds of a unit of each quantity, none below 0, by which the samples take as long as measured.

    They are those of least squares of the relative errors, so that short samples count as long ones do.
    """
    samples = [sample for sample in samples if sample.seconds > 0]
    quantities = sorted({quantity for sample in samples for quantity, amount in sample.work.items() if amount})
    matrix = np.array([[relative(sample, quantity) for quantity in quantities] for sample in samples])
    # Amounts of pairs are millions of times those of layers; each column is brought to the same length.
    lengths = np.linalg.norm(matrix, axis=0)
    rates, _ = nnls(matrix / lengths, np.ones(len(samples)))
    return dict(zip(quantities, (rates / lengths).tolist(), strict=True))


def relative(sample: TimedWork, quantity: Quantity) -> float:
    return sample.work[quantity] / sample.seconds


def deviations(samples: Sequence[TimedWork], rates: dict[Quantity, float]) -> list[float]:
    """Return, for each sample, its fitted seconds over those measured."""
    return [
        sum(rates.get(quantity, 0.0) * amount for quantity, amount in sample.work.items()) / sample.seconds
        for sample in samples
    ]
