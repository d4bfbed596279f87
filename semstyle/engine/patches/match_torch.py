"""This module matches by torch's own operations, on any device: some target rows at a time with a band of the style."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from semstyle.engine.patches.blocks import Blocks, blocks_of

CUDA_BLOCK = 2**26
"""A GPU holds so many elements of the Gram matrix at a time, enough to keep it busy: with their sums 1.3 GiB at k = 3,
and at most twice as much, however large the images are."""
CPU_BLOCK = 2**18
"""A CPU holds so many elements of the Gram matrix at a time, so that its sums stay in the cache."""
ALIGNED = 16
"""Rows of the Gram matrix begin at multiples of so many elements on a CPU, as its library may add up in another order
where they do not."""
CHUNK = 64
"""The maximum is taken of so many correlations at once, a multiple of what a CPU compares in one instruction."""


def match_by_bands(
    target: Tensor, style: Tensor, style_weights: Tensor, patch_size: int, block: int | None = None
) -> tuple[Tensor, Tensor]:
    """Return (index, correlation) as :class:`semstyle.engine.patches.matching.Matches` describes them.

    Of equally good style patches the first is taken.
    """
    block = block or (CPU_BLOCK if target.is_cpu else CUDA_BLOCK)
    height, width, _ = target.shape
    blocks = blocks_of((height, width), (style.shape[0], style.shape[1]), patch_size, block)
    shape = height - patch_size + 1, width - patch_size + 1
    best, index = target.new_empty(shape), target.new_empty(shape, dtype=torch.int64)
    for left, right in blocks.strips(shape[1]):
        strip = target[:, left : right + patch_size - 1]
        match_strip(strip, style, style_weights, blocks, best[:, left:right], index[:, left:right])
    return index, best


def match_strip(
    target: Tensor, style: Tensor, style_weights: Tensor, blocks: Blocks, best: Tensor, index: Tensor
) -> None:
    """Put the nearest patches of ``target`` (H, w, C), a strip, into ``best`` and ``index`` (H-k+1, w-k+1)."""
    border = blocks.patch_size - 1
    patch_rows, patch_columns = style_weights.shape
    for top in range(0, patch_rows, blocks.band):
        weights = style_weights[top : top + blocks.band]
        band = Band(style[top : top + len(weights) + border], weights, blocks, target.shape[1])
        for row, correlations in band.correlations(target):
            shape = len(correlations) // best.shape[1], best.shape[1]
            value, position = (found.view(shape) for found in maximum(correlations))
            here = slice(row, row + shape[0])
            if top == 0:
                best[here], index[here] = value, position
                continue
            better = value > best[here]
            best[here] = torch.where(better, value, best[here])
            index[here] = torch.where(better, position + top * patch_columns, index[here])


class Band:
    """Some rows of the style, and the memory in which target rows are compared with them, used over and over.

    Args:
        pixels: (h, W_s, C).
        weights: (h-k+1, W_s-k+1), the weights of the patches within.
        blocks: The blocks of the search.
        width: W, the width of the target.
    """

    def __init__(self, pixels: Tensor, weights: Tensor, blocks: Blocks, width: int) -> None:
        self.weights = weights
        self.patch_size = k = blocks.patch_size
        self.chunk = chunk = blocks.chunk if blocks.chunk >= k - 1 else 1
        height, style_width, channels = pixels.shape
        self.pixels = pixels.reshape(-1, channels).t()
        if pixels.is_cpu:
            self.pixels = self.pixels.contiguous()
        patches, style_patches = width - k + 1, style_width - k + 1
        length = width * height * style_width
        self.gram = pixels.new_empty(chunk, filled_up(length, ALIGNED) if pixels.is_cpu else length)[:, :length]
        self.gram = self.gram.view(chunk, width, height, style_width)
        self.along = [self.gram[:, d : d + patches, :, d : d + style_patches] for d in range(k)]
        self.sums = RecentSums(pixels.new_empty(chunk + k - 1, patches, height, style_patches), k)
        length = weights.numel()
        self.padded = pixels.new_empty(chunk * patches, filled_up(length, CHUNK) if pixels.is_cpu else length)
        if self.padded.shape[1] > length:
            self.padded[:, length:] = -torch.inf
        self.correlation = self.padded[:, :length].view(chunk, patches, *weights.shape)

    def correlations(self, target: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Yield ⟨s_i, s_j⟩ · weights[j] for some rows of target patches: the first row's number, and the correlations.

        Those are (rows · (W-k+1), at least the band's patches), and overwritten by the next rows'. On a CPU they are
        filled up with -inf to a multiple of ``CHUNK``.
        """
        k = self.patch_size
        patches, height = self.correlation.shape[1:3]
        for top in range(0, len(target), self.chunk):
            count = min(self.chunk, len(target) - top)
            self.multiply(target[top : top + count])
            added([first_of(along, count) for along in self.along], out=self.sums.rows(k - 1, count))
            missing = max(0, k - 1 - top)  # patches that would begin above the target
            rows = count - missing
            if rows > 0:
                down = [self.sums.rows(missing + d, rows).narrow(2, d, height) for d in range(k)]
                added(down, out=first_of(self.correlation, rows)).mul_(self.weights)
                yield top + missing - k + 1, first_of(self.padded, rows * patches)
            if top + count < len(target):
                self.sums.advance()

    def multiply(self, pixels: Tensor) -> None:
        """Put the Gram matrix of the target rows ``pixels`` (n, W, C) with the band into ``gram``."""
        if pixels.is_cpu:  # its library's order of additions depends on how many rows it is given
            for row, gram in zip(pixels, self.gram, strict=False):
                torch.mm(row, self.pixels, out=gram.flatten(1))
        else:
            torch.mm(pixels.flatten(0, 1), self.pixels, out=self.gram[: len(pixels)].flatten(0, 1).flatten(1))


