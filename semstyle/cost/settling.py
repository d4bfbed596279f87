"""After how many evaluations the finest phase is expected to end (the parameter ``tolerance``)."""

from __future__ import annotations

import math

from semstyle.engine.inputs.phases import Phase, stretch_ends
from semstyle.engine.parameters import Parameters

MEDIAN_GAINS = {True: 0.0125, False: 0.035}
"""The share by which a stretch of evaluations lowers the loss, of methods that match patches and of others: the median
of 40 renders of the demo, of all methods side by side, and of the quality page."""
SPREAD = 0.85
"""The deviation of the logarithm of that gain from render to render."""
LASTING = 50
"""Up to so many evaluations the gain hardly falls; then it does with their square root."""


def expected_evaluations(phase: Phase, finest: Phase, parameters: Parameters) -> float:
    """Return how many evaluations ``phase`` is expected to have; only the finest may end before all are done."""
    expected, going = 0.0, 1.0
    for last in stretch_ends(phase, finest, parameters):
        if last + 1 < parameters.evaluations:
            ends = going * chance_of_settling(last + 1, parameters)
            expected += ends * (last + 1)
            going -= ends
    return expected + going * parameters.evaluations


def chance_of_settling(evaluations: int, parameters: Parameters) -> float:
    """Return how likely the gain after so many evaluations is below the tolerance, 0..1."""
    median = MEDIAN_GAINS[parameters.traits.matches] * min(1.0, (LASTING / evaluations) ** 0.5)
    return 0.5 * math.erfc(-math.log(parameters.tolerance / median) / (SPREAD * math.sqrt(2)))
