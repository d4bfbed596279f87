"""This module pools the patches of all views of all styles, which are matched and voted for as one."""

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
"""The fence's factor over the largest product of norms, large beside any favour so that patches outside lose."""


@dataclass(frozen=True)
class PatchSource:
    """One view of a style at one layer.

    Attributes:
        features: (C, h, w).
        map_channels: (M, h, w), times γ_l, or None.
        outside: (h, w), on the CPU: where the features are not the image's, or None.
        favour: Factor on the correlation of the source's patches.
        fair_uses: (h-k+1, w-k+1) how many patches of the image may use each of the source's before it is dear, or None
            where that does not matter.
    """

    features: Tensor
    map_channels: Tensor | None = None
    outside: Tensor | None = None
    favour: float = 1.0
    fair_uses: Tensor | None = None


def augmented(features: Tensor, map_channels: Tensor | None) -> Tensor:
    """Return s = [x ; γm] (equation 2) of (C, H, W) and (M, H, W), as pixels (H, W, C + M)."""
    channels = features if map_channels is None else torch.cat([features, map_channels])
    return channels.permute(1, 2, 0).contiguous()


class PatchPool:
    """The pool of all sources' patches; those that touch pixels outside an image are never matched.

    Attributes:
        pixels: Augmented pixels of each source, (h, w, C + M), or one channel more where there are pixels outside.
        inverse_norms: (patches,) 1/|s_j|.
        weights: (patches,) what correlations are multiplied by: 1/|s_j| times the source's favour.
        count: Number of patches that can be matched.
        fair_uses: (patches,) the sources' fair uses, or None.
        kept: The numbers of the sources that have any patches.
        numbering: The numbering of those sources' patches.
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
        self._beyond = [touching if touching is None else touching.to(self.weights.device) for touching in beyond]
        fair_uses = [source.fair_uses.flatten() for source in kept if source.fair_uses is not None]
        self.fair_uses = torch.cat(fair_uses).to(self.weights) if len(fair_uses) == len(kept) else None

    def nearest(self, target: Tensor, weights: Tensor) -> Matches:
        """Find the best patch of all sources for each of ``target``'s (H, W, C + M); of equal ones the first is taken.

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
        """Improve ``matches`` of ``target`` by those that continue their neighbours', where they are better.

        Args:
            weights: (patches,) what correlations are multiplied by.
            bonus: How much better a patch is that continues the matches of all its neighbours, as a factor less 1.
        """
        return continued(matches, target, self.style_patches(weights, target.shape[2]), bonus)

    def style_patches(self, weights: Tensor, channels: int) -> StylePatches:
        """Return the patches with ``channels`` of their channels; those that touch pixels outside have weight 0."""
        allowed = [
            here if touching is None else here.masked_fill(touching, 0)
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
    """Return the better of two matches for each target patch; ``found`` counts its style patches from ``first``."""
    closer = found.correlation > best.correlation
    return Matches(
        torch.where(closer, found.index + first, best.index),
        torch.where(closer, found.correlation, best.correlation),
    )


def touched(outside: Tensor, patch_size: int) -> Tensor:
    """Return which patches touch a pixel of ``outside`` (h, w): (h-k+1, w-k+1)."""
    return F.max_pool2d(outside[None, None].float(), patch_size, 1)[0, 0] > 0


def fenced(source: PatchSource) -> Tensor:
    """Return a source's augmented pixels; those outside are 0 but for -1 in an extra channel, where others are 0."""
    pixels = augmented(source.features, source.map_channels)
    if source.outside is None:
        return pixels
    outside = source.outside.to(pixels.device)[..., None]
    return torch.cat([pixels.masked_fill(outside, 0), -outside.to(pixels.dtype)], -1)


def own_norms(source: PatchSource, touching: Tensor | None, patch_size: int) -> Tensor:
    """Return |s_j| of a source's patches; those that touch a pixel outside have the largest of all."""
    pixels = augmented(source.features, source.map_channels)
    norms = patch_norms(pixels, patch_size).clamp_min(1e-12)
    return norms if touching is None else torch.where(touching.to(norms.device), norms.max(), norms)


def before_fence(target: Tensor, pixels: Tensor, patch_size: int) -> Tensor:
    """Give ``target`` a fenced source's extra channel, so high that what touches the fence loses to all else.

    A correlation is at least -|s_i|. A patch that touches the fence has the weight 1/N, N being at least the |s_j| of
    its pixels inside; its correlation is at most |s_i| less this channel's value over N.
    """
    if pixels.shape[-1] == target.shape[-1]:
        return target
    largest = patch_norms(pixels[..., :-1], patch_size).max() * patch_norms(target, patch_size).max()
    height = (FENCE * largest).clamp_min(1e-6)
    return torch.cat([target, height.expand(*target.shape[:2], 1)], -1)
