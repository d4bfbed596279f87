"""Rates that are fitted to work whose time was measured."""

from __future__ import annotations

import random

import pytest

from semstyle.bench.calibration.timed_work import TimedWork, deviations, fitted
from semstyle.cost.quantity import Quantity, Work

RATES = {Quantity.EVALUATION: 3e-3, Quantity.OPTIMISED_PIXEL: 2e-7, Quantity.MATCHED_PAIR: 5e-10}


def samples(noise: float) -> list[TimedWork]:
    generator = random.Random(0)
    found = []
    for _ in range(40):
        work = Work(
            {
                Quantity.EVALUATION: generator.randint(1, 5),
                Quantity.OPTIMISED_PIXEL: generator.randint(1000, 10**6),
                Quantity.MATCHED_PAIR: generator.randint(0, 10**9),
            }
        )
        seconds = sum(RATES[quantity] * amount for quantity, amount in work.items())
        found.append(TimedWork(work, seconds * (1 + noise * generator.uniform(-1, 1))))
    return found


def test_rates_that_made_the_times_are_found() -> None:
    assert fitted(samples(0)) == pytest.approx(RATES)
    noisy = samples(0.1)
    found = fitted(noisy)
    assert found == pytest.approx(RATES, rel=0.3)
    assert all(0.8 < ratio < 1.25 for ratio in deviations(noisy, found))


def test_no_rate_is_below_zero() -> None:
    work = [Work({Quantity.EVALUATION: 1, Quantity.MATCH: 2}), Work({Quantity.EVALUATION: 1, Quantity.MATCH: 1})]
    found = fitted([TimedWork(work[0], 1.0), TimedWork(work[1], 2.0)])
    assert min(found.values()) == 0
