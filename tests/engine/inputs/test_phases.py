from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semstyle.engine.inputs.phases import (
    Phase,
    output_size,
    plan_phases,
    rematch_schedule,
    stretch_ends,
    stretches,
    style_size,
)
from semstyle.engine.parameters import Parameters
from semstyle.errors import InputError, ParameterError


def test_three_phases_at_a_quarter_a_half_and_the_whole() -> None:
    phases = plan_phases(Parameters(), (384, 512), [(384, 512)])
    assert [(phase.number, phase.output) for phase in phases] == [(1, (96, 128)), (2, (192, 256)), (3, (384, 512))]
    assert [phase.styles for phase in phases] == [(phase.output,) for phase in phases]


def test_a_phase_with_fewer_than_eight_deep_features_is_dropped() -> None:
    assert [phase.output for phase in plan_phases(Parameters(phases=5), (130, 130), [(500, 500)])] == [
        (65, 65),
        (130, 130),
    ]


@pytest.mark.parametrize(
    ("size", "coarsest"), [(256, 64), (400, 100), (512, 128), (1024, 128), (2048, 128), (4096, 128)]
)
def test_by_default_larger_images_have_more_phases(size: int, coarsest: int) -> None:
    phases = plan_phases(Parameters(size=size), (size, size), [(size, size)])
    assert phases[0].output == (coarsest, coarsest)


def test_a_thin_style_drops_phases_too() -> None:
    assert len(plan_phases(Parameters(), (512, 512), [(64, 2000)])) == 1


def test_too_small_a_picture_is_an_error_that_names_it() -> None:
    with pytest.raises(ParameterError, match="size"):
        plan_phases(Parameters(size=32), (20, 32), [(512, 512)])
    with pytest.raises(InputError, match="style"):
        plan_phases(Parameters(), (512, 512), [(16, 512)])


def test_size_is_the_long_side() -> None:
    assert output_size(Parameters(size=400), (300, 600)) == (200, 400)
    assert output_size(Parameters(size=400), (600, 300)) == (400, 200)


def test_a_style_keeps_its_aspect_and_takes_the_outputs_area() -> None:
    height, width = style_size((1000, 4000), (512, 512))
    assert width == 4 * height
    assert height * width == pytest.approx(512 * 512, rel=0.01)
    assert style_size((100, 100), (512, 512)) == (512, 512)


def test_the_finest_phase_keeps_its_matches_ever_longer() -> None:
    finest = Phase(3, (384, 512), ((384, 512),))
    rematches = list(rematch_schedule(finest, finest, Parameters(iterations=100)))
    times = [index for index, rematch in enumerate(rematches) if rematch]
    assert times[:7] == list(range(7))
    assert times[-3:] == [38, 50, 66]  # the next would be 88, with too few evaluations left to follow new matches
    assert len(times) == 16
    assert all(rematch_schedule(finest, finest, Parameters(rematch="every")))


def test_phases_that_cost_little_beside_the_finest_rematch_at_every_evaluation() -> None:
    finest = Phase(3, (384, 512), ((384, 512),))
    assert all(rematch_schedule(Phase(2, (192, 256), ((192, 256),)), finest, Parameters()))
    nearly_as_large = Phase(2, (300, 400), ((300, 400),))
    assert not all(rematch_schedule(nearly_as_large, finest, Parameters()))


@given(st.integers(1, 3000))
def test_stretches_follow_each_other_and_the_last_is_as_long_as_its_turn(evaluations: int) -> None:
    pairs = list(stretches(evaluations))
    assert [first for first, _ in pairs] == [0, *(after for _, after in pairs[:-1])]
    assert pairs[-1][1] == evaluations
    assert all(after - first >= max(1, first // 3) for first, after in pairs if first > 0)


def test_only_the_finest_phase_may_be_ended_before_its_time() -> None:
    finest = Phase(3, (384, 512), ((384, 512),))
    assert stretch_ends(finest, finest, Parameters()) == {37: 9, 49: 12, 65: 16, 99: 34}
    assert stretch_ends(Phase(2, (192, 256), ((192, 256),)), finest, Parameters()) == {}
    assert stretch_ends(finest, finest, Parameters(tolerance=0.0)) == {}
