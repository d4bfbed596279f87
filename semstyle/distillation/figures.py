"""The figures that a compact encoder is judged by, as they stand in its model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from semstyle.distillation.explained import Explained, explained_variance
from semstyle.distillation.inversion import Inversion, average, judge
from semstyle.engine.encoders.encoder import Encoder

FITTED_ON = 200
"""The linear maps of :func:`explained_variance` are fitted on so many photographs."""
SIDE = 128
"""The squares that are judged have so many pixels on a side."""


@dataclass(frozen=True)
class EncoderComparison:
    """The mean inversions of one group of images by both encoders."""

    teacher: Inversion
    student: Inversion


@dataclass(frozen=True)
class Figures:
    """The figures of one encoder.

    Attributes:
        explained: Variance explained by tap, on held-out photographs.
        inversion: Comparison by group of images, and over ``all`` of them.
    """

    explained: dict[str, Explained]
    inversion: dict[str, EncoderComparison]


def judged(
    student: Encoder,
    teacher: Encoder,
    taps: tuple[str, ...],
    fitted_on: Tensor,
    groups: Mapping[str, Sequence[Tensor]],
    evaluations: int = 100,
) -> Figures:
    """Compare ``student`` with ``teacher``.

    Args:
        fitted_on: Photographs that were trained on, (N, 3, H, W) in 0..1.
        groups: Held-out images, (3, H, W) each, by name; ``photographs`` must be one.
    """
    student, teacher = student.to(memory_format=torch.channels_last), teacher.to(memory_format=torch.channels_last)
    by_teacher = {name: judge(teacher, images, evaluations) for name, images in groups.items()}
    by_student = {name: judge(student, images, evaluations) for name, images in groups.items()}
    for inversions in (by_teacher, by_student):
        inversions["all"] = [one for group in inversions.values() for one in group]
    return Figures(
        explained_variance(student, teacher, fitted_on, torch.stack(list(groups["photographs"])), taps),
        {name: EncoderComparison(average(by_teacher[name]), average(by_student[name])) for name in by_teacher},
    )
