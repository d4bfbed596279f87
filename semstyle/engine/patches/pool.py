"""The patches of all views of all styles, matched and voted for as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.patches.continuation import StylePatches, continued
from semstyle.engine.patches.matching import Matches, match, patch_norms
from semstyle.engine.patches.numbering import PatchNumbering
from semstyle.engine.patches.vote import Ballot
from semstyle.errors import InputError

FENCE = 16.0
"""How much lower a patch that is not the image's scores than any other could, over the largest favour."""


@dataclass(frozen=True)
class PatchSource:
    """One view of a style at one layer.

    Attributes:
        features: (C, h, w).
        map_channels: (M, h, w), times γ_l, or None.
        outside: (h, w), on the CPU: where the features are not the image's, or None.
        favour: Factor on the correlation of its patches.
        fair_uses: (h-k+1, w-k+1) how many patches of the image may use each of its patches before it is dear, or None
            where that does not matter.
    """

    features: Tensor
    map_channels: Tensor | None = None
    outside: Tensor | None = None
    favour: float = 1.0
    fair_uses: Tensor | None = None


def augmented(features: Tensor, map_channels: Tensor | None) -> Tensor:
    """s = [x ; γm] (equation 2) of (C, H, W) and (M, H, W), as pixels (H, W, C + M)."""
    channels = features if map_channels is None else torch.cat([features, map_channels])
    return channels.permute(1, 2, 0).contiguous()


class PatchPool:
    """Patches of all sources; those that touch pixels outside an image are never matched.

    Attributes:
        pixels: Of each source, (h, w, C + M), or one channel more where there are pixels outside.
        inverse_norms: (patches,) 1/|s_j|.
        weights: (patches,) what correlations are multiplied by: that times the source's favour.
        count: Patches that can be matched.
        fair_uses: (patches,) as those of the sources, or None.
        kept: The numbers of the sources that have any.
        numbering: Of the patches of those.
        ballot: The features of all sources, for votes.

    Raises:
        InputError: when there is no patch.
    """

    def __init__(self, sources: Sequence[PatchSource], patch_size: int) -> None:
        self.patch_size = patch_size
        kept, beyond = [], []
        self.kept: list[int] = []
        for number, source in enumerate(sources):
            if min(source.features.shape[1:]) < patch_size:
                continue
            touching = None if source.outside is None else touched(source.outside, patch_size)
            if touching is None or not touching.all():
                kept.append(source)
                self.kept.append(number)
                beyond.append(touching)
        if not kept:
            raise InputError("style: no patch fits into it as it is scaled and turned; enlarge it, or add scale 1")
        self.pixels = [fenced(source) for source in kept]
        norms = [own_norms(source, touching, patch_size) for source, touching in zip(kept, beyond, strict=True)]
        self.numbering = PatchNumbering(tuple((of_source.shape[0], of_source.shape[1]) for of_source in norms))
        self.inverse_norms = 1 / torch.cat([of_source.flatten() for of_source in norms])
        favours = [
            self.inverse_norms.new_full((of_source.numel(),), source.favour)
            for source, of_source in zip(kept, norms, strict=True)
        ]
        self.weights = self.inverse_norms * torch.cat(favours)
        self.count = self.weights.numel() - sum(int(touching.sum()) for touching in beyond if touching is not None)
        self.ballot = Ballot.of([source.features for source in kept], patch_size)
        self._beyond = beyond
        fair_uses = [source.fair_uses.flatten() for source in kept if source.fair_uses is not None]
        self.fair_uses = torch.cat(fair_uses).to(self.weights) if len(fair_uses) == len(kept) else None

    def nearest(self, target: Tensor, weights: Tensor) -> Matches:
        """The best patch of all sources for each of ``target``'s (H, W, C + M); of equal ones the first.

        Args:
            weights: (patches,) what correlations are multiplied by.
        """
        best: Matches | None = None
        numbering = self.numbering
        for pixels, here, first in zip(self.pixels, numbering.parts(weights), numbering.firsts, strict=False):
            found = match(before_fence(target, pixels, self.patch_size), pixels, here, self.patch_size)
            best = found if best is None else better(best, found, first)
        assert best is not None
        return best

    def continued(self, matches: Matches, target: Tensor, weights: Tensor, bonus: float) -> Matches:
        """``matches`` of ``target`` with those that continue their neighbours' where that is better.

        Args:
            weights: As those of :meth:`nearest`.
            bonus: How much better a patch is that continues the matches of all its neighbours, as a factor less 1.
        """
        return continued(matches, target, self.style_patches(weights, target.shape[2]), bonus)

    def style_patches(self, weights: Tensor, channels: int) -> StylePatches:
        """The patches by the first ``channels`` of their pixels; those that touch what is outside have the weight 0."""
        allowed = [
            here if touching is None else here.masked_fill(touching.to(here.device), 0)
            for here, touching in zip(self.numbering.parts(weights), self._beyond, strict=True)
        ]
        return StylePatches(
            torch.cat([pixels[..., :channels].flatten(0, 1) for pixels in self.pixels]),
            self.ballot.corners,
            self.ballot.widths,
            torch.cat([here.flatten() for here in allowed]),
            self.numbering,
            self.patch_size,
        )


def better(best: Matches, found: Matches, first: int) -> Matches:
    """For each target patch the better of two; ``found`` counts its patches from ``first``."""
    closer = found.correlation > best.correlation
    return Matches(
        torch.where(closer, found.index + first, best.index),
        torch.where(closer, found.correlation, best.correlation),
    )


def touched(outside: Tensor, patch_size: int) -> Tensor:
    """(h-k+1, w-k+1): which patches touch a pixel outside, of (h, w)."""
    return F.max_pool2d(outside[None, None].float(), patch_size, 1)[0, 0] > 0


def fenced(source: PatchSource) -> Tensor:
    """A source's augmented pixels; those outside have nothing but a -1 in a channel of its own, others a 0 there."""
    pixels = augmented(source.features, source.map_channels)
    if source.outside is None:
        return pixels
    outside = source.outside.to(pixels.device)[..., None]
    return torch.cat([pixels.masked_fill(outside, 0), -outside.to(pixels.dtype)], -1)


def own_norms(source: PatchSource, touching: Tensor | None, patch_size: int) -> Tensor:
    """|s_j| of a source's patches; of those that touch a pixel outside, the largest of all."""
    pixels = augmented(source.features, source.map_channels)
    norms = patch_norms(pixels, patch_size).clamp_min(1e-12)
    return norms if touching is None else torch.where(touching.to(norms.device), norms.max(), norms)


def before_fence(target: Tensor, pixels: Tensor, patch_size: int) -> Tensor:
    """``target`` with the channel that a fenced source has more, so high that what touches the fence loses to all else.

    A correlation is at least -|s_i|. What touches the fence and has the weight 1/N, N being at least the |s_j| of its
    pixels inside, has at most |s_i| less what this channel is over N.
    """
    if pixels.shape[-1] == target.shape[-1]:
        return target
    largest = patch_norms(pixels[..., :-1], patch_size).max() * patch_norms(target, patch_size).max()
    height = (FENCE * largest).clamp_min(1e-6)
    return torch.cat([target, height.expand(*target.shape[:2], 1)], -1)
