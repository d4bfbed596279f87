"""Finer layers that follow the matches of a coarser one, so that nothing is searched for them.

Patches of layer 3_1 settle where in the style each piece of the image comes from, but leave open what lies within its
stride of four pixels, which shows as a weave and as colours that no brush made. A detail layer asks that the piece look
like the style there, too: each of its patches is matched with the one that lies in the style as it lies in the image,
within the coarser layer's patch around it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from semstyle.engine.optimised.losses import StyleLoss, mean_square
from semstyle.engine.patches.matching import Matches
from semstyle.engine.patches.numbering import PatchNumbering, shapes_of
from semstyle.engine.patches.pool import PatchSource
from semstyle.engine.patches.vote import Ballot, Vote, vote
from semstyle.engine.threads import one_thread


class DetailLoss:
    """Σ_i |x_i − y_NN(i)|² over the patches of a finer layer, whose nearest patches are ``leader``'s brought down.

    Args:
        leader: Of the coarser layer; it is matched first.
        sources: The same views of the same styles as the leader's, at the finer layer.
        factor: How many of its pixels on a side are one of the leader's: a power of 2, at least 2.
    """

    def __init__(self, leader: StyleLoss, sources: Sequence[PatchSource], factor: int) -> None:
        self._leader, self._factor, self._patch_size = leader, factor, leader.patch_size
        kept = [sources[number] for number in leader.pool.kept]
        sizes = [(source.features.shape[1], source.features.shape[2]) for source in kept]
        self._numbering = PatchNumbering(shapes_of(sizes, self._patch_size))
        self._ballot = Ballot.of([source.features for source in kept], self._patch_size)
        self.mean_square = mean_square(kept)
        self.match_score = torch.zeros((), device=self.mean_square.device)
        self.matches: Matches | None = None
        self.vote: Vote | None = None

    @torch.no_grad()
    def rematch(self, features: Tensor) -> None:
        """Take over the leader's matches for ``features`` (C, H, W), and take their vote."""
        if self._leader.matches is None:
            raise RuntimeError("match the coarser layer before the finer one")
        shape = shapes_of([(features.shape[1], features.shape[2])], self._patch_size)[0]
        index = self.brought_down(self._leader.matches.index, shape)
        self.matches = Matches(index, torch.zeros_like(index, dtype=features.dtype))
        self._take(self.matches)

    @one_thread()
    def _take(self, matches: Matches) -> None:
        self.vote = vote(matches, self._ballot, self._patch_size)

    def brought_down(self, index: Tensor, shape: tuple[int, int]) -> Tensor:
        """The patches (H', W') = ``shape`` of the finer layer that go with the leader's patches ``index``."""
        row, row_within = self._beneath(shape[0], index.shape[0], index.device)
        column, column_within = self._beneath(shape[1], index.shape[1], index.device)
        source, style_row, style_column = self._leader.pool.numbering.places(index[row][:, column])
        return self._numbering.index(
            source, style_row * self._factor + row_within[:, None], style_column * self._factor + column_within
        )

    def _beneath(self, fine: int, coarse: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """For ``fine`` patches along a side, the leader's patch with the nearest middle, and where in it each is."""
        begins = torch.arange(fine, device=device)
        margin = (self._factor * self._patch_size - self._patch_size) / 2
        leading = ((begins - margin) / self._factor).round().long().clamp(0, coarse - 1)
        return leading, begins - leading * self._factor

    def __call__(self, features: Tensor) -> Tensor:
        """The mean over patch elements, in units of the style's mean square activation."""
        if self.vote is None or self.matches is None:
            raise RuntimeError("rematch before taking the style loss")
        elements = self.matches.index.numel() * self._patch_size**2 * features.shape[0]
        return self.vote.distance(features) / (elements * self.mean_square)
