"""This module counts, and where there is a device times, the evaluations and searches of each phase of a render."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from semstyle.bench.device.counting import Counts, OperationCounter
from semstyle.bench.device.pretended import PRETENDED, PretendedDevice
from semstyle.bench.machine import CPU, products_as_in_renders, seconds
from semstyle.engine import Encoder, Parameters, Request, StyleFeatures
from semstyle.engine.inputs.phases import Size, rematch_schedule
from semstyle.engine.inputs.scene import Scene
from semstyle.engine.optimised.lbfgs import BoundedLBFGS
from semstyle.engine.optimised.method import optimizer_of
from semstyle.engine.optimised.objective import Objective, measure, objective_of

FULL_HISTORY = 12
"""After so many evaluations L-BFGS has as many pairs as it keeps."""
OPTIMISER = "the optimiser"
PARTS = {
    "optimised/lbfgs.py": OPTIMISER,
    "optimised/preconditioner.py": OPTIMISER,
    "patches/match_torch.py": "nearest patches",
    "patches/continuation.py": "continuation",
    "patches/vote.py": "votes",
    "optimised/detail_loss.py": "votes",
}
"""The part of an evaluation or a search that is done in each file."""
GRADIENT, OTHERS = "loss and gradient", "the rest"


@dataclass(frozen=True)
class Step:
    """What is done again and again in a phase: an evaluation, or a search.

    Attributes:
        times: How often, in a whole render.
        counts: What one of them asks of a device.
        parts: The same by part.
        seconds: What one of them took on a device; None where there was none.
    """

    name: str
    times: int
    counts: Counts
    parts: dict[str, Counts]
    seconds: float | None = None

    @property
    def total(self) -> Counts:
        return self.counts * self.times


@dataclass(frozen=True)
class PhaseWork:
    """What one phase asks of a device.

    Attributes:
        canvas: (height, width) of what is optimised, in pixels.
        steps: Its evaluations (the loss, its gradient, and the optimiser's step), and its searches (matching all layers
            anew, which some evaluations do besides).
    """

    number: int
    canvas: Size
    steps: tuple[Step, Step]


class Evaluations:
    """The evaluations of one phase, on whatever device its objective is.

    Args:
        start: The image (3, H, W) that the phase begins with, on that device.
    """

    def __init__(self, objective: Objective, start: Tensor, parameters: Parameters) -> None:
        self._objective = objective
        self._optimizer: BoundedLBFGS = optimizer_of(start, parameters)
        for number in range(FULL_HISTORY):
            self.make(rematch=number == 0)

    def make(self, rematch: bool = False) -> None:
        """Make one evaluation, with a search before it or without."""
        points = torch.stack([self._optimizer.propose()])
        (measured,) = measure([self._objective], points, rematch)
        self._optimizer.tell(measured.loss, measured.gradient)


def phase_works(request: Request, encoder: Encoder, device: torch.device | None = None) -> Iterator[PhaseWork]:
    """Yield what each phase of ``request`` asks of a device, coarsest first.

    Args:
        encoder: The encoder, on the CPU.
        device: The device to time as well, if any.
    """
    scene = Scene(request, CPU)
    for phase in scene.phases:
        size = scene.canvas(phase).size
        schedule = list(rematch_schedule(phase, scene.phases[-1], scene.parameters))
        objective = objective_of(scene, phase, encoder, StyleFeatures(0))
        evaluation, search = counted(objective, size, scene.parameters)
        taken = (None, None) if device is None else timed(request, phase.number - 1, encoder, device)
        steps = (
            step_of("evaluation", len(schedule), evaluation, taken[0]),
            step_of("search", sum(schedule), search, taken[1]),
        )
        yield PhaseWork(phase.number, size, steps)


def step_of(name: str, times: int, parts: dict[str, Counts], taken: float | None) -> Step:
    """Make a step of its parts; one that asks for nothing is left out."""
    named = {part or OTHERS: counts for part, counts in parts.items() if counts.operations}
    return Step(name, times, sum(named.values(), Counts()), named, taken)


def counted(objective: Objective, size: Size, parameters: Parameters) -> tuple[dict[str, Counts], dict[str, Counts]]:
    """Count an evaluation, and a search, of images of ``size``, as a device would have to do them, by their parts."""
    moved: Objective = PretendedDevice().holding(objective)
    evaluations = Evaluations(moved, torch.zeros(3, *size, device=PRETENDED), parameters)
    with OperationCounter(PRETENDED, PARTS) as without:
        evaluations.make()
    with OperationCounter(PRETENDED, PARTS) as both:
        evaluations.make(rematch=True)
    optimiser = without.counts[OPTIMISER]
    evaluation = {GRADIENT: without.total - optimiser, OPTIMISER: optimiser}
    return evaluation, {part: counts - without.counts[part] for part, counts in both.counts.items()}


def timed(request: Request, number: int, encoder: Encoder, device: torch.device) -> tuple[float, float]:
    """Time an evaluation, and a search, of the phase ``number``, from 0, on ``device``, in seconds."""
    scene = Scene(request, device)
    phase = scene.phases[number]
    with products_as_in_renders():
        objective = objective_of(scene, phase, encoder.to(device), StyleFeatures(0))
        start = torch.rand(3, *scene.canvas(phase).size, device=device)
        evaluations = Evaluations(objective, start, scene.parameters)
        evaluation = seconds(evaluations.make, device=device)
        both = seconds(lambda: evaluations.make(rematch=True), device=device)
    encoder.to(CPU)
    return evaluation, max(0.0, both - evaluation)
