"""This module matches by torch's own operations, on any device: one target row at a time with a band of style rows."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

CUDA_BLOCK = 2**26
"""A GPU holds so many elements of the Gram matrix at a time, enough to keep it busy."""
CPU_BLOCK = 2**18
"""A CPU holds so many elements of the Gram matrix at a time, so that its sums stay in the cache."""
CHUNK = 64
"""The maximum is taken of so many correlations at once, a multiple of what a CPU compares in one instruction."""


def match_by_bands(
    target: Tensor, style: Tensor, style_weights: Tensor, patch_size: int, block: int | None = None
) -> tuple[Tensor, Tensor]:
    """Return (index, correlation) as :class:`semstyle.engine.patches.matching.Matches` describes them."""
    block = block or (CUDA_BLOCK if target.is_cuda else CPU_BLOCK)
    height, width, _ = target.shape
    patch_rows, patch_columns = style_weights.shape
    best = target.new_full((height - patch_size + 1, width - patch_size + 1), -torch.inf)
    index = torch.zeros(best.shape, dtype=torch.int64, device=target.device)
    rows = min(patch_rows, max(patch_size + 1, block // (width * style.shape[1])))
    for top in range(0, patch_rows, rows):
        weights = style_weights[top : top + rows]
        band = Band(style[top : top + len(weights) + patch_size - 1], weights, patch_size, width)
        for row, correlation in enumerate(band.correlations(target)):
            value, position = maximum(correlation)
            better = value > best[row]
            best[row] = torch.where(better, value, best[row])
            index[row] = torch.where(better, position + top * patch_columns, index[row])
    return index, best


class Band:
    """Some rows of the style, and the memory in which target rows are compared with them, used over and over.

    Args:
        pixels: (h, W_s, C).
        weights: (h-k+1, W_s-k+1), the weights of the patches within.
        patch_size: k.
        width: W, the width of the target.
    """

    def __init__(self, pixels: Tensor, weights: Tensor, patch_size: int, width: int) -> None:
        self.weights = weights
        self.patch_size = patch_size
        height, style_width, channels = pixels.shape
        self.pixels = pixels.reshape(-1, channels).t().contiguous()
        patches, style_patches = width - patch_size + 1, style_width - patch_size + 1
        self.gram = pixels.new_empty(width, height, style_width)
        self.sums = [pixels.new_empty(patches, height, style_patches) for _ in range(patch_size)]
        padded = -(-weights.numel() // CHUNK) * CHUNK
        self.padded = pixels.new_full((patches, padded), -torch.inf)
        self.correlation = self.padded[:, : weights.numel()].view(patches, *weights.shape)

    def correlations(self, target: Tensor) -> Iterator[Tensor]:
        """Yield ⟨s_i, s_j⟩ · weights[j] for each row of target patches: (W-k+1, at least the band's patches).

        It is filled up with -inf to a multiple of ``CHUNK``, and overwritten by the next row.
        """
        k = self.patch_size
        for row, pixels in enumerate(target):
            torch.mm(pixels, self.pixels, out=self.gram.flatten(1))
            width, style_width = self.sums[0].shape[0], self.sums[0].shape[2]
            along = [self.gram[d : d + width, :, d : d + style_width] for d in range(k)]
            added(along, out=self.sums[row % k])
            if row >= k - 1:
                height = self.correlation.shape[1]
                down = [self.sums[(row + 1 + d) % k][:, d : d + height] for d in range(k)]
                added(down, out=self.correlation).mul_(self.weights)
                yield self.padded


def added(terms: list[Tensor], out: Tensor) -> Tensor:
    """Return the sum of ``terms``, computed in ``out``."""
    if len(terms) == 1:
        return out.copy_(terms[0])
    torch.add(terms[0], terms[1], out=out)
    for term in terms[2:]:
        out += term
    return out


def maximum(values: Tensor) -> tuple[Tensor, Tensor]:
    """Return ``values.max(1)`` of (N, a multiple of ``CHUNK``), whose search for positions is slow on a CPU.

    Find first the chunk that holds the largest value, by a fast reduction without positions, then its place in there.
    """
    chunks = values.view(len(values), -1, CHUNK)
    chunk = chunks.amax(2).argmax(1)
    value, place = chunks[torch.arange(len(values), device=values.device), chunk].max(1)
    return value, chunk * CHUNK + place
