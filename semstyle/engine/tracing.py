"""Collecting the trace of a render, and calling ``on_step``."""

from __future__ import annotations

import time
from collections.abc import Sequence

from torch import Tensor

from semstyle.engine.inputs.phases import Phase
from semstyle.engine.parameters import Parameters
from semstyle.engine.rendering import Checkpoint, Evaluation, OnStep, Progress
from semstyle.engine.terms import Terms

CUDA_EVALUATIONS_PER_LOOK = 25
"""On a GPU the host reads results only after so many evaluations, as it has to wait for the GPU then."""


class Tracer:
    """Collects one row per evaluation, reading the device only now and then.

    Attributes:
        trace: Rows read so far.
        looking: Whether the last :meth:`record` read the device.
    """

    def __init__(self, phases: list[Phase], parameters: Parameters, on_step: OnStep | None) -> None:
        self.trace: list[Evaluation] = []
        self.looking = False
        self.phases = phases
        self.parameters = parameters
        self.on_step = on_step
        self.started = time.monotonic()
        self._unread: list[tuple[int, Terms, bool, float]] = []

    def go_on_from(self, checkpoint: Checkpoint) -> None:
        """Continue the trace of ``checkpoint``: its evaluations are done, its seconds have passed."""
        self.trace = list(checkpoint.trace)
        self.started -= checkpoint.trace[-1].seconds

    def record(self, phase: Phase, terms: Terms, rematched: bool, image: Tensor) -> bool:
        """Note an evaluation; returns whether the render should go on."""
        done = len(self.trace) + len(self._unread) + 1
        evaluation = done - (phase.number - 1) * self.parameters.evaluations
        self._unread.append((evaluation, terms, rematched, time.monotonic() - self.started))
        last = evaluation == self.parameters.evaluations
        self.looking = last or not image.is_cuda or evaluation % CUDA_EVALUATIONS_PER_LOOK == 0
        return self._read(phase, image) if self.looking else True

    def _read(self, phase: Phase, image: Tensor) -> bool:
        unread, self._unread = self._unread, []
        for evaluation, terms, rematched, seconds in unread:
            loss, content, smoothness, grad_max, match_score, *style = terms.numbers()
            row = Evaluation(
                phase=phase.number,
                evaluation=evaluation,
                height=phase.output[0],
                width=phase.output[1],
                loss=loss,
                content_loss=content,
                style_losses=dict(zip(self.parameters.traced_layers, style, strict=True)),
                smoothness_loss=smoothness,
                grad_max=grad_max,
                match_score=match_score,
                rematched=rematched,
                seconds=seconds,
            )
            self.trace.append(row)
            if self.on_step is not None and self.on_step(self._progress(row, image)) is False:
                return False
        return True

    def _progress(self, row: Evaluation, image: Tensor) -> Progress:
        return Progress(
            evaluation=row,
            evaluations_done=len(self.trace),
            evaluations_planned=self.parameters.evaluations * len(self.phases),
            phases=len(self.phases),
            seconds_left=estimated_seconds(row, self.phases, self.parameters) - row.seconds,
            image=image,
        )


def estimated_seconds(last: Evaluation, phases: Sequence[Phase], parameters: Parameters) -> float:
    """Estimate the seconds that a whole render takes, by the time until its evaluation ``last``.

    Args:
        phases: All phases of the render.
    """
    exponent = parameters.traits.cost_exponent
    costs = [float((phase.output[0] * phase.output[1]) ** exponent) for phase in phases]
    spent = sum(costs[: last.phase - 1]) + costs[last.phase - 1] * last.evaluation / parameters.evaluations
    return last.seconds * max(1.0, sum(costs) / spent)
