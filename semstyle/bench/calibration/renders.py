"""This module times renders, evaluation by evaluation and phase by phase."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import torch

from semstyle.bench.calibration.clock import seconds_now
from semstyle.bench.calibration.pictures import COLORS
from semstyle.bench.calibration.timed_work import TimedWork
from semstyle.cost.optimised import OptimisedPhase, render_work
from semstyle.cost.pixelwise import analogy_channels, pass_work, scale_work
from semstyle.cost.quantity import Work
from semstyle.cost.rates import EncoderRates
from semstyle.cost.shapes import Shapes
from semstyle.engine import Course, Encoder, Parameters, Rendering, Request
from semstyle.engine.inputs.phases import Phase
from semstyle.engine.inputs.resizing import image_size
from semstyle.engine.inputs.scene import Scene
from semstyle.engine.renderer import render_request
from semstyle.engine.rendering import Progress

WARM = 8
"""After so many evaluations L-BFGS has nearly all of its history, and takes as long as in the rest of a phase."""


@dataclass(frozen=True)
class Mark:
    """The time at which an evaluation was done."""

    phase: int
    evaluation: int
    rematched: bool
    seconds: float


@dataclass(frozen=True)
class TimedRender:
    """A render, and when each of its evaluations was done; the first mark is its beginning."""

    phases: Sequence[Phase]
    shapes: Shapes
    parameters: Parameters
    marks: Sequence[Mark]
    rendering: Rendering

    def of_phase(self, number: int) -> list[tuple[Mark, float]]:
        """Return the marks of a phase, each with its seconds since the one before."""
        steps = ((after, after.seconds - before.seconds) for before, after in pairwise(self.marks))
        return [(mark, seconds) for mark, seconds in steps if mark.phase == number]


def timed_render(request: Request, encoder: Encoder, device: torch.device) -> TimedRender:
    """Render, noting the time after each evaluation."""
    marks = [Mark(0, 0, False, seconds_now(device))]

    def note(progress: Progress) -> None:
        row = progress.evaluation
        marks.append(Mark(row.phase, row.evaluation, row.rematched, seconds_now(device)))

    is_on_cpu = device.type == "cpu"
    rendering = render_request(request, encoder=encoder, device=device, course=Course(note if is_on_cpu else None))
    if not is_on_cpu:  # whose evaluations are only known together
        rows = rendering.trace
        marks = [Mark(0, 0, False, 0.0)] + [Mark(e.phase, e.evaluation, e.rematched, e.seconds) for e in rows]
    scene = Scene(request, torch.device("cpu"))
    return TimedRender(scene.phases, shapes_in(request), request.parameters, marks, rendering)


def shapes_in(request: Request) -> Shapes:
    """Return the sizes of a request's pictures."""
    content = None if request.content is None else image_size(request.content)
    first = request.target_map if request.target_map is not None else request.content
    styles = tuple(image_size(style) for style in request.styles)
    target = styles[0] if first is None else image_size(first)
    return Shapes(styles, content, target, request.target_map is not None, regions=len(COLORS))


def samples_of(timed: TimedRender, encoder: EncoderRates) -> Iterator[TimedWork]:
    """Yield the samples of a render by any method that has several rows in its trace."""
    for phase in timed.phases:
        if timed.parameters.traits.optimises:
            yield from samples_of_phase(timed, phase, encoder)
        else:
            yield from samples_of_scale(timed, phase)


def samples_of_phase(timed: TimedRender, phase: Phase, encoder: EncoderRates) -> Iterator[TimedWork]:
    """Yield how long a phase's beginning takes, an evaluation, and one with new matches."""
    work = OptimisedPhase(phase, phase is timed.phases[-1], timed.parameters, timed.shapes, encoder)
    (_, first), *others = timed.of_phase(phase.number)
    matching = work.matching() if timed.parameters.traits.matches else Work()
    before = render_work(timed.shapes) if phase is timed.phases[0] else Work()
    yield TimedWork(before + work.beginning() + work.evaluation() + matching, first)
    for rematched in (True, False):
        seconds = [taken for mark, taken in others if mark.rematched == rematched and mark.evaluation > WARM]
        if seconds:
            yield TimedWork(work.evaluation() + (matching if rematched else Work()), median(seconds))


def samples_of_scale(timed: TimedRender, phase: Phase) -> Iterator[TimedWork]:
    """Yield how long the first pass over a scale takes, with what comes before it, and each other."""
    one = pass_work(phase, analogy_channels(phase, timed.parameters, timed.shapes), timed.parameters)
    (_, first), *others = timed.of_phase(phase.number)
    yield TimedWork(one + scale_work(phase, timed.parameters), first)
    if others:
        yield TimedWork(one, median(taken for _, taken in others))
