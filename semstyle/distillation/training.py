"""This module distils an encoder: it matches the teacher's features on the images that an optimiser visits.

A student that regresses clean photographs well can still invert to grain, because the optimiser
leaves the photographs at its first step. So a fifth of every batch are noisy crops, and a quarter come from
a pool of images that gradient descent through the student itself is making, labelled by the teacher
(docs/architecture.md, decision 6).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from semstyle.distillation.adapters import Adapters, Standardisation
from semstyle.distillation.optimiser import MuonAndAdamW
from semstyle.distillation.photographs import Crops, add_noise, blur
from semstyle.distillation.student import Student
from semstyle.distillation.visited import Pool, gradient_mismatch
from semstyle.engine.encoders.encoder import Encoder

TAPS = ("1_1", "2_1", "3_1", "4_1", "4_2", "5_1")
"""The layers that the encoder is for, and is judged by."""
TAP_WEIGHTS = {"1_1": 0.5, "4_2": 1.5, "5_1": 1.5}
"""The taps whose weight in the loss is not 1; the first tap is easy and the last are hard."""
KINDS = ("clean", "noisy", "visited")
NOISY_SHARE, VISITED_SHARE = 5, 4
"""One image in so many is noisy, or visited. Thirds of each invert no better and learn clean ones more slowly."""
CALIBRATION = 64
"""The teacher's features are standardised over so many crops."""


@dataclass(frozen=True)
class Schedule:
    """The schedule of a training: how long and how hard to train.

    Attributes:
        minutes: Time to train for, unless ``steps`` is given; only ``steps`` can be repeated exactly.
        taps: Layers whose features are matched.
        muon_rate: Highest learning rate of the student's convolutions.
        adamw_rate: Highest learning rate of everything else.
        warm_up: Share of the training in which the learning rates rise.
        average: Decay of the running average of the weights, which is the result.
        statistics_until: Share of the training after which normalisation uses its running statistics,
            as the folded encoder does.
        gradient_weight: Weight of :func:`gradient_mismatch` in the loss, every ``gradient_every`` steps.
    """

    minutes: float = 60
    steps: int | None = None
    batch: int = 16
    crop: int = 128
    taps: tuple[str, ...] = TAPS
    muon_rate: float = 0.05
    adamw_rate: float = 3e-3
    warm_up: float = 0.02
    average: float = 0.999
    statistics_until: float = 0.75
    gradient_weight: float = 0
    gradient_every: int = 4
    report_every: int = 50
    snapshot_every: int = 500

    def done(self, step: int, seconds: float) -> float:
        """Return how much of the training is done: 0 at the start, 1 or more when it is over."""
        if self.steps is not None:
            return step / self.steps if self.steps else 1
        return seconds / 60 / self.minutes if self.minutes else 1


@dataclass(frozen=True)
class Batch:
    """A batch of images (N, 3, H, W) of all three kinds; the visited ones are last, on their way to ``targets``."""

    images: Tensor
    targets: Tensor

    def parts(self) -> dict[str, slice]:
        visited = len(self.images) - len(self.targets)
        clean = visited - len(self.images) // NOISY_SHARE
        return dict(zip(KINDS, (slice(0, clean), slice(clean, visited), slice(visited, None)), strict=True))

    @property
    def visited(self) -> Tensor:
        return self.images[self.parts()["visited"]]


@dataclass(frozen=True)
class TrainingProgress:
    """A line of the training log.

    Attributes:
        explained: Share of the teacher's variance that a batch's guesses explain, by kind and tap.
    """

    step: int
    minutes: float
    explained: dict[str, dict[str, float]]
    gradient_mismatch: float | None


def distil(
    teacher: Encoder,
    student: Student,
    crops: Crops,
    schedule: Schedule,
    report: Callable[[TrainingProgress], None] = lambda progress: None,
    snapshot: Callable[[Encoder], None] = lambda encoder: None,
    resumed: bool = False,
) -> Encoder:
    """Train ``student`` and return its folded running average.

    Args:
        resumed: Whether the student was trained before; its adapters then start from the least-squares maps.
    """
    student.to(memory_format=torch.channels_last)
    teacher.to(memory_format=torch.channels_last)
    photographs = crops.batch(CALIBRATION)
    standardised = Standardisation(teacher, photographs, schedule.taps)
    adapters = Adapters(student.encoder, teacher, schedule.taps)
    if resumed:
        with torch.no_grad():
            adapters.fit(student.eval()(photographs, schedule.taps), standardised(photographs))
    learner = nn.ModuleList([student, adapters])
    optimiser = MuonAndAdamW(learner, schedule.muon_rate, schedule.adamw_rate)
    running = get_ema_multi_avg_fn(schedule.average)  # type: ignore[no-untyped-call]
    average = AveragedModel(student, multi_avg_fn=running, use_buffers=True)
    pool = Pool(crops)
    started = time.monotonic()
    step = 0
    while (done := schedule.done(step, time.monotonic() - started)) < 1:
        mismatch = None
        with torch.autocast("cpu", torch.bfloat16):
            student.eval()
            batch = next_batch(student, crops, pool, schedule.batch)
            if schedule.gradient_weight and step % schedule.gradient_every == 0:
                mismatch = gradient_mismatch(student, teacher, batch.visited, batch.targets)
            student.train(done < schedule.statistics_until)
            targets = standardised(batch.images)
            guesses = adapters(student(batch.images, schedule.taps))
        errors = {tap: (guesses[tap] - targets[tap]).square() for tap in schedule.taps}
        loss = torch.stack([TAP_WEIGHTS.get(tap, 1) * error.mean() for tap, error in errors.items()]).sum()
        if mismatch is not None:
            loss = loss + schedule.gradient_weight * mismatch
        optimiser.step(loss, rate(done, schedule.warm_up))
        average.update_parameters(student)
        step += 1
        if step % schedule.report_every == 0:
            explained = explained_by_kind(batch, errors, targets)
            minutes = (time.monotonic() - started) / 60
            report(TrainingProgress(step, minutes, explained, None if mismatch is None else float(mismatch.detach())))
        if step % schedule.snapshot_every == 0:
            snapshot(_folded(average))
    return _folded(average)


def rate(done: float, warm_up: float) -> float:
    """Return the factor of the learning rates at ``done`` in 0..1: a linear warm-up, then a half cosine to 0."""
    if done < warm_up:
        return 0.05 + 0.95 * done / warm_up
    return 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up)))


def next_batch(student: Student, crops: Crops, pool: Pool, size: int) -> Batch:
    """Return clean or blurred crops, noisy ones, and some images that the optimiser visits."""
    noisy, visited = size // NOISY_SHARE, size // VISITED_SHARE
    clean = crops.batch(size - noisy - visited)
    if crops.integer(4) == 0:
        clean[:2] = blur(clean[:2], crops.random)
    images, targets = pool.visit(student, visited, steps=1 + crops.integer(2))
    return Batch(torch.cat([clean, add_noise(crops.batch(noisy), crops.random), images]), targets)


@torch.no_grad()
def explained_by_kind(
    batch: Batch, errors: dict[str, Tensor], targets: dict[str, Tensor]
) -> dict[str, dict[str, float]]:
    """Return 1 − error / variance over this batch's images of each kind, at each tap."""
    return {
        kind: {
            tap: float(1 - error[part].mean() / targets[tap][part].var((0, 2, 3)).mean())
            for tap, error in errors.items()
        }
        for kind, part in batch.parts().items()
    }


def _folded(average: AveragedModel) -> Encoder:
    student = average.module
    assert isinstance(student, Student)
    return student.folded()
