"""This module measures how much of a teacher's features a student holds."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from semstyle.distillation.adapters import DEVIATION_FLOOR, least_squares, pixels
from semstyle.engine.encoders.encoder import Encoder


@dataclass(frozen=True)
class Explained:
    """The share of variance explained at one tap: 1 is everything, 0 is no better than each channel's mean.

    Attributes:
        standardised: 1 − Σ_c r_c/s_c² / Σ_c v_c/s_c², so that every channel counts alike, however strong.
        raw: 1 − Σ_c r_c / Σ_c v_c, so that channels count by their energy.

    r_c is the mean square residual of channel c over every pixel of every held-out image, v_c its variance
    over the same pixels, s_c its deviation plus 2 % of the mean deviation (channels that never fire would
    otherwise count as much as the others).
    """

    standardised: float
    raw: float


@torch.no_grad()
def explained_variance(
    student: Encoder, teacher: Encoder, fitted_on: Tensor, held_out: Tensor, taps: tuple[str, ...]
) -> dict[str, Explained]:
    """Return by tap how much of the teacher's variance on ``held_out`` a linear map of the student's features explains.

    The map is one 1×1 convolution with bias per tap, fitted by least squares on ``fitted_on``, photographs
    that were trained on: nothing is fitted to the images that are judged. Images are (N, 3, H, W) in 0..1.
    """
    inputs, wanted = student(fitted_on, taps), teacher(fitted_on, taps)
    seen, truth = student(held_out, taps), teacher(held_out, taps)
    return {tap: _explained(*least_squares(inputs[tap], wanted[tap]), seen[tap], truth[tap]) for tap in taps}


def _explained(weight: Tensor, bias: Tensor, seen: Tensor, truth: Tensor) -> Explained:
    wanted = pixels(truth)
    residual = (pixels(seen) @ weight.double().T + bias - wanted).square().mean(0)
    variance = wanted.var(0, correction=0)
    deviation = variance.sqrt()
    scale = (deviation + DEVIATION_FLOOR * deviation.mean()).square()
    return Explained(
        standardised=float(1 - (residual / scale).sum() / (variance / scale).sum()),
        raw=float(1 - residual.sum() / variance.sum()),
    )
