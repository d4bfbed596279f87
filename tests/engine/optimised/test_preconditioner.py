"""The filter by frequency, and L-BFGS with a guess at the inverse Hessian."""

from __future__ import annotations

import pytest
import torch

from semstyle.engine.optimised.lbfgs import BoundedLBFGS
from semstyle.engine.optimised.preconditioner import FrequencyFilter


def wave(cycles: int, side: int = 64) -> torch.Tensor:
    """A grey image with so many periods from left to right."""
    row = torch.cos(2 * torch.pi * cycles * torch.arange(side, dtype=torch.float64) / side)
    return row.expand(3, side, side)


@pytest.mark.parametrize("cycles", [0, 1, 7, 32])
def test_a_wave_is_multiplied_by_the_gain_of_its_frequency(cycles: int) -> None:
    filtered = FrequencyFilter(wave(cycles))(wave(cycles))
    gain = (1 + (cycles / 64 / 0.04) ** 2) ** -0.4
    assert torch.allclose(filtered, gain * wave(cycles), atol=1e-6)


def test_differences_of_colour_are_multiplied_by_two_fifths() -> None:
    color = torch.tensor([1.0, -1.0, 0.0], dtype=torch.float64)[:, None, None].expand(3, 8, 8)
    assert torch.allclose(FrequencyFilter(color)(color), 0.4 * color, atol=1e-6)


@pytest.mark.parametrize("size", [(12, 16), (13, 16), (12, 17), (13, 17)])
def test_it_is_symmetric_and_positive_definite(size: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(12, 3, *size, dtype=torch.float64, generator=generator) - 0.5
    filtered = torch.stack([FrequencyFilter(images[0])(image) for image in images])
    products = torch.einsum("ichw,jchw->ij", images, filtered)
    assert torch.allclose(products, products.T, atol=1e-9)
    assert torch.linalg.eigvalsh(products).min() > 0


def test_it_is_the_same_for_any_number_of_threads() -> None:
    image = torch.rand(3, 200, 260, generator=torch.Generator().manual_seed(1))
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2, 3):
            torch.set_num_threads(threads)
            found.append(FrequencyFilter(image)(image))
    finally:
        torch.set_num_threads(before)
    assert torch.equal(found[0], found[1]) and torch.equal(found[0], found[2])


def smoothed(weights: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    return torch.fft.irfft2(torch.fft.rfft2(image) * weights, image.shape[-2:])


def losses(precondition: bool, evaluations: int) -> list[float]:
    """Minimise a quadratic that curves ever more along finer structure, as those of encoders do."""
    generator = torch.Generator().manual_seed(2)
    start = torch.rand(3, 32, 32, dtype=torch.float64, generator=generator)
    goal = 0.3 + 0.4 * torch.rand(3, 32, 32, dtype=torch.float64, generator=generator)
    curvature = FrequencyFilter(start).gains ** -1.0
    optimizer = BoundedLBFGS(start, precondition=FrequencyFilter(start) if precondition else None)
    found = []
    for _ in range(evaluations):
        image = optimizer.propose().detach().requires_grad_()
        away = image - goal
        loss = (away * smoothed(curvature, away)).sum()
        (gradient,) = torch.autograd.grad(loss, image)
        optimizer.tell(loss, gradient)
        found.append(loss.item())
        assert optimizer.image.min() >= 0 and optimizer.image.max() <= 1
    return found


def test_with_a_guess_near_the_inverse_hessian_a_loss_is_reached_in_half_the_evaluations() -> None:
    plain = losses(False, 24)
    assert min(losses(True, 12)) < min(plain)