class RecentSums:
    """The sums along rows of a chunk's target rows, and before them those of the last k - 1 rows of the chunk before.

    Those k - 1 rows are moved to the front after each chunk. Where a chunk is one row nothing is moved: the rows are a
    ring.

    Args:
        values: (chunk + k - 1, W-k+1, h, W_s-k+1), memory for them.
        patch_size: k.
    """

    def __init__(self, values: Tensor, patch_size: int) -> None:
        self._values = values
        self._border = patch_size - 1
        self._chunk = len(values) - self._border
        self._start = 0

    def rows(self, first: int, count: int) -> Tensor:
        """Return ``count`` rows from ``first`` on; the chunk's own begin at k - 1."""
        return self._values.narrow(0, (first + self._start) % len(self._values), count)

    def advance(self) -> None:
        """Make place for the next chunk."""
        if self._chunk == 1:
            self._start += 1
        elif self._border:
            self._values[: self._border] = self._values[self._chunk :]


def filled_up(length: int, unit: int) -> int:
    """Return the first multiple of ``unit`` that is no less than ``length``."""
    return -(-length // unit) * unit


def first_of(values: Tensor, count: int) -> Tensor:
    """Return the first ``count`` of ``values``, which is one operation less where they are all."""
    return values if count == len(values) else values[:count]


def added(terms: list[Tensor], out: Tensor) -> Tensor:
    """Return the sum of ``terms``, computed in ``out``."""
    if len(terms) == 1:
        return out.copy_(terms[0])
    torch.add(terms[0], terms[1], out=out)
    for term in terms[2:]:
        out += term
    return out


def maximum(values: Tensor) -> tuple[Tensor, Tensor]:
    """Return ``values.max(1)`` of (N, on a CPU a multiple of ``CHUNK``); of equal values the first is taken.

    A CPU is slow to search for positions. It finds first the chunk that holds the largest value, by a fast reduction
    without positions, then its place in there.
    """
    if not values.is_cpu:
        largest = values.max(1)
        return largest.values, largest.indices
    chunks = values.view(len(values), -1, CHUNK)
    chunk = chunks.amax(2).argmax(1)
    value, place = chunks[torch.arange(len(values)), chunk].max(1)
    return value, place.add_(chunk, alpha=CHUNK)
