"""The optimiser, against SciPy's L-BFGS-B and against losses that are not finite."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from semstyle.engine.optimised.lbfgs import BoundedLBFGS

Loss = Callable[[torch.Tensor], torch.Tensor]


def minimized(loss: Loss, start: torch.Tensor, evaluations: int) -> torch.Tensor:
    optimizer = BoundedLBFGS(start)
    for _ in range(evaluations):
        x = optimizer.propose().detach().requires_grad_()
        value = loss(x)
        optimizer.tell(value, torch.autograd.grad(value, x)[0])
    return optimizer.image


def ill_conditioned(size: int = 60) -> Loss:
    """A quadratic whose curvatures span 10⁴ and whose free minimum lies outside the box for half the variables."""
    curvature = torch.logspace(0, 4, size, dtype=torch.float64)
    center = torch.where(torch.arange(size) % 2 == 0, 0.3, 1.7).double()
    return lambda x: (curvature * (x - center).square()).sum() / 2


def rosenbrock(x: torch.Tensor) -> torch.Tensor:
    return (100 * (x[1:] - x[:-1].square()).square() + (0.8 - x[:-1]).square()).sum()


@pytest.mark.parametrize(("loss", "evaluations"), [(ill_conditioned(), 200), (rosenbrock, 300)])
def test_reaches_the_minimum_that_scipy_reaches(loss: Loss, evaluations: int) -> None:
    start = torch.linspace(0.4, 0.6, 60, dtype=torch.float64)

    def with_gradient(x: np.ndarray) -> tuple[float, np.ndarray]:
        point = torch.from_numpy(x).requires_grad_()
        value = loss(point)
        return value.item(), torch.autograd.grad(value, point)[0].numpy()

    reference = minimize(with_gradient, start.numpy(), jac=True, method="L-BFGS-B", bounds=[(0, 1)] * 60)
    ours = minimized(loss, start, evaluations)
    assert ours.min() >= 0
    assert ours.max() <= 1
    assert float(loss(ours)) == pytest.approx(reference.fun, rel=1e-3, abs=1e-4)


def test_the_loss_never_grows_under_one_objective() -> None:
    loss = ill_conditioned()
    optimizer = BoundedLBFGS(torch.full((60,), 0.5, dtype=torch.float64))
    best = []
    for _ in range(60):
        x = optimizer.propose().detach().requires_grad_()
        value = loss(x)
        optimizer.tell(value, torch.autograd.grad(value, x)[0])
        best.append(float(loss(optimizer.image)))
    assert best == sorted(best, reverse=True)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_non_finite_evaluation_is_taken_back_and_optimisation_goes_on(bad: float) -> None:
    loss = ill_conditioned()
    optimizer = BoundedLBFGS(torch.full((60,), 0.9, dtype=torch.float64))
    for evaluation in range(150):
        x = optimizer.propose().detach().requires_grad_()
        assert x.isfinite().all()
        value = loss(x)
        (gradient,) = torch.autograd.grad(value, x)
        broken = evaluation in (7, 40)
        optimizer.tell(value * bad if broken else value, gradient * bad if broken else gradient)
        assert optimizer.image.isfinite().all()
    assert float(optimizer.restarts) == 2
    assert float(loss(optimizer.image)) == pytest.approx(float(loss(minimized(loss, x.detach(), 200))), rel=1e-2)


def test_a_pixel_at_a_bound_pushed_outward_stays_and_the_others_move() -> None:
    image = minimized(lambda x: x[0] + (x[1] - 0.5).square(), torch.tensor([0.0, 0.0]), 10)
    assert image[0] == 0
    assert float(image[1]) == pytest.approx(0.5, abs=1e-4)


class Explicit:
    """The inverse Hessian as a matrix, by one BFGS update after another (Nocedal & Wright 2006, equation 7.16)."""

    def __init__(self, precondition: torch.Tensor, history: int) -> None:
        self.precondition, self.history = precondition, history
        self.pairs: list[tuple[torch.Tensor, torch.Tensor]] = []

    def times(self, gradient: torch.Tensor) -> torch.Tensor:
        pairs = self.pairs[-self.history :]
        step, change = pairs[-1]
        inverse = step.dot(change) / change.dot(self.precondition @ change) * self.precondition
        for step, change in pairs:
            rho = 1 / step.dot(change)
            left = torch.eye(len(step), dtype=step.dtype) - rho * torch.outer(step, change)
            inverse = left @ inverse @ left.T + rho * torch.outer(step, step)
        return inverse @ gradient


@pytest.mark.parametrize("preconditioned", [False, True])
def test_a_direction_is_that_of_the_inverse_hessian_written_out(preconditioned: bool) -> None:
    size, history = 40, 4
    random = torch.Generator().manual_seed(0)
    root = torch.randn(size, size, dtype=torch.float64, generator=random)
    precondition = root @ root.T / size + torch.eye(size) if preconditioned else torch.eye(size, dtype=torch.float64)
    curvature = torch.logspace(0, 2, size, dtype=torch.float64)
    optimizer = BoundedLBFGS(
        torch.zeros(size, dtype=torch.float64),
        history,
        low=-1e9,
        high=1e9,
        precondition=(lambda values: precondition @ values) if preconditioned else None,
    )
    explicit = Explicit(precondition, history)
    goal = torch.randn(size, dtype=torch.float64, generator=random)
    for evaluation in range(3 * history):
        point, gradient = optimizer.point.clone(), optimizer.gradient.clone()
        step_size = optimizer.step_size
        trial = optimizer.propose().clone()
        if len(explicit.pairs) > 0:
            expected = -step_size * explicit.times(gradient)
            torch.testing.assert_close(trial - point, expected, rtol=1e-6, atol=1e-9)
        new = curvature * (trial - goal)
        if evaluation > 0:
            explicit.pairs.append((trial - point, new - gradient))
        optimizer.tell((curvature * (trial - goal).square()).sum() / 2, new)
    assert len(explicit.pairs) > history
