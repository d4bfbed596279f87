"""This module does one distillation from beginning to end: teacher and photographs in, weights and figures out."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from semstyle import storage
from semstyle.distillation.compact import save_compact
from semstyle.distillation.figures import FITTED_ON, SIDE, judged
from semstyle.distillation.photographs import Crops, Photograph, read_photograph, read_photographs, split
from semstyle.distillation.student import WIDTHS, Student
from semstyle.distillation.teacher import load_teacher
from semstyle.distillation.training import CALIBRATION, TAPS, Schedule, TrainingProgress, distil
from semstyle.distillation.visited import OPTIMISED
from semstyle.engine.encoders.encoder import Encoder
from semstyle.engine.encoders.loading import load_encoder
from semstyle.errors import InputError


@dataclass(frozen=True)
class Order:
    """The order for a distillation: what to distil, from what, and how.

    Attributes:
        teacher: ``vgg19``, or the path or URI of weights.
        photographs: A folder or a ``.tar`` of photographs.
        out: The ``.npz`` to write; figures go beside it as ``.json``, snapshots overwrite it.
        resume: Weights (as in ``out``) to train further, instead of random ones.
        paintings: Images to judge too: two squares of each are inverted besides the held-out photographs.
        judge: Whether to judge the result by inversion, which takes some minutes.
    """

    teacher: str
    photographs: str
    out: Path
    schedule: Schedule = field(default_factory=Schedule)
    seed: int = 0
    widths: tuple[int, ...] = WIDTHS
    resume: str | None = None
    paintings: Sequence[str] = ()
    judge: bool = True


def fulfil(order: Order, report: Callable[[TrainingProgress], None] = lambda progress: None) -> dict[str, Any]:
    """Train, write the weights and their figures, and return the figures.

    Raises:
        SemstyleError: teacher, photographs or weights cannot be read or do not fit each other.
    """
    torch.manual_seed(order.seed)
    teacher = load_teacher(order.teacher)
    schedule = dataclasses.replace(order.schedule, taps=taught(teacher, order.schedule.taps))
    training, held_out = split(read_photographs(order.photographs))
    paintings = [read_photograph(storage.read_bytes(uri), storage.redact(uri)) for uri in order.paintings]
    crops = Crops(training, schedule.crop, order.seed)
    student = new_student(order, schedule, crops)
    started = time.monotonic()
    with flushed_denormals():
        encoder = distil(
            teacher,
            student,
            crops,
            schedule,
            report,
            lambda found: save_compact(found, order.out),
            order.resume is not None,
        )
    minutes = (time.monotonic() - started) / 60
    save_compact(encoder, order.out)
    figures: dict[str, Any] = {
        "teacher": Path(storage.redact(order.teacher)).name,
        "photographs": {"training": len(training), "held_out": len(held_out)},
        "seed": order.seed,
        "minutes": round(minutes, 2),
        "schedule": dataclasses.asdict(schedule),
        "sha256": hashlib.sha256(order.out.read_bytes()).hexdigest(),
    }
    if order.judge:
        figures |= judge_file(order.out, teacher, schedule.taps, training, held_out, paintings)
    order.out.with_suffix(".json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return figures


@contextlib.contextmanager
def flushed_denormals() -> Iterator[None]:
    """Flush denormal numbers to zero meanwhile, in the whole process.

    Moments and averages that fade to nothing would slow a CPU down tenfold.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


def taught(teacher: Encoder, taps: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of ``taps`` that the teacher has."""
    found = tuple(tap for tap in taps if tap in teacher.layers)
    if not set(OPTIMISED) <= set(found):
        raise InputError(
            f"teacher: its deepest layer is {teacher.layers[-1]}; distilling needs {' and '.join(OPTIMISED)}"
        )
    return found


def new_student(order: Order, schedule: Schedule, crops: Crops) -> Student:
    if order.resume is None:
        return Student(order.widths, schedule.taps[-1])
    with storage.local_path(order.resume) as path:
        known = load_encoder(str(path))
    if known.layers[-1] != schedule.taps[-1]:
        raise InputError(f"resume: these weights end at {known.layers[-1]}, the training at {schedule.taps[-1]}")
    return Student.unfolded(known, crops.batch(CALIBRATION))


def judge_file(
    weights: Path,
    teacher: Encoder,
    taps: tuple[str, ...],
    training: Sequence[Photograph],
    held_out: Sequence[Photograph],
    paintings: Sequence[Photograph],
) -> dict[str, Any]:
    """Return the figures of the encoder as a render will load it from ``weights``."""
    groups = {"photographs": [photograph.square(SIDE) for photograph in held_out]}
    if paintings:
        groups["paintings"] = [square for painting in paintings for square in painting.corner_squares(SIDE)]
    step = max(1, len(training) // FITTED_ON)
    fitted_on = torch.stack([photograph.square(SIDE) for photograph in training[::step]])
    judged_taps = tuple(tap for tap in taps if tap in TAPS)
    return dataclasses.asdict(judged(load_encoder(str(weights)), teacher, judged_taps, fitted_on, groups))
