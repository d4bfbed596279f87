"""This module has the losses of a render, each of which holds its target (Champandard 2016, equations 1 to 4).

Each is divided by its target's mean square activation, so that weights mean the same for every encoder,
layer and size (docs/architecture.md, decision 2).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from semstyle.engine.exactness import products
from semstyle.engine.optimised.prices import Prices
from semstyle.engine.patches.matching import Matches, patch_norms
from semstyle.engine.patches.pool import PatchPool, PatchSource, augmented
from semstyle.engine.patches.vote import Vote, vote
from semstyle.engine.threads import one_thread

GRADIENT_SCALE = 0.22
"""Total variation is in units of this rms difference of neighbouring pixels: at 1 it dampens grain, not strokes."""


COHERENCE_BONUS = 0.02
"""The bonus for each unit of coherence: at the default of 5 a patch that continues all its neighbours' matches counts a
tenth more. At 0.05 as at 0.3 in all, pictures were much the same."""


class VotedLoss:
    """The loss Σ_i |x_i − y_NN(i)|² over the patches of one layer, whatever finds the nearest ones.

    Args:
        sources: The styles' patches; each view of each style.
        patch_size: k.
    """

    def __init__(self, sources: Sequence[PatchSource], patch_size: int) -> None:
        self.patch_size = patch_size
        self.mean_square = mean_square(sources)
        self.match_score = torch.zeros((), device=self.mean_square.device)
        self.vote: Vote | None = None

    def __call__(self, features: Tensor) -> Tensor:
        """Return the mean over patch elements, in units of the style's mean square activation."""
        if self.vote is None:
            raise RuntimeError("rematch before taking the style loss")
        border = self.patch_size - 1
        patches = (features.shape[1] - border) * (features.shape[2] - border)
        elements = patches * self.patch_size**2 * features.shape[0]
        return self.vote.distance(features) / (elements * self.mean_square)


class StyleLoss(VotedLoss):
    """A :class:`VotedLoss` that finds the nearest patches by augmented features (equation 3).

    Args:
        sources: The styles' patches; each view of each style.
        target_map: The target's map channels times γ_l, (M, H, W), or None.
        patch_size: k.
        coherence: How much better a patch is that continues its neighbours' matches; 0 asks for none.
        variety: How fast a patch becomes dear that is used more than its share; 0 lets all be used at will.

    Raises:
        InputError: when the sources have no patch.
    """

    def __init__(
        self,
        sources: Sequence[PatchSource],
        target_map: Tensor | None,
        patch_size: int,
        coherence: float = 0,
        variety: float = 0,
    ) -> None:
        super().__init__(sources, patch_size)
        self.bonus = COHERENCE_BONUS * coherence
        self.target_map = target_map
        self.pool = PatchPool(sources, patch_size)
        self.matches: Matches | None = None
        self.prices = Prices(self.pool, variety) if variety else None

    @torch.no_grad()
    def rematch(self, features: Tensor) -> None:
        """Find the nearest style patch of every patch of ``features`` (C, H, W), and take their vote."""
        target = augmented(features, self.target_map)
        weights = self.pool.weights if self.prices is None else self.prices.applied_to(self.pool.weights)
        with products(target.device, may_round=True):
            self.matches = self.pool.nearest(target, weights)
        if self.bonus:
            self.matches = self.pool.continued(self.matches, target, weights, self.bonus)
        if self.prices is not None:
            self.prices.adjust(self.matches.index)
        self.vote = vote(self.matches.index, self.pool.ballot, self.patch_size)
        self.match_score = self._score(self.matches, target, weights)

    @one_thread()
    def _score(self, matches: Matches, target: Tensor, weights: Tensor) -> Tensor:
        """Return how alike ``matches`` are, which were found for ``target`` (H, W, C + M) with ``weights``."""
        unbiased = matches.correlation * (self.pool.inverse_norms / weights)[matches.index]
        return (unbiased / patch_norms(target, self.patch_size).clamp_min(1e-12)).mean()


def mean_square(sources: Sequence[PatchSource]) -> Tensor:
    """Return the mean square of the sources' features; each source counts alike."""
    means = []
    for source in sources:
        squares = source.features.square()
        if source.outside is None:
            means.append(squares.mean())
        else:
            inside = (~source.outside).to(squares)
            means.append((squares * inside).sum() / (len(squares) * inside.sum()))
    return torch.stack(means).mean().clamp_min(1e-12)


class ContentLoss:
    """The mean (x − c)² of one layer, in units of the content's mean square activation.

    Args:
        features: The content's features c, (C, H, W).
        factors: (1, H, W) how much each pixel counts; None counts all alike.
    """

    @one_thread()
    def __init__(self, features: Tensor, factors: Tensor | None = None) -> None:
        self.features = features
        self.factors = factors
        self.mean_square = features.square().mean().clamp_min(1e-12)

    def __call__(self, features: Tensor) -> Tensor:
        squares = (features - self.features).square()
        return (squares if self.factors is None else self.factors * squares).mean() / self.mean_square


def smoothness_loss(image: Tensor) -> Tensor:
    """Return the total variation: the mean squared difference of neighbouring pixels of ``image`` (3, H, W)."""
    down = (image[:, 1:] - image[:, :-1]).square().mean()
    right = (image[:, :, 1:] - image[:, :, :-1]).square().mean()
    return (down + right) / GRADIENT_SCALE**2
