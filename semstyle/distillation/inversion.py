"""This module judges an encoder by the image that comes back from its features alone.

Style transfer optimises pixels through the encoder, so what counts is where that ends. The features of
an image at relu3_1 and relu4_1 are inverted from noise (Mahendran & Vedaldi 2015) with the same optimiser and
no prior through teacher and student; the better encoder comes back closer and with less grain.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean

import torch
from torch import Tensor

from semstyle.distillation.visited import OPTIMISED, Features, feature_distance
from semstyle.engine.optimised.lbfgs import BoundedLBFGS


@dataclass(frozen=True)
class Inversion:
    """How close an inverted image, or the mean of several, came to the original.

    Attributes:
        psnr: Peak signal-to-noise ratio in decibels.
        energy: Energy above half Nyquist relative to the original's; 1 is as much detail, more is grain.
    """

    psnr: float
    energy: float


def judge(encoder: Features, originals: Iterable[Tensor], evaluations: int = 100) -> list[Inversion]:
    """Invert each original (3, H, W), all from the same noise, and return how close each came."""
    return [compare(invert(encoder, original, evaluations), original) for original in originals]


def compare(image: Tensor, original: Tensor) -> Inversion:
    energy = energy_above_half_nyquist(image) / energy_above_half_nyquist(original)
    return Inversion(psnr(image, original), energy)


def average(inversions: Sequence[Inversion]) -> Inversion:
    return Inversion(mean(one.psnr for one in inversions), mean(one.energy for one in inversions))


def invert(encoder: Features, original: Tensor, evaluations: int = 100, seed: int = 0) -> Tensor:
    """Return the image (3, H, W) in 0..1 that the renderer's optimiser makes from noise for the original's features."""
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        goals = encoder(original[None], OPTIMISED)
    optimiser = BoundedLBFGS(0.25 + 0.5 * torch.rand(1, *original.shape, generator=random))
    for _ in range(evaluations):
        image = optimiser.propose().requires_grad_()
        loss = feature_distance(encoder(image, OPTIMISED), goals).sum()
        (gradient,) = torch.autograd.grad(loss, image)
        optimiser.tell(loss, gradient)
    return optimiser.image[0]


def psnr(image: Tensor, original: Tensor) -> float:
    """Return the peak signal-to-noise ratio in decibels of two images in 0..1."""
    return float(-10 * (image - original).square().mean().log10())


def energy_above_half_nyquist(image: Tensor) -> float:
    """Return Σ |F(u, v)|² over the channels and all frequencies √(u² + v²) > 0.25 cycles per pixel.

    F is the plain discrete Fourier transform of each channel of ``image`` (3, H, W). Nyquist's frequency is
    0.5 cycles per pixel; the corners of the spectrum, up to 0.71, count too.
    """
    height, width = image.shape[1:]
    radius = torch.hypot(torch.fft.fftfreq(height)[:, None], torch.fft.fftfreq(width)[None])
    return float(torch.fft.fft2(image).abs().square()[:, radius > 0.25].sum())
