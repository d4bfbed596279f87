"""The paper's equations taken literally, with unfolded patches: a reference for the engine.

The tests use them in double precision, the benchmarks in single.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.optimised.losses import StyleLoss
from semstyle.engine.patches.matching import Matches
from semstyle.engine.patches.pool import augmented

CHUNK = 2**25
"""So many correlations are held at a time: a matrix of every patch with every other would not fit."""


def patches(pixels: Tensor, k: int) -> Tensor:
    """Unfold (C, H, W) into its patches, row by row: (patches, C·k²)."""
    return F.unfold(pixels[None], k)[0].t()


def correlations(target: Tensor, style: Tensor, k: int) -> Tensor:
    """Return equation 3's normalised cross-correlation of every pair of patches of (C, H, W) and (C, H_s, W_s)."""
    s, t = patches(style, k), patches(target, k)
    return F.normalize(t) @ F.normalize(s).t()


def style_loss(features: Tensor, style: Tensor, nearest: Tensor, k: int) -> Tensor:
    """Return the loss of equation 2, Σ_i |x_i − y_NN(i)|² over the patches."""
    return (patches(features, k) - patches(style, k)[nearest]).square().sum()


def nearest_patches(target: Tensor, style: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return (score, index) of each target patch's nearest style patch, as a straightforward port computes them."""
    s, t = patches(style, k), patches(target, k)
    unit_style, unit_target = F.normalize(s).t(), F.normalize(t)
    best = [(chunk @ unit_style).max(1) for chunk in torch.split(unit_target, max(1, CHUNK // unit_style.shape[1]))]
    return torch.cat([values for values, _ in best]), torch.cat([index for _, index in best])


class UnfoldedStyleLoss(StyleLoss):
    """A :class:`StyleLoss` that computes the literal equations."""

    @torch.no_grad()
    def rematch(self, features: Tensor) -> None:
        target = augmented(features, self.target_map).permute(2, 0, 1)
        score, index = nearest_patches(target, self.pool.pixels[0].permute(2, 0, 1), self.patch_size)
        rows = features.shape[1] - self.patch_size + 1
        self.matches = Matches(index.view(rows, -1), score.view(rows, -1))
        self.match_score = score.mean()
        voters = patches(self.pool.pixels[0][..., : features.shape[0]].permute(2, 0, 1), self.patch_size)
        self.nearest = voters[index]

    def __call__(self, features: Tensor) -> Tensor:
        return (patches(features, self.patch_size) - self.nearest).square().mean() / self.mean_square
