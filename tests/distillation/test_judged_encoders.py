"""The judge, on cases whose answer is known."""

from __future__ import annotations

import math

import pytest
import torch

from semstyle.distillation.adapters import least_squares
from semstyle.distillation.explained import explained_variance
from semstyle.distillation.figures import judged
from semstyle.distillation.inversion import average, energy_above_half_nyquist, invert, judge, psnr
from semstyle.engine.encoders.encoder import Encoder

Features = dict[str, torch.Tensor]


def identity(images: torch.Tensor, layers: tuple[str, ...]) -> Features:
    return dict.fromkeys(layers, images)


def blurred(images: torch.Tensor, layers: tuple[str, ...]) -> Features:
    return {layer: torch.nn.functional.avg_pool2d(images, 4) for layer in layers}


def test_pixels_as_features_invert_to_the_image(squares: torch.Tensor) -> None:
    image = invert(identity, squares[0], evaluations=30)
    assert image.shape == (3, 32, 32) and image.min() >= 0 and image.max() <= 1
    assert psnr(image, squares[0]) > 40


def test_features_that_lose_detail_leave_grain(squares: torch.Tensor) -> None:
    clear, grainy = (average(judge(encoder, list(squares[:2]), 20)) for encoder in (identity, blurred))
    assert clear.psnr > grainy.psnr + 10
    assert clear.energy == pytest.approx(1, abs=0.1) and grainy.energy > 3


def test_psnr_of_a_known_difference() -> None:
    assert psnr(torch.full((3, 8, 8), 0.5), torch.full((3, 8, 8), 0.6)) == pytest.approx(20, abs=1e-3)


def test_energy_counts_exactly_the_frequencies_above_half_nyquist() -> None:
    x = torch.arange(64.0)

    def wave(cycles_per_pixel: float) -> torch.Tensor:
        return torch.cos(2 * math.pi * cycles_per_pixel * x).expand(3, 64, 64)

    whole = float(torch.fft.fft2(wave(20 / 64)).abs().square().sum())
    assert energy_above_half_nyquist(wave(20 / 64)) == pytest.approx(whole, rel=1e-4)
    assert energy_above_half_nyquist(wave(15 / 64)) < 1e-6 * whole
    assert energy_above_half_nyquist(torch.ones(3, 64, 64)) < 1e-6 * whole


def test_energy_of_white_noise_is_its_share_of_the_spectrum_and_blur_takes_it_away() -> None:
    noise = torch.randn(3, 128, 128, generator=torch.Generator().manual_seed(0))
    whole = float(torch.fft.fft2(noise).abs().square().sum())
    outside_the_circle = 1 - math.pi * 0.25**2
    assert energy_above_half_nyquist(noise) / whole == pytest.approx(outside_the_circle, abs=0.01)
    smooth = torch.nn.functional.avg_pool2d(noise[None], 5, stride=1, padding=2)[0]
    assert energy_above_half_nyquist(smooth) < 0.03 * energy_above_half_nyquist(noise)


def test_least_squares_finds_the_map_that_made_the_targets() -> None:
    random = torch.Generator().manual_seed(0)
    inputs = torch.randn(3, 5, 8, 8, generator=random)
    weight, bias = torch.randn(7, 5, generator=random), torch.randn(7, generator=random)
    targets = torch.einsum("dc,nchw->ndhw", weight, inputs) + bias[:, None, None]
    found_weight, found_bias = least_squares(inputs, targets)
    torch.testing.assert_close(found_weight, weight, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(found_bias, bias, rtol=1e-3, atol=1e-3)


def test_variance_explained_counts_channels_alike_or_by_energy() -> None:
    """The teacher has two independent channels, one three times as strong; the student sees that one alone."""
    random = torch.Generator().manual_seed(0)
    fitted_on, held_out = (torch.randn(4, 3, 32, 32, generator=random) for _ in range(2))

    def teacher(images: torch.Tensor, taps: tuple[str, ...]) -> Features:
        return {"3_1": images[:, :2] * torch.tensor([3.0, 1.0])[:, None, None]}

    def student(images: torch.Tensor, taps: tuple[str, ...]) -> Features:
        return {"3_1": 5 - 2 * images[:, :1]}

    found = explained_variance(student, teacher, fitted_on, held_out, ("3_1",))["3_1"]  # type: ignore[arg-type]
    assert found.raw == pytest.approx(0.9, abs=0.01)
    assert found.standardised == pytest.approx(0.5, abs=0.02)


def test_a_student_that_is_its_teacher_explains_everything_and_inverts_alike(
    teacher: Encoder, squares: torch.Tensor
) -> None:
    groups = {"photographs": list(squares[:3]), "paintings": list(squares[3:4])}
    figures = judged(teacher, teacher, ("2_1", "5_1"), squares, groups, evaluations=5)
    assert {tap: round(found.standardised, 3) for tap, found in figures.explained.items()} == {"2_1": 1, "5_1": 1}
    assert set(figures.inversion) == {"photographs", "paintings", "all"}
    for comparison in figures.inversion.values():
        assert comparison.student == comparison.teacher
    photographs, paintings, everything = (
        figures.inversion[name].student.psnr for name in ("photographs", "paintings", "all")
    )
    assert everything == pytest.approx((3 * photographs + paintings) / 4)
