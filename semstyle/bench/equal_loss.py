"""This module compares two renders by when one has the loss at which the other ends: time to equal loss."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from semstyle.engine.rendering import Evaluation


@dataclass(frozen=True)
class EqualLoss:
    """When a render has the loss at which another ends a phase.

    Attributes:
        phase: The number of the phase, from 1.
        loss: The loss at which the other ends the phase.
        evaluations: Evaluations of the other in the phase.
        seconds: Seconds from the other's beginning to the end of the phase.
        reached: Evaluations in the phase until this one's loss is no larger; None if it never is.
        reached_seconds: Seconds from this one's beginning until then; None if never.
    """

    phase: int
    loss: float
    evaluations: int
    seconds: float
    reached: int | None
    reached_seconds: float | None

    @property
    def in_words(self) -> str:
        after = "not at all" if self.reached is None else f"after {self.reached}"
        return f"phase {self.phase} {after} of {self.evaluations}"


def equal_losses(other: Sequence[Evaluation], render: Sequence[Evaluation]) -> list[EqualLoss]:
    """Say for each phase, coarsest first, when ``render`` has the loss at which ``other`` ends it.

    Both are traces of whole renders with the same phases and the same loss. The last entry is of the finest phase.

    Raises:
        ValueError: when their phases differ, or one is empty.
    """
    theirs, ours = by_phase(other), by_phase(render)
    if not theirs or list(theirs) != list(ours):
        raise ValueError(f"the renders have phases {list(theirs)} and {list(ours)}; only like ones can be compared")
    return [equal_loss(theirs[phase], ours[phase]) for phase in theirs]


def by_phase(trace: Sequence[Evaluation]) -> dict[int, list[Evaluation]]:
    return {phase: list(rows) for phase, rows in groupby(trace, lambda row: row.phase)}


def equal_loss(other: Sequence[Evaluation], render: Sequence[Evaluation]) -> EqualLoss:
    """Compare two traces of one phase."""
    end = other[-1]
    loss = standing_losses(other)[-1]
    standing = zip(render, standing_losses(render), strict=True)
    reached = next((row for row, ours in standing if ours <= loss), None)
    seconds = None if reached is None else reached.seconds
    return EqualLoss(
        end.phase, loss, len(other), end.seconds, None if reached is None else render.index(reached) + 1, seconds
    )


def standing_losses(rows: Sequence[Evaluation]) -> list[float]:
    """Return the loss of the image that the optimiser holds after each evaluation of a phase.

    A step that raises the loss is taken back, unless patches were matched anew: then the loss is another one.
    """
    standing: list[float] = []
    for row in rows:
        before = standing[-1] if standing else math.inf
        if not math.isfinite(row.loss):
            standing.append(before)
        else:
            standing.append(row.loss if row.rematched else min(before, row.loss))
    return standing
