"""What a render returns: the image, one trace row per evaluation, and its metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from torch import Tensor

if TYPE_CHECKING:
    from semstyle.engine.patches.origins import Origins


@dataclass(frozen=True)
class Evaluation:
    """One row of the trace: one evaluation of the loss.

    Attributes:
        phase: 1 for the coarsest scale.
        evaluation: 1, 2, … within the phase.
        style_losses: Layer → loss; the trace's columns are ``style_loss_<layer>``.
        grad_max: Largest absolute derivative of the loss by a pixel.
        match_score: Mean normalised cross-correlation of the matches in use, in -1..1.
        rematched: Whether the matches were searched anew for this evaluation.
        seconds: Seconds since the render began.
    """

    phase: int
    evaluation: int
    height: int
    width: int
    loss: float
    content_loss: float
    style_losses: dict[str, float]
    smoothness_loss: float
    grad_max: float
    match_score: float
    rematched: bool
    seconds: float

    def as_dict(self) -> dict[str, float | int | bool]:
        """Return the row with the names of the trace's columns."""
        row: dict[str, float | int | bool] = {
            "phase": self.phase,
            "evaluation": self.evaluation,
            "height": self.height,
            "width": self.width,
            "loss": self.loss,
            "content_loss": self.content_loss,
        }
        row.update({f"style_loss_{layer}": value for layer, value in self.style_losses.items()})
        row.update(
            smoothness_loss=self.smoothness_loss,
            grad_max=self.grad_max,
            match_score=self.match_score,
            rematched=self.rematched,
            seconds=self.seconds,
        )
        return row


@dataclass(frozen=True)
class Progress:
    """What ``on_step`` is told after each evaluation.

    Attributes:
        evaluation: The trace row just made.
        evaluations_done: Evaluations so far, in all phases: made, or not needed as a phase had settled.
        evaluations_planned: Evaluations of the whole render, in all phases, if none of them settles before.
        phases: How many phases this render has.
        ends_phase: Whether this was the last evaluation of its phase.
        seconds_left: An estimate from the time taken so far and the pixels still to come.
        image: The current image, (3, H, W) in 0..1, on the render's device; read it, do not change it.
    """

    evaluation: Evaluation
    evaluations_done: int
    evaluations_planned: int
    phases: int
    ends_phase: bool
    seconds_left: float
    image: Tensor


OnStep = Callable[[Progress], bool | None]
"""Called after each evaluation; returning ``False`` cancels the render."""


@dataclass(frozen=True)
class Checkpoint:
    """A render at the end of a phase, from which it can go on elsewhere.

    Attributes:
        phase: How many phases are finished.
        image: (3, H, W) float32 in 0..1 on the CPU, at the finished phase's size.
        trace: One row per evaluation so far.
        estimated_seconds: How long the whole render will have taken, judged by the phases so far.
        matches: (H', W') int64, the style patches in use, for a method that goes on from them.
    """

    phase: int
    image: Tensor
    trace: list[Evaluation]
    estimated_seconds: float
    matches: Tensor | None = None


OnPhase = Callable[[Checkpoint], None]
"""Called at the end of every phase but the last."""


@dataclass(frozen=True)
class Course:
    """Whom a single render tells how it is doing, and where it begins.

    Attributes:
        resume: A checkpoint of the same render to go on from.
    """

    on_step: OnStep | None = None
    on_phase: OnPhase | None = None
    resume: Checkpoint | None = None


@dataclass(frozen=True)
class Rendering:
    """A finished render.

    Attributes:
        image: (3, H, W) float32 in 0..1 on the CPU.
        trace: One row per evaluation, in order.
        metrics: Name → number: ``seconds``, ``evaluations``, ``final_loss``, ``match_score``,
            ``peak_memory`` (bytes), ``threads`` (a CPU's), ``resumed_phases`` (taken from a checkpoint) and the like.
        origins: Style layer → where its patches come from; empty when the method matches none.
        remarks: What to know about the image, a line each.
    """

    image: Tensor
    trace: list[Evaluation]
    metrics: dict[str, float] = field(default_factory=dict)
    origins: dict[str, Origins] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    def to_pil(self) -> Image.Image:
        """The image as 8-bit RGB."""
        pixels = (self.image.clamp(0, 1) * 255).round().to("cpu").permute(1, 2, 0).numpy()
        return Image.fromarray(pixels.astype(np.uint8), "RGB")
