"""The losses of a render, each holding its target (Champandard 2016, equations 1 to 4).

Each is divided by its target's mean square activation, so that weights mean the same for every encoder,
layer and size (design, section 2.1).
"""

from __future__ import annotations

import torch
from torch import Tensor

from semstyle.engine.matching import Matches, match, patch_norms
from semstyle.engine.vote import Ballot, Vote, vote

GRADIENT_SCALE = 0.22
"""Total variation is in units of this rms difference of neighbouring pixels: at 1 it dampens grain, not strokes."""


class StyleLoss:
    """Σ_i |x_i − y_NN(i)|² over the patches of one layer, nearest patches by augmented features.

    Args:
        features: The style's, (C, H_s, W_s).
        style_map: The style's map channels times γ_l, (M, H_s, W_s), or None.
        target_map: The target's, (M, H, W), or None.
        patch_size: k.
        variety: Bias against style patches already used.
    """

    def __init__(
        self, features: Tensor, style_map: Tensor | None, target_map: Tensor | None, patch_size: int, variety: float = 0
    ) -> None:
        self.patch_size = patch_size
        self.variety = variety
        self.target_map = target_map
        self.style = augmented(features, style_map)
        self.inverse_norms = 1 / patch_norms(self.style, patch_size).clamp_min(1e-12)
        self.ballot = Ballot.of(features)
        self.mean_square = features.square().mean().clamp_min(1e-12)
        self.matches: Matches | None = None
        self.vote: Vote | None = None
        self.match_score = torch.zeros((), device=features.device)
        self.usage = torch.zeros_like(self.inverse_norms)

    @torch.no_grad()
    def rematch(self, features: Tensor) -> None:
        """Find the nearest style patch of every patch of ``features`` (C, H, W), and take their vote."""
        target = augmented(features, self.target_map)
        weights = self._style_weights()
        self.matches = match(target, self.style, weights, self.patch_size)
        self.vote = vote(self.matches, self.ballot, self.patch_size)
        chosen = self.matches.index
        unbiased = self.matches.correlation * (self.inverse_norms / weights).flatten()[chosen]
        self.match_score = (unbiased / patch_norms(target, self.patch_size).clamp_min(1e-12)).mean()
        if self.variety:
            used = torch.bincount(chosen.flatten(), minlength=self.usage.numel()).view_as(self.usage)
            self.usage = (self.usage + used * self.usage.numel() / chosen.numel()) / 2

    def __call__(self, features: Tensor) -> Tensor:
        """The mean over patch elements, in units of the style's mean square activation."""
        if self.vote is None or self.matches is None:
            raise RuntimeError("rematch before taking the style loss")
        elements = self.matches.index.numel() * self.patch_size**2 * features.shape[0]
        return self.vote.distance(features) / (elements * self.mean_square)

    def _style_weights(self) -> Tensor:
        """1/|s_j|, less for patches that were used more than their share, averaged over the last few matches.

        The average settles; counting the last matches alone would make them swing between two sets.
        """
        return self.inverse_norms / (1 + 0.1 * self.variety * torch.log1p(self.usage))


def augmented(features: Tensor, map_channels: Tensor | None) -> Tensor:
    """s = [x ; γm] (equation 2) of (C, H, W) and (M, H, W), as pixels (H, W, C + M)."""
    channels = features if map_channels is None else torch.cat([features, map_channels])
    return channels.permute(1, 2, 0).contiguous()


class ContentLoss:
    """Mean (x − c)² of one layer, in units of the content's mean square activation.

    Args:
        features: The content's, (C, H, W).
    """

    def __init__(self, features: Tensor) -> None:
        self.features = features
        self.mean_square = features.square().mean().clamp_min(1e-12)

    def __call__(self, features: Tensor) -> Tensor:
        return (features - self.features).square().mean() / self.mean_square


def smoothness_loss(image: Tensor) -> Tensor:
    """Total variation: mean squared difference of neighbouring pixels of ``image`` (3, H, W)."""
    down = (image[:, 1:] - image[:, :-1]).square().mean()
    right = (image[:, :, 1:] - image[:, :, :-1]).square().mean()
    return (down + right) / GRADIENT_SCALE**2
