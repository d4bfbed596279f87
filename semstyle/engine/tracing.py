"""Collecting the trace of a render, and calling ``on_step``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from semstyle.engine.device_clock import DeviceClock, Mark
from semstyle.engine.inputs.phases import Phase
from semstyle.engine.parameters import Parameters
from semstyle.engine.rendering import Checkpoint, Evaluation, OnStep, Progress
from semstyle.engine.terms import Terms, numbers_of

CUDA_EVALUATIONS_PER_LOOK = 25
"""On a GPU the host reads results only after so many evaluations, as it has to wait for the GPU then."""


class Unread(NamedTuple):
    """An evaluation whose numbers are still on the device.

    Attributes:
        evaluation: 1, 2, … within the phase.
        mark: When the device had made it.
    """

    evaluation: int
    terms: Terms
    rematched: bool
    mark: Mark


class Tracer:
    """Collects one row per evaluation, reading the device only now and then.

    Attributes:
        trace: Rows read so far.
        looking: Whether the last :meth:`record` read the device.
        settled: Whether the phase gains too little to go on (``tolerance``), as far as was read.
        restarts: How often the optimiser had begun anew when the device was last read.
    """

    def __init__(
        self, phases: list[Phase], parameters: Parameters, on_step: OnStep | None, device: torch.device
    ) -> None:
        self.trace: list[Evaluation] = []
        self.looking = False
        self.settled = False
        self.restarts = 0
        self.phases = phases
        self.parameters = parameters
        self.on_step = on_step
        self._clock = DeviceClock(device)
        self._seconds_before = 0.0
        self._phase = self._evaluation = 0
        self._unread: list[Unread] = []
        self._lowest = (0, 0.0)

    def go_on_from(self, checkpoint: Checkpoint) -> None:
        """Continue the trace of ``checkpoint``: its evaluations are done, its seconds have passed."""
        self.trace = list(checkpoint.trace)
        self._seconds_before = checkpoint.trace[-1].seconds

    def record(
        self,
        phase: Phase,
        terms: Terms,
        rematched: bool,
        image: Tensor,
        restarts: Tensor | None = None,
        stretch: int = 0,
    ) -> bool:
        """Note an evaluation; returns whether the render should go on.

        Args:
            restarts: () how often the optimiser has begun anew.
            stretch: How many evaluations, with this one, are to be compared with the stretch before them; 0 = none.
        """
        self._evaluation = self._evaluation + 1 if phase.number == self._phase else 1
        self._phase = phase.number
        self._unread.append(Unread(self._evaluation, terms, rematched, self._clock.mark()))
        last = self._evaluation == self.parameters.evaluations
        due = image.device.type != "cuda" or self._evaluation % CUDA_EVALUATIONS_PER_LOOK == 0
        self.looking = last or due or stretch > 0
        self.settled = False
        return self._read(phase, image, restarts, stretch) if self.looking else True

    def _read(self, phase: Phase, image: Tensor, restarts: Tensor | None, stretch: int) -> bool:
        unread, self._unread = self._unread, []
        also = unread[-1].terms.loss.new_zeros(()) if restarts is None else restarts
        *numbers, (told,) = numbers_of([row.terms for row in unread], also)
        self.restarts = int(told)
        rows = [self._row(phase, row, values) for row, values in zip(unread, numbers, strict=True)]
        self.settled = stretch > 0 and self._has_settled([*self.trace, *rows][-stretch:])
        for row in rows:
            self.trace.append(row)
            ends = row.evaluation == self.parameters.evaluations or (self.settled and row is rows[-1])
            if self.on_step is not None and self.on_step(self._progress(row, image, ends)) is False:
                return False
        return True

    def _row(self, phase: Phase, unread: Unread, numbers: Sequence[float]) -> Evaluation:
        loss, content, smoothness, grad_max, match_score, *style = numbers
        return Evaluation(
            phase=phase.number,
            evaluation=unread.evaluation,
            height=phase.output[0],
            width=phase.output[1],
            loss=loss,
            content_loss=content,
            style_losses=dict(zip(self.parameters.traced_layers, style, strict=True)),
            smoothness_loss=smoothness,
            grad_max=grad_max,
            match_score=match_score,
            rematched=unread.rematched,
            seconds=self._seconds_before + self._clock.seconds(unread.mark),
        )

    def _has_settled(self, stretch: Sequence[Evaluation]) -> bool:
        """Whether the lowest loss of ``stretch`` is hardly below that of the stretch before it in this phase.

        Each stretch has its own matches, which raise the loss at first; so their lowest losses are compared.
        """
        lowest = min(row.loss for row in stretch)
        before, self._lowest = self._lowest, (stretch[0].phase, lowest)
        return before[0] == stretch[0].phase and lowest > (1 - self.parameters.tolerance) * before[1]

    def _progress(self, row: Evaluation, image: Tensor, ends_phase: bool) -> Progress:
        each = self.parameters.evaluations
        left = 0.0 if ends_phase and row.phase == len(self.phases) else self._seconds_left(row)
        return Progress(
            evaluation=row,
            evaluations_done=(row.phase - 1) * each + (each if ends_phase else row.evaluation),
            evaluations_planned=each * len(self.phases),
            phases=len(self.phases),
            ends_phase=ends_phase,
            seconds_left=left,
            image=image,
        )

    def _seconds_left(self, row: Evaluation) -> float:
        return estimated_seconds(row, self.phases, self.parameters) - row.seconds


def estimated_seconds(last: Evaluation, phases: Sequence[Phase], parameters: Parameters) -> float:
    """Estimate the seconds that a whole render takes, by the time until its evaluation ``last``.

    Args:
        phases: All phases of the render.
    """
    exponent = parameters.traits.cost_exponent
    costs = [float((phase.output[0] * phase.output[1]) ** exponent) for phase in phases]
    spent = sum(costs[: last.phase - 1]) + costs[last.phase - 1] * last.evaluation / parameters.evaluations
    return last.seconds * max(1.0, sum(costs) / spent)
