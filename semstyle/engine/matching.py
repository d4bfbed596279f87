"""Nearest patches by normalised cross-correlation, exactly (Champandard 2016, equation 3).

With S[p, q] = ⟨X_p, Y_q⟩ the Gram matrix of single pixels, the product of two patches is a sum along
S's diagonals, ⟨s_i, s_j⟩ = Σ_d S[i+d, j+d] for d over the patch: k² times fewer operations than unfolded
patches need, and separable into sums along rows and along columns. The norm |s_i| does not change which
j is nearest, and |s_j| is a box sum of pixel energies (design, section 2.4).

S is never held whole: target rows pass one band at a time before one band of style rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

CPU_BLOCK = 2**18
"""Elements of S at a time on a CPU, so that its sums stay in the cache."""
CUDA_BLOCK = 2**26
"""Elements of S at a time on a GPU, enough to fill it."""


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
    columns = style.shape[1]
    patch_rows, patch_columns = style_weights.shape
    best = torch.full((height - patch_size + 1, width - patch_size + 1), -torch.inf, device=target.device)
    index = torch.zeros(best.shape, dtype=torch.int64, device=target.device)
    rows_per_band = 1 if not target.is_cuda else 4
    style_band = min(patch_rows, max(patch_size + 1, block // (rows_per_band * width * columns)))
    for top in range(0, patch_rows, style_band):
        weights = style_weights[top : top + style_band]
        pixels = style[top : top + weights.shape[0] + patch_size - 1]
        keep_better(best, index, Band(pixels, weights, patch_size), target, rows_per_band, top * patch_columns)
    return Matches(index, best)


@dataclass(frozen=True)
class Band:
    """Some rows of the style: its pixels (h, W_s, C) and the weights of the patches within (h-k+1, W_s-k+1)."""

    pixels: Tensor
    weights: Tensor
    patch_size: int


def keep_better(best: Tensor, index: Tensor, band: Band, target: Tensor, rows: int, offset: int) -> None:
    """Replace the matches in ``best`` and ``index`` by those of ``band`` where these correlate more.

    Passes down the target ``rows`` pixel rows at a time, keeping the column sums of the last k-1.
    """
    k = band.patch_size
    height, width, channels = target.shape
    style = band.pixels.reshape(-1, channels).t().contiguous()
    shape = (width, *band.pixels.shape[:2])
    above: Tensor | None = None
    for top in range(0, height, rows):
        gram = (target[top : top + rows].reshape(-1, channels) @ style).view(-1, *shape)
        sums = diagonal_sums(gram, 1, 3, k)
        sums = sums if above is None else torch.cat([above, sums])
        above = sums[-(k - 1) :] if k > 1 else None
        if sums.shape[0] < k:
            continue
        correlation = diagonal_sums(sums, 0, 2, k).mul_(band.weights)
        value, position = correlation.flatten(2).max(2)
        first = top + gram.shape[0] - sums.shape[0]
        done = slice(first, first + value.shape[0])
        better = value > best[done]
        best[done] = torch.where(better, value, best[done])
        index[done] = torch.where(better, position + offset, index[done])


def diagonal_sums(gram: Tensor, target_axis: int, style_axis: int, k: int) -> Tensor:
    """Σ_d gram[…, i+d, …, j+d, …] for d < k, with i along ``target_axis`` and j along ``style_axis``."""
    length, style_length = gram.shape[target_axis] - k + 1, gram.shape[style_axis] - k + 1

    def shifted(d: int) -> Tensor:
        return gram.narrow(target_axis, d, length).narrow(style_axis, d, style_length)

    if k == 1:
        return gram
    total = shifted(0) + shifted(1)
    for d in range(2, k):
        total += shifted(d)
    return total
