"""Intervals of the bootstrap, against scipy's and Student's, and where they have to end."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from semstyle.dataset.comparison.bootstrap import LEAST_PAIRS, MOST_DRAWS, intervals, resample_count


def test_intervals_are_scipys() -> None:
    random = np.random.default_rng(1)
    skewed = np.stack([random.exponential(1, 60), random.normal(3, 2, 60), random.uniform(-1, 1, 60) ** 3], axis=1)
    low, high = intervals(skewed)
    for column in range(skewed.shape[1]):
        expected = stats.bootstrap(
            (skewed[:, column],), np.mean, n_resamples=40_000, method="percentile", rng=np.random.default_rng(2)
        )
        width = expected.confidence_interval.high - expected.confidence_interval.low
        assert low[column] == pytest.approx(expected.confidence_interval.low, abs=0.03 * width)
        assert high[column] == pytest.approx(expected.confidence_interval.high, abs=0.03 * width)


def test_of_many_normal_values_it_is_students_interval() -> None:
    values = np.random.default_rng(3).normal(0.5, 2, (2_000, 1))
    (low,), (high,) = intervals(values)
    expected = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    width = float((expected[1] - expected[0]).item())
    assert low == pytest.approx(expected[0].item(), abs=0.03 * width)
    assert high == pytest.approx(expected[1].item(), abs=0.03 * width)


def test_it_holds_the_true_mean_as_often_as_it_says() -> None:
    random = np.random.default_rng(4)
    samples = random.normal(0, 1, (40, 400))  # 400 experiments of 40 pairs each, drawn alike
    low, high = intervals(samples)
    assert 0.91 <= np.mean((low <= 0) & (high >= 0)) <= 0.97


def test_the_same_differences_have_the_same_interval_and_no_others() -> None:
    values = np.random.default_rng(5).normal(0, 1, (30, 2))
    assert np.array_equal(intervals(values), intervals(values))
    assert not np.array_equal(intervals(values), intervals(values, seed=1))
    assert intervals(values)[0][:1] == pytest.approx(intervals(values[:, :1])[0]), "a column does not change another's"


def test_equal_differences_have_an_interval_of_no_width() -> None:
    low, high = intervals(np.full((10, 2), [0.0, 0.25]))
    assert low.tolist() == high.tolist() == [0.0, 0.25]


def test_of_few_pairs_there_is_none() -> None:
    assert np.isnan(intervals(np.ones((LEAST_PAIRS - 1, 3)))).all()
    assert not np.isnan(intervals(np.ones((LEAST_PAIRS, 3)))).any()


def test_many_pairs_take_fewer_resamples() -> None:
    assert [resample_count(pairs) for pairs in (10, 10_000, 50_000, 10**7)] == [10_000, 10_000, 2_000, 1_000]
    assert MOST_DRAWS == 10_000 * 10_000
