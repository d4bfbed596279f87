"""This module has L-BFGS over pixels in a box, one evaluation per iteration (Nocedal & Wright 2006, section 7.2).

The inverse Hessian is applied in its compact form (Byrd, Nocedal & Schnabel 1994, theorem 2.2), which is the two-loop
recursion as two products of matrices: the history is read twice for each direction, and a GPU is asked for a dozen
operations in place of sixty.

There is no line search: a step that does not lessen the loss is taken back, halved and tried again, and
what its gradient tells of the curvature is kept. Every decision is a tensor, so nothing here waits for a
GPU. Pixels at a bound whose gradient pushes outward are left out of the direction, and the step is
projected onto the box.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from semstyle.engine.threads import one_thread


class BoundedLBFGS:
    """An optimiser: ask :meth:`propose` for a point, evaluate there, :meth:`tell` the result, and repeat.

    Args:
        start: The first point, of any shape, within the bounds.
        history: How many pairs of steps and gradient changes to keep.
        first_step: Root mean square length of the first step, before any curvature is known.
        low, high: The bounds of the box.
        precondition: Returns what it is given, in the shape of ``start``, times P: the inverse Hessian is taken for
            γP before any step, with P symmetric and positive definite. By default P is the identity.
    """

    def __init__(
        self,
        start: Tensor,
        history: int = 10,
        first_step: float = 0.02,
        low: float = 0.0,
        high: float = 1.0,
        precondition: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        self.low, self.high = low, high
        self.shape = start.shape
        self.point = start.detach().flatten().clone()
        self.trial = self.point
        self.loss: Tensor | None = None
        self.gradient = torch.zeros_like(self.point)
        self.first_step = first_step
        self._precondition = precondition
        self._history = self.point.new_zeros(2, history, self.point.numel())
        self.steps, self.changes = self._history
        self._change = torch.zeros_like(self.point)
        self._valid = self.point.new_zeros(history)
        self._steps_by_changes = self.point.new_zeros(history, history)
        self._changes_by_changes = self.point.new_zeros(history, history)
        self.scale = self.point.new_zeros(())
        self.step_size = self.point.new_ones(())
        self.restarts = self.point.new_zeros(())
        self.told = 0

    @property
    def image(self) -> Tensor:
        """The best point so far, in the shape of ``start``."""
        return self.point.view(self.shape)

    @one_thread()
    def propose(self) -> Tensor:
        """Return the point to evaluate next, in the shape of ``start``."""
        if self.loss is not None:
            self.trial = (self.point + self.step_size * self._direction()).clamp_(self.low, self.high)
        return self.trial.view(self.shape)

    @one_thread()
    def tell(self, loss: Tensor, gradient: Tensor, tolerance: float = 0.0) -> None:
        """Take in the ``loss`` and ``gradient`` at the point proposed.

        Args:
            tolerance: How much larger, relatively, the loss may be and still be accepted; more than 0 when
                the matches have changed and with them the loss.
        """
        gradient = gradient.detach().flatten()
        loss = loss.detach()
        finite = loss.isfinite() & gradient.sum().isfinite()  # a term that is not makes the sum so
        self.restarts = self.restarts + (~finite)
        if self.loss is None:
            self.loss = torch.where(finite, loss, torch.full_like(loss, torch.inf))
            self.gradient = torch.where(finite, gradient, 0)
            return
        self._remember(gradient, finite)
        accepted = finite & (loss <= self.loss + tolerance * self.loss.abs())
        self.point = torch.where(accepted, self.trial, self.point)
        self.gradient = torch.where(accepted, gradient, self.gradient)
        self.loss = torch.where(accepted, loss, self.loss)
        self.step_size = torch.where(accepted, (self.step_size * 2).clamp_max(1), self.step_size / 2)

    def _remember(self, gradient: Tensor, finite: Tensor) -> None:
        """Keep the pair (s, y) if its curvature is positive; forget all when the evaluation was not finite.

        Of y its product Py is kept, and y itself until the next pair.
        """
        step = self.trial - self.point
        change = torch.where(finite, gradient - self.gradient, 0)
        curvature = step.dot(change)
        valid = finite & (curvature > 1e-8 * step.norm() * change.norm())
        slot = self.told % len(self.steps)
        self.told += 1
        preconditioned = self._preconditioned(change)
        self.steps[slot] = torch.where(valid, step, 0)
        self.changes[slot] = torch.where(valid, preconditioned, 0)
        self._change = torch.where(valid, change, 0)
        self._valid = (self._valid * finite).roll(-1)
        self._valid[-1] = valid
        self._steps_by_changes = self._steps_by_changes.roll((-1, -1), (0, 1))
        self._changes_by_changes = self._changes_by_changes.roll((-1, -1), (0, 1))
        self.scale = torch.where(valid, curvature / change.dot(preconditioned), self.scale) * finite

    def _direction(self) -> Tensor:
        """Return −H g over the pixels free to move, or −g scaled if that is no descent.

        H is positive definite, so that only rounding, or a gradient of zeros, makes it none.
        """
        outward = ((self.point <= self.low) & (self.gradient > 0)) | ((self.point >= self.high) & (self.gradient < 0))
        gradient = self.gradient.masked_fill(outward, 0)
        direction = self._inverse_hessian_times(gradient).masked_fill_(outward, 0)
        descends = direction.dot(gradient) > 0
        return -torch.where(descends, direction, self._first_steps(gradient))

    def _inverse_hessian_times(self, gradient: Tensor) -> Tensor:
        """Return H g = γPg + S a + γPY b, with a and b by :meth:`_coefficients`; without a curvature a first step."""
        start = self._preconditioned(gradient)
        if self.told == 0:
            return self._first_steps(start)
        vectors = torch.stack([gradient, self._change])
        products = (vectors @ self._history.flatten(0, 1).T).view(2, 2, -1)
        with_gradient, with_change = products.roll(-self.told, -1) * self._valid
        self._note_products(*with_change)
        coefficients = self._coefficients(*with_gradient).roll(self.told, 1).flatten()
        scale = torch.where(self.scale > 0, self.scale, self._first_scale(start))
        return torch.addmv(scale * start, self._history.flatten(0, 1).T, coefficients)

    def _note_products(self, steps_by_change: Tensor, changes_by_change: Tensor) -> None:
        """Keep Sᵀy and (PY)ᵀy of the newest y, which are in the order of age, the oldest first."""
        self._steps_by_changes[:, -1] = steps_by_change
        self._changes_by_changes[:, -1] = changes_by_change
        self._changes_by_changes[-1] = changes_by_change

    def _coefficients(self, steps_by_gradient: Tensor, changes_by_gradient: Tensor) -> Tensor:
        """Return a and γb, (2, pairs): b = −R⁻¹Sᵀg and a = R⁻ᵀ((D + γYᵀPY)R⁻¹Sᵀg − γ(PY)ᵀg).

        R is the upper triangle of SᵀY, the oldest pair first, and D its diagonal. A pair that is not valid has a row
        and a column of the identity.
        """
        upper = self._steps_by_changes.triu() * self._valid + torch.diag(1 - self._valid)
        curved = torch.linalg.solve_triangular(upper, steps_by_gradient[:, None], upper=True)[:, 0]
        right = self._changes_by_changes @ curved - changes_by_gradient
        right = self._steps_by_changes.diagonal() * curved + self.scale * right
        of_steps = torch.linalg.solve_triangular(upper.T, (right * self._valid)[:, None], upper=False)[:, 0]
        return torch.stack([of_steps, -self.scale * curved])

    def _first_steps(self, direction: Tensor) -> Tensor:
        """Return ``direction`` at the length of a first step."""
        return direction * self._first_scale(direction)

    def _first_scale(self, direction: Tensor) -> Tensor:
        """Return by what ``direction`` has the length of a first step."""
        length = torch.linalg.vector_norm(direction) / direction.numel() ** 0.5
        scale: Tensor = self.first_step / length.clamp_min(1e-20)
        return scale

    def _preconditioned(self, values: Tensor) -> Tensor:
        return values if self._precondition is None else self._precondition(values.view(self.shape)).flatten()
