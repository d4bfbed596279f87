"""This module lets finer layers follow the matches of a coarser one, so that nothing is searched for them.

Patches of layer 3_1 settle where in the style each piece of the image comes from, but leave open what lies within its
stride of four pixels, which shows as a weave and as colours that no brush made. A detail layer asks that the piece look
like the style there, too: each of its patches is matched with the one that lies in the style as it lies in the image,
within the coarser layer's patch around it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from semstyle.engine.inputs.resizing import image_size
from semstyle.engine.optimised.losses import StyleLoss, VotedLoss
from semstyle.engine.patches.numbering import PatchNumbering, shapes_of
from semstyle.engine.patches.pool import PatchSource
from semstyle.engine.patches.vote import Ballot, vote


class DetailLoss(VotedLoss):
    """The loss of a finer layer, whose nearest patches are ``leader``'s brought down.

    Args:
        leader: The loss of the coarser layer, which is matched first.
        sources: The same views of the same styles as the leader's, at the finer layer.
        factor: How many pixels of the finer layer, on a side, are one of the leader's: a power of 2, at least 2.
    """

    def __init__(self, leader: StyleLoss, sources: Sequence[PatchSource], factor: int) -> None:
        kept = [sources[number] for number in leader.pool.kept]
        super().__init__(kept, leader.patch_size)
        self._leader, self._factor = leader, factor
        self._numbering = PatchNumbering(shapes_of([image_size(source.features) for source in kept], self.patch_size))
        self._ballot = Ballot.of([source.features for source in kept], self.patch_size)

    @torch.no_grad()
    def rematch(self, features: Tensor) -> None:
        """Take the vote of the leader's matches for ``features`` (C, H, W)."""
        if self._leader.matches is None:
            raise RuntimeError("match the coarser layer before the finer one")
        (shape,) = shapes_of([image_size(features)], self.patch_size)
        index = self.brought_down(self._leader.matches.index, shape)
        self.vote = vote(index, self._ballot, self.patch_size)

    def brought_down(self, index: Tensor, shape: tuple[int, int]) -> Tensor:
        """Return the patches (H', W') = ``shape`` of the finer layer that go with the leader's patches ``index``."""
        row, row_within = self._beneath(shape[0], index.shape[0], index.device)
        column, column_within = self._beneath(shape[1], index.shape[1], index.device)
        source, style_row, style_column = self._leader.pool.numbering.places(index[row][:, column])
        return self._numbering.index(
            source, style_row * self._factor + row_within[:, None], style_column * self._factor + column_within
        )

    def _beneath(self, fine: int, coarse: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """Find for ``fine`` patches along a side the leader's patch of nearest middle, and where in it each is."""
        begins = torch.arange(fine, device=device)
        margin = (self._factor * self.patch_size - self.patch_size) / 2
        leading = ((begins - margin) / self._factor).round().long().clamp(0, coarse - 1)
        return leading, begins - leading * self._factor
