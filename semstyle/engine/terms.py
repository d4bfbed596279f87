"""The terms of the loss at one evaluation, on their way into a row of the trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class Terms(NamedTuple):
    """The terms of a loss as scalars on the render's device; all but ``loss`` are unweighted.

    Attributes:
        loss: The sum that is minimised.
        grad_max: Largest absolute derivative of the loss by a pixel.
        match_score: Mean normalised cross-correlation of the matches in use.
        style: (layers,) the style's losses.
    """

    loss: Tensor
    content: Tensor
    smoothness: Tensor
    grad_max: Tensor
    match_score: Tensor
    style: Tensor

    @classmethod
    def of_pass(cls, loss: Tensor, match_score: Tensor) -> Terms:
        """Make the terms of a method that optimises nothing, and has no others than these two."""
        nothing = torch.zeros_like(loss)
        return cls(loss, nothing, nothing, nothing, match_score, loss.new_zeros(0))

    def in_a_row(self) -> Tensor:
        """Return all terms, (5 + layers,), in order; the style's come last."""
        *scalars, style = self
        return torch.cat([torch.stack(scalars), style])


def numbers_of(terms: Sequence[Terms], also: Tensor) -> list[list[float]]:
    """Read terms from the device, and one more scalar: a list of numbers for each, and one for the scalar.

    The device is read once, as the host has to wait for it each time.
    """
    rows = torch.stack([each.in_a_row() for each in terms])
    *numbers, told = torch.cat([rows.flatten(), also.to(rows).reshape(1)]).tolist()
    width = rows.shape[1]
    return [*(numbers[start : start + width] for start in range(0, len(numbers), width)), [told]]
