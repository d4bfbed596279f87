"""When the finest phase is expected to end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from semstyle.cost.settling import chance_of_settling, expected_evaluations
from semstyle.engine import Parameters
from semstyle.engine.inputs.phases import Phase

COARSE, FINEST = Phase(1, (32, 32), ((32, 32),)), Phase(2, (64, 64), ((64, 64),))


def test_only_the_finest_phase_may_end_early_and_not_without_a_tolerance() -> None:
    parameters = Parameters(iterations=100)
    assert expected_evaluations(COARSE, FINEST, parameters) == 100
    assert expected_evaluations(FINEST, FINEST, replace(parameters, tolerance=0)) == 100
    assert 38 < expected_evaluations(FINEST, FINEST, parameters) < 100


def test_a_large_tolerance_ends_it_where_it_is_asked_first() -> None:
    # Stretches end after 38, 50, 66 and 100 evaluations; the first is the earliest that may end the phase.
    assert expected_evaluations(FINEST, FINEST, Parameters(iterations=100, tolerance=1)) == pytest.approx(38, abs=0.1)


def test_half_of_the_renders_gain_less_than_the_median() -> None:
    assert chance_of_settling(50, Parameters(tolerance=0.0125)) == pytest.approx(0.5)
    assert chance_of_settling(200, Parameters(tolerance=0.0125 / 2)) == pytest.approx(0.5)
    assert chance_of_settling(50, Parameters(method="gram")) < chance_of_settling(50, Parameters())
