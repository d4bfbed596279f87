"""The style loss of overlapping patches as a vote per pixel (design, section 2.4).

    Σ_i |x_i − y_NN(i)|² = Σ_p w(p) |x_p − T(p)|² + K

where w(p) counts the patches over pixel p, T(p) is the mean of the style pixels that they vote for, and K
does not depend on x. What had k²·C terms per patch has C per pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.matching import Matches


@dataclass(frozen=True)
class Vote:
    """What the matches say each pixel's features should be.

    Attributes:
        mean: T, (C, H, W).
        weight: w, (H, W).
        constant: K, a scalar.
    """

    mean: Tensor
    weight: Tensor
    constant: Tensor

    def distance(self, features: Tensor) -> Tensor:
        """Σ_i |x_i − y_NN(i)|² for ``features`` x, (C, H, W)."""
        return (self.weight * (features - self.mean).square()).sum() + self.constant


@dataclass(frozen=True)
class Ballot:
    """A style's features laid out for voting.

    Attributes:
        pixels: (H_s * W_s + 1, C); the last row is zeros, for votes of patches that do not exist.
        energy: (H_s * W_s + 1,), |y|² of each.
        width: W_s.
    """

    pixels: Tensor
    energy: Tensor
    width: int

    @classmethod
    def of(cls, features: Tensor) -> Ballot:
        """From a style's ``features`` (C, H_s, W_s)."""
        rows = F.pad(features.permute(1, 2, 0).flatten(0, 1), (0, 0, 0, 1))
        return cls(rows, rows.square().sum(1), features.shape[2])


def vote(matches: Matches, ballot: Ballot, patch_size: int) -> Vote:
    """Collect every patch's votes for the pixels beneath it."""
    voted = voted_pixels(matches.index, ballot, patch_size)
    height, width = voted.shape[:2]
    total = F.embedding_bag(voted.flatten(0, 1), ballot.pixels, mode="sum")
    weight = (voted != len(ballot.energy) - 1).sum(2).to(total.dtype)
    mean = total / weight.reshape(-1, 1)
    constant = ballot.energy[voted].sum() - (weight.reshape(-1, 1) * mean.square()).sum()
    return Vote(mean.view(height, width, -1).permute(2, 0, 1), weight, constant)


def voted_pixels(index: Tensor, ballot: Ballot, patch_size: int) -> Tensor:
    """(H, W, k²): for each pixel, the style pixel that each of the patches over it votes for."""
    patch_columns = ballot.width - patch_size + 1
    row, column = index // patch_columns, index % patch_columns
    rows, columns = index.shape
    shape = (rows + patch_size - 1, columns + patch_size - 1, patch_size**2)
    voted = torch.full(shape, len(ballot.energy) - 1, dtype=torch.int64, device=index.device)
    for dy in range(patch_size):
        for dx in range(patch_size):
            beneath = voted[dy : dy + rows, dx : dx + columns, dy * patch_size + dx]
            beneath.copy_((row + dy) * ballot.width + column + dx)
    return voted
