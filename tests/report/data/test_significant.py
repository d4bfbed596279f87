"""Rounding to significant digits."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from semstyle.report.data.significant import rounded, significant


def test_numbers_are_shorter_and_what_is_none_is_none() -> None:
    values = [0.0, 1.23456, -0.000123456, 98765.4, 1e-7 / 3, float("nan"), float("inf"), None, 10, 250.0]
    assert rounded(values, 4) == [0, 1.235, -0.0001235, 98770, 3.333e-08, None, None, None, 10, 250]


@given(st.floats(1e-200, 1e200), st.integers(1, 15))
@example(9.5e198, 1)
def test_they_are_those_that_python_writes(value: float, digits: int) -> None:
    (found,) = significant(np.array([value]), digits)
    assert found is not None and math.isclose(found, float(f"{value:.{digits - 1}e}"), rel_tol=10.0 ** (1 - digits))
    assert significant(np.array([found]), digits) == [found]
