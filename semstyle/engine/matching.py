"""Nearest patches by normalised cross-correlation, exactly (Champandard 2016, equation 3).

With S[p, q] = ⟨X_p, Y_q⟩ the Gram matrix of single pixels, the product of two patches is a sum along
S's diagonals, ⟨s_i, s_j⟩ = Σ_d S[i+d, j+d] for d over the patch: k² times fewer operations than unfolded
patches need, and separable into sums along rows and along columns. The norm |s_i| does not change which
j is nearest, and |s_j| is a box sum of pixel energies (design, section 2.4).

S is never held whole: target rows pass one band at a time before one band of style rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

CPU_BLOCK = 2**18
"""Elements of S at a time on a CPU, so that its sums stay in the cache."""
CUDA_BLOCK = 2**26
"""Elements of S at a time on a GPU, enough to fill it."""

CHUNK = 64
"""Correlations whose maximum is taken at once; a multiple of what a CPU compares in one instruction."""


@dataclass(frozen=True)
class Matches:
    """For each target patch (top-left corner at row r, column c), its nearest style patch.

    Attributes:
        index: (H', W') int64, row * (style patch columns) + column of the style patch.
        correlation: (H', W') ⟨s_i, s_j⟩ / |s_j| of that match, still to be divided by |s_i|.
    """

    index: Tensor
    correlation: Tensor


def patch_norms(pixels: Tensor, patch_size: int) -> Tensor:
    """|s| of every k×k patch of ``pixels`` (H, W, C): (H-k+1, W-k+1)."""
    energy = pixels.square().sum(-1)[None, None]
    return (F.avg_pool2d(energy, patch_size, 1)[0, 0] * patch_size**2).clamp_min(0).sqrt()


def match(target: Tensor, style: Tensor, style_weights: Tensor, patch_size: int, block: int | None = None) -> Matches:
    """argmax_j ⟨s_i, s_j⟩ · style_weights[j] for every target patch i.

    Args:
        target: (H, W, C) augmented features of the image being made.
        style: (H_s, W_s, C) augmented features of the style.
        style_weights: (H_s-k+1, W_s-k+1), 1/|s_j| for normalised cross-correlation.
        patch_size: k.
        block: Elements of S held at a time; more is faster until it leaves the cache.
    """
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
    return Matches(index, best)


class Band:
    """Some rows of the style, and the memory in which target rows are compared with them, used over and over.

    Args:
        pixels: (h, W_s, C).
        weights: (h-k+1, W_s-k+1), of the patches within.
        patch_size: k.
        width: W, of the target.
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
        """For each row of target patches, ⟨s_i, s_j⟩ · weights[j]: (W-k+1, at least the band's patches).

        Filled up with -inf to a multiple of ``CHUNK``, and overwritten by the next.
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
    """The sum of ``terms``, in ``out``."""
    if len(terms) == 1:
        return out.copy_(terms[0])
    torch.add(terms[0], terms[1], out=out)
    for term in terms[2:]:
        out += term
    return out


def maximum(values: Tensor) -> tuple[Tensor, Tensor]:
    """The same as ``values.max(1)`` of (N, a multiple of ``CHUNK``), whose search for positions is slow on a CPU.

    First the chunk that holds the largest value, by a fast reduction without positions, then its place in there.
    """
    chunks = values.view(len(values), -1, CHUNK)
    chunk = chunks.amax(2).argmax(1)
    value, place = chunks[torch.arange(len(values), device=values.device), chunk].max(1)
    return value, chunk * CHUNK + place
