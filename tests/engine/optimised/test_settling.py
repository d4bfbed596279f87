"""Ending the finest phase when it gains nothing more."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter

import pytest
import torch

from semstyle.engine import Parameters, Progress, Request, render, render_request
from semstyle.engine.equipment import Equipment
from semstyle.engine.inputs.phases import Phase
from semstyle.engine.optimised.method import render_together
from semstyle.engine.terms import Terms
from semstyle.engine.tracing import Tracer

STYLE = torch.rand(3, 128, 128, generator=torch.Generator().manual_seed(0))
LOOSE = Parameters(size=128, iterations=60, phases=2, tolerance=0.9)
"""No stretch lowers the loss by nine tenths, so that the phase ends as soon as it may."""
PHASE = Phase(1, (48, 64), ((48, 64),))


def told(losses: list[float], tolerance: float, stretches: dict[int, int]) -> int:
    """Return how many of ``losses`` are recorded until the tracer says that they have settled."""
    parameters = Parameters(tolerance=tolerance, iterations=1000)
    tracer = Tracer([PHASE], parameters, None, torch.device("cpu"))
    for number, loss in enumerate(losses, 1):
        terms = Terms.of_pass(torch.tensor(loss), torch.tensor(0.0))._replace(style=torch.zeros(4))
        tracer.record(PHASE, terms, False, torch.zeros(3, 1, 1), stretch=stretches.get(number, 0))
        if tracer.settled:
            return number
    return len(losses)


def test_the_lowest_losses_of_two_stretches_are_compared() -> None:
    stretches = {10: 10, 20: 10, 30: 10}
    falling = [100.0 * 0.97**number for number in range(30)]
    assert told(falling, 0.2, stretches) == 30
    assert told(falling, 0.3, stretches) == 20  # 0.97 to the tenth is 0.74
    jump = [3.0, *[2.0] * 9, 4.0, *[1.9] * 9, 5.0, *[1.895] * 9]  # new matches raise the loss at first
    assert told(jump, 0.01, stretches) == 30
    assert told(jump, 0.06, stretches) == 20


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_losses_that_are_not_finite_do_not_settle(bad: float) -> None:
    assert told([bad] * 20 + [1.0] * 10, 0.5, {10: 10, 20: 10, 30: 10}) == 30


def test_a_render_ends_in_its_finest_phase_alone(device: torch.device) -> None:
    seen: list[Progress] = []
    rendering = render(STYLE, parameters=LOOSE, device=device, on_step=lambda progress: seen.append(progress))
    assert Counter(row.phase for row in rendering.trace) == {1: 60, 2: 38}
    assert [row.evaluation for row in rendering.trace] == [*range(1, 61), *range(1, 39)]
    assert [(end.evaluation.phase, end.evaluations_done) for end in seen if end.ends_phase] == [(1, 60), (2, 120)]
    assert seen[-1].evaluations_planned == 120 and seen[-1].seconds_left == 0


def test_its_image_is_that_of_the_evaluation_at_which_it_ended() -> None:
    images: list[torch.Tensor] = []
    kept = dataclasses.replace(LOOSE, tolerance=0.0, phases=1)

    def note(progress: Progress) -> None:
        images.append(progress.image.clone())

    whole = render(STYLE, parameters=kept, on_step=note)
    assert len(whole.trace) == 60
    assert torch.equal(render(STYLE, parameters=dataclasses.replace(LOOSE, phases=1)).image, images[37])


def test_in_a_batch_each_ends_by_itself(device: torch.device) -> None:
    short = dataclasses.replace(LOOSE, phases=1)
    requests = [
        Request(STYLE, parameters=short),
        Request(STYLE.flip(2), parameters=dataclasses.replace(short, tolerance=0.0)),
    ]
    together = render_together(requests, Equipment(device))
    assert [len(rendering.trace) for rendering in together] == [38, 60]
    alone = render_request(requests[0], device=device)
    assert [row.loss for row in together[0].trace] == pytest.approx([row.loss for row in alone.trace], rel=0.02)
