"""The patches of all views of all styles, as pixels to compare with and pixels to copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from semstyle.engine.inputs.resizing import image_size
from semstyle.engine.patches.matching import match
from semstyle.engine.patches.numbering import PatchNumbering, shapes_of
from semstyle.engine.patches.vote import Ballot, voted_pixels
from semstyle.engine.threads import one_thread
from semstyle.errors import InputError

NEVER = 1e4
"""What a pixel outside of its image costs, in units of the features' mean square: so much that none is ever chosen."""


@dataclass(frozen=True)
class PixelSource:
    """One view of a style at one scale.

    Attributes:
        colors: (3, h, w) what is copied.
        features: (C, h, w) what is compared.
        outside: (h, w) which pixels are outside of the image, in the corners of a turned one; None when all are inside.
        disfavour: What its pixels cost beyond their difference, 0 or more; see :meth:`SourcePool.charge`.
    """

    colors: Tensor
    features: Tensor
    outside: Tensor | None = None
    disfavour: float = 0.0


class SourcePool:
    """The patches of all sources.

    Attributes:
        kept: The numbers of the sources that have a patch.
        numbering: How the patches of those sources are numbered.
        pixels: (P, C) features of all pixels.
        fence: (P,) 0 for a pixel inside of its image; outside, more than any two patches differ by.
        penalties: (P,) what a pixel costs beyond its difference; at first the fence.
        corners: (patches,) the number of each patch's first pixel.
        widths: (patches,) how many pixels there are in a row of its source.
        positions: (patches, 4) int32, the (row, column) of each patch in its source, of how many (rows, columns).
        ballot: The colours of all sources, for votes.

    Raises:
        InputError: when there is no patch.
    """

    def __init__(self, sources: Sequence[PixelSource], patch_size: int) -> None:
        self.patch_size = patch_size
        self.kept = [number for number, source in enumerate(sources) if min(source.colors.shape[1:]) >= patch_size]
        if not self.kept:
            raise InputError("style: no patch fits into it as it is scaled; enlarge it, or use a smaller patch_size")
        used = [sources[number] for number in self.kept]
        self.numbering = PatchNumbering(shapes_of([image_size(source.colors) for source in used], patch_size))
        self.pixels = torch.cat([source.features.flatten(1).t() for source in used]).contiguous()
        self.fence = torch.cat([fence(source) for source in used])
        self._disfavour = torch.cat([torch.full_like(fence(source), source.disfavour) for source in used])
        self.penalties = self.fence
        self.ballot = Ballot.of([source.colors for source in used], patch_size)
        self.corners, self.widths = self.ballot.corners, self.ballot.widths
        self.positions = positions(self.numbering).to(self.pixels.device)
        self._usage: Tensor | None = None

    def nearest(self, target: Tensor) -> Tensor:
        """Find argmin_j Σ_d |x_{i+d} − y_{j+d}|² + penalty_{j+d} for every target patch i, (H', W'), exactly.

        The matcher finds argmax_j ⟨s_i, s_j⟩. With a channel more, 1 in every target pixel and
        −(|y_q|² + penalty_q) / 2 in every style pixel q, that is ⟨x_i, y_j⟩ − (|y_j|² + penalty_j) / 2, which is half
        of |x_i|² less the cost above; and |x_i|² is the same for all j.

        Args:
            target: (H, W, C).
        """
        ours = torch.cat([target, target.new_ones(*target.shape[:2], 1)], -1)
        lifted = torch.cat([self.pixels, -(self.pixels.square().sum(1) + self.penalties)[:, None] / 2], 1)
        best = torch.full([side - self.patch_size + 1 for side in target.shape[:2]], -torch.inf, device=target.device)
        index = torch.zeros(best.shape, dtype=torch.int64, device=target.device)
        pixel = 0
        for (rows, columns), patch in zip(self.numbering.shapes, self.numbering.firsts, strict=False):
            height, width = rows + self.patch_size - 1, columns + self.patch_size - 1
            here = lifted[pixel : pixel + height * width].view(height, width, -1)
            found = match(ours, here, here.new_ones(rows, columns), self.patch_size)
            closer = found.correlation > best
            best = torch.where(closer, found.correlation, best)
            index = torch.where(closer, found.index + patch, index)
            pixel += height * width
        return index

    def shifted(self, patches: Tensor, down: Tensor | int, right: Tensor | int) -> tuple[Tensor, Tensor]:
        """Return the patches at (``down``, ``right``) from ``patches``, and whether they are in the same source."""
        row, column, rows, columns = self.positions[patches].unbind(-1)
        row, column = row + down, column + right
        inside = (row >= 0) & (column >= 0) & (row < rows) & (column < columns)
        return torch.where(inside, patches + down * columns + right, patches), inside

    def like(self, coarse: SourcePool, patches: Tensor, down: Tensor, right: Tensor) -> Tensor:
        """Return the patches that are where ``coarse`` has ``patches`` at half the size, and a step on from there."""
        place, row, column = coarse.numbering.places(patches)
        # A source that is too small for a patch at the coarser scale may have some here.
        here = torch.tensor([self.kept.index(number) for number in coarse.kept], device=patches.device)
        return self.numbering.index(here[place], row * 2 + down, column * 2 + right)

    def charge(self, matches: Tensor, variety: float, unit: Tensor) -> None:
        """Set the penalties: ``unit`` · (the source's disfavour + ``variety`` · log(usage) where that is above 1).

        Args:
            matches: (H', W') the matches in use. A pixel's usage is how often they use it, 1 if all are used alike; a
                pixel that is used less costs nothing. Usage is averaged over the last few calls, as matches would else
                swing between two sets.
            unit: By how much a pixel differs from its match, on average.
        """
        self.penalties = self.fence + unit * self._disfavour
        if variety:
            pixels = len(self.fence)
            used = torch.bincount(voted_pixels(matches, self.ballot, self.patch_size).flatten(), minlength=pixels)
            usage = used[:pixels] * (matches.numel() * self.patch_size**2 / pixels) ** -1.0
            self._usage = usage if self._usage is None else (self._usage + usage) / 2
            self.penalties += unit * variety * self._usage.clamp_min(1).log()

    def patch_sums(self, values: Tensor, patches: Tensor) -> Tensor:
        """Return Σ_d values_{j+d} of ``values`` (P,) for each patch j of ``patches``."""
        corners, widths = self.corners[patches], self.widths[patches]
        side = range(self.patch_size)
        return torch.stack([values[corners + dy * widths + dx] for dy in side for dx in side]).sum(0)


@one_thread()
def fence(source: PixelSource) -> Tensor:
    """Return the fence of one source, (h · w,); see :class:`SourcePool`."""
    if source.outside is None:
        return source.features.new_zeros(source.features[0].numel())
    height = NEVER * source.features.square().sum(0).mean()
    return source.outside.flatten().to(source.features) * height


def positions(numbering: PatchNumbering) -> Tensor:
    """Return the position of each patch, (patches, 4) int32; see :class:`SourcePool`."""
    source, row, column = numbering.places(torch.arange(numbering.count))
    return torch.stack([row, column, *torch.tensor(numbering.shapes)[source].unbind(-1)], -1).to(torch.int32)
