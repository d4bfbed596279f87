"""This module finds nearest patches by normalised cross-correlation, exactly (Champandard 2016, equation 3).

With S[p, q] = ⟨X_p, Y_q⟩ the Gram matrix of single pixels, the product of two patches is a sum along
S's diagonals, ⟨s_i, s_j⟩ = Σ_d S[i+d, j+d] for d over the patch: k² times fewer operations than unfolded
patches need, and separable into sums along rows and along columns. The norm |s_i| does not change which
j is nearest, and |s_j| is a box sum of pixel energies (docs/architecture.md, decision 4).

S is never held whole: a band of target rows is compared with a band of style rows at a time.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.kernel_compiler import compiles
from semstyle.engine.patches.match_torch import match_by_bands

Matcher = Callable[[Tensor, Tensor, Tensor, int, int | None], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Matches:
    """The nearest style patch of each target patch (top-left corner at row r, column c).

    Attributes:
        index: (H', W') int64, row * (style patch columns) + column of the style patch.
        correlation: (H', W') ⟨s_i, s_j⟩ / |s_j| of that match, still to be divided by |s_i|.
    """

    index: Tensor
    correlation: Tensor


def patch_norms(pixels: Tensor, patch_size: int) -> Tensor:
    """Return |s| of every k×k patch of ``pixels`` (H, W, C): (H-k+1, W-k+1)."""
    energy = pixels.square().sum(-1)[None, None]
    return (F.avg_pool2d(energy, patch_size, 1)[0, 0] * patch_size**2).clamp_min(0).sqrt()


def match(target: Tensor, style: Tensor, style_weights: Tensor, patch_size: int, block: int | None = None) -> Matches:
    """Find argmax_j ⟨s_i, s_j⟩ · style_weights[j] for every target patch i.

    Args:
        target: (H, W, C) augmented features of the image being made.
        style: (H_s, W_s, C) augmented features of the style.
        style_weights: (H_s-k+1, W_s-k+1), 1/|s_j| for normalised cross-correlation.
        patch_size: k.
        block: Elements of S held at a time; more is faster until it leaves the cache.
    """
    find = matcher_for(target, patch_size)
    return Matches(*find(target, style, style_weights, patch_size, block))


def matcher_for(target: Tensor, patch_size: int) -> Matcher:
    """Return the fastest matcher for images such as ``target``."""
    if target.dtype != torch.float32:
        return match_by_bands
    if target.device.type == "cpu":
        return compiled_matcher()
    # What only stands for a tensor, such as torch's fake ones, has no memory that a kernel could read.
    if target.device.type == "cuda" and type(target) is Tensor:
        return gpu_matcher(target.device, patch_size)
    return match_by_bands


@functools.cache
def compiled_matcher() -> Matcher:
    """Return the CPU's compiled matcher, or without Numba a slower one with the same matches by torch's operations."""
    try:
        from semstyle.engine.patches.match_cpu import match_by_strips
    except ModuleNotFoundError:
        return match_by_bands
    return match_by_strips


@functools.cache
def gpu_matcher(device: torch.device, patch_size: int) -> Matcher:
    """Return a GPU's compiled matcher, or, with one line in the log, a slower one by torch's operations.

    Raises:
        torch.OutOfMemoryError, torch.AcceleratorError: when the GPU has no memory left, or is broken.
    """

    def search_once() -> None:
        from semstyle.engine.patches.match_triton import rehearse

        rehearse(device, patch_size)

    if not compiles(search_once, f"matching on {device} is several times slower"):
        return match_by_bands
    from semstyle.engine.patches.match_triton import match_by_triton

    return match_by_triton
