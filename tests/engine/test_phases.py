from __future__ import annotations

import pytest

from semstyle.engine.errors import InputError, ParameterError
from semstyle.engine.parameters import Parameters
from semstyle.engine.phases import output_size, plan_phases, rematch_schedule, style_size


def test_three_phases_at_a_quarter_a_half_and_the_whole() -> None:
    phases = plan_phases(Parameters(), (384, 512), (384, 512))
    assert [(phase.number, phase.output) for phase in phases] == [(1, (96, 128)), (2, (192, 256)), (3, (384, 512))]
    assert [phase.style for phase in phases] == [phase.output for phase in phases]


def test_a_phase_with_fewer_than_eight_deep_features_is_dropped() -> None:
    assert [phase.output for phase in plan_phases(Parameters(phases=5), (130, 130), (500, 500))] == [
        (65, 65),
        (130, 130),
    ]


def test_a_thin_style_drops_phases_too() -> None:
    assert len(plan_phases(Parameters(), (512, 512), (64, 2000))) == 1


def test_too_small_a_picture_is_an_error_that_names_it() -> None:
    with pytest.raises(ParameterError, match="size"):
        plan_phases(Parameters(size=32), (20, 32), (512, 512))
    with pytest.raises(InputError, match="style"):
        plan_phases(Parameters(), (512, 512), (16, 512))


def test_size_is_the_long_side() -> None:
    assert output_size(Parameters(size=400), (300, 600)) == (200, 400)
    assert output_size(Parameters(size=400), (600, 300)) == (400, 200)


def test_a_style_keeps_its_aspect_takes_the_outputs_area_and_is_never_enlarged() -> None:
    height, width = style_size((1000, 4000), (512, 512))
    assert width == 4 * height
    assert height * width == pytest.approx(512 * 512, rel=0.01)
    assert style_size((100, 100), (512, 512)) == (100, 100)


def test_rematching_is_scheduled_at_the_first_twenty_and_then_every_tenth() -> None:
    rematches = list(rematch_schedule(Parameters(iterations=100)))
    assert all(rematches[:20])
    assert [index for index, rematch in enumerate(rematches) if rematch and index >= 20] == list(range(20, 100, 10))
    assert all(rematch_schedule(Parameters(rematch="every")))
