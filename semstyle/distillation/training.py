"""Distilling an encoder: match the teacher's features on the images that an optimiser visits.

A student that regresses clean photographs well can still invert to grain, because the optimiser
leaves the photographs at its first step. So a third of the batches are clean or blurred crops, a third
noisy ones, and a third come from a pool of images that gradient descent through the student itself is
making, labelled by the teacher (design, section 2.2).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from semstyle.distillation.photographs import Crops, add_noise, blur
from semstyle.distillation.student import Student
from semstyle.engine.encoder import Encoder

TAPS = ("1_1", "2_1", "3_1", "4_1", "4_2", "5_1")
OPTIMISED = ("3_1", "4_1")


@dataclass
class Schedule:
    """How long and how hard to train."""

    minutes: float = 60
    batch: int = 16
    crop: int = 128
    learning_rate: float = 3e-3
    warm_up: float = 0.02
    average: float = 0.999
    statistics_until: float = 0.75
    seed: int = 0
    tap_weights: dict[str, float] = field(default_factory=lambda: dict.fromkeys(TAPS, 1.0))


@dataclass
class Progress:
    """One line of the training log."""

    step: int
    minutes: float
    kind: str
    explained: dict[str, float]


class Adapters(nn.Module):
    """One 1×1 convolution per tap, from the student's channels to the teacher's standardised ones.

    They give the student freedom to choose its own basis, and are thrown away after training.
    """

    def __init__(self, student: Encoder, teacher: Encoder, clean: Tensor) -> None:
        super().__init__()
        self.maps = nn.ModuleDict()
        self.teacher = teacher
        with torch.no_grad():
            features = teacher(clean, TAPS)
        for tap in TAPS:
            width = student.convolutions[tap].out_channels
            target = features[tap]
            self.maps[tap] = nn.Conv2d(int(width), target.shape[1], 1)
            deviation = target.std((0, 2, 3))
            self.register_buffer(f"mean_{tap}", target.mean((0, 2, 3))[:, None, None])
            self.register_buffer(f"deviation_{tap}", (deviation + 0.02 * deviation.mean())[:, None, None])

    @torch.no_grad()
    def targets(self, images: Tensor) -> dict[str, Tensor]:
        """The teacher's features, each channel with mean 0 and deviation 1 over clean photographs."""
        return {
            tap: (x.float() - self.get_buffer(f"mean_{tap}")) / self.get_buffer(f"deviation_{tap}")
            for tap, x in self.teacher(images, TAPS).items()
        }

    def forward(self, features: dict[str, Tensor]) -> dict[str, Tensor]:
        return {tap: self.maps[tap](features[tap]).float() for tap in TAPS}


class Pool:
    """Images on their way from noise to another image's student features, kept between batches."""

    def __init__(self, crops: Crops, capacity: int = 192) -> None:
        self.crops = crops
        self.goals = crops.batch(capacity)
        self.images = torch.rand(self.goals.shape, generator=crops.random)

    def visit(self, student: Student, count: int, steps: int, step_size: float = 0.03) -> Tensor:
        """``count`` images after ``steps`` more normalised gradient steps; now and then one starts afresh."""
        picked = torch.randperm(len(self.images), generator=self.crops.random)[:count]
        if self.crops.integer(2):
            self._restart(picked[:1])
        with torch.no_grad():
            goals = student(self.goals[picked], OPTIMISED)
        x = self.images[picked]
        for _ in range(steps):
            size = step_size * 10 ** -self.crops.uniform(0, 1)
            x.requires_grad_()
            features = student(x, OPTIMISED)
            loss = torch.stack(
                [F.mse_loss(features[tap].float(), goals[tap].float()) / goals[tap].float().square().mean() for tap in OPTIMISED]
            ).sum()
            (gradient,) = torch.autograd.grad(loss, x)
            scale = gradient.square().mean((1, 2, 3), keepdim=True).sqrt().clamp_min(1e-12)
            x = (x.detach() - size * gradient / scale).clamp(0, 1)
        self.images[picked] = x
        return x

    def _restart(self, index: Tensor) -> None:
        self.goals[index] = self.crops.batch(len(index))
        starts = (
            torch.rand(self.goals[index].shape, generator=self.crops.random),
            add_noise(self.crops.batch(len(index)), self.crops.random),
            blur(self.goals[index], self.crops.random),
        )
        self.images[index] = starts[self.crops.integer(len(starts))]


def distil(
    teacher: Encoder,
    student: Student,
    crops: Crops,
    schedule: Schedule,
    report: Callable[[Progress], None],
    snapshot: Callable[[Encoder], None] = lambda encoder: None,
) -> tuple[Encoder, Adapters]:
    """Train ``student`` for ``schedule.minutes``; returns its folded running average, and the adapters."""
    torch.manual_seed(schedule.seed)
    student.to(memory_format=torch.channels_last)
    teacher.to(memory_format=torch.channels_last)
    adapters = Adapters(student.encoder, teacher, crops.batch(64))
    learner = nn.ModuleList([student, adapters.maps])
    optimizer = torch.optim.AdamW(learner.parameters(), lr=schedule.learning_rate, weight_decay=1e-4)
    average = torch.optim.swa_utils.AveragedModel(
        learner, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(schedule.average), use_buffers=True
    )
    pool = Pool(crops)
    started = time.monotonic()
    step = 0
    while (done := (time.monotonic() - started) / 60 / schedule.minutes) < 1:
        for group in optimizer.param_groups:
            group["lr"] = schedule.learning_rate * rate(done, schedule.warm_up)
        with torch.autocast("cpu", torch.bfloat16):
            student.eval()
            images = examples(student, crops, pool, schedule.batch)
            student.train(done < schedule.statistics_until)
            targets = adapters.targets(images)
            guesses = adapters(student(images, TAPS))
        error = {tap: (guesses[tap] - targets[tap]).square().mean((1, 2, 3)) for tap in TAPS}
        loss = torch.stack([schedule.tap_weights[tap] * error[tap].mean() for tap in TAPS]).sum()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learner.parameters(), 1.0)
        optimizer.step()
        average.update_parameters(learner)
        if step % 50 == 0:
            error = {tap: value.detach() for tap, value in error.items()}
            third = schedule.batch // 3
            for kind, part in (("clean", slice(0, third)), ("noisy", slice(third, 2 * third)), ("visited", slice(2 * third, None))):
                explained = {tap: float(1 - error[tap][part].mean() / targets[tap][part].var((0, 2, 3)).mean()) for tap in TAPS}
                report(Progress(step, (time.monotonic() - started) / 60, kind, explained))
        if step % 500 == 499:
            snapshot(average.module[0].folded())
        step += 1
    averaged_student, averaged_maps = average.module
    adapters.maps.load_state_dict(averaged_maps.state_dict())
    assert isinstance(averaged_student, Student)
    return averaged_student.folded(), adapters


def rate(done: float, warm_up: float) -> float:
    """Linear warm-up, then a half cosine to nothing; ``done`` in 0..1."""
    if done < warm_up:
        return 0.05 + 0.95 * done / warm_up
    return 0.5 * (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up)))


def examples(student: Student, crops: Crops, pool: Pool, batch: int) -> Tensor:
    """One batch: a third clean or blurred crops, a third noisy ones, the rest visited by the optimiser."""
    third = batch // 3
    clean = crops.batch(third)
    if crops.integer(4) == 0:
        clean[:2] = blur(clean[:2], crops.random)
    noisy = add_noise(crops.batch(third), crops.random)
    visited = pool.visit(student, batch - 2 * third, steps=2 + crops.integer(3))
    return torch.cat([clean, noisy, visited])
