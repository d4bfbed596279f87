"""This module matches on a CPU: each thread takes some target rows, in compiled passes over what fits its cache."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from semstyle.engine.patches.match_kernels import compiled_passes

BLOCK = 2**18
"""Each thread holds so many elements of the Gram matrix, so that they and their sums stay in the cache."""
WIDEST = 128
"""A strip has at most so many target patches side by side; wide images have several strips."""

_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class StripComparison:
    """The inputs of :func:`semstyle.engine.patches.matching.match`, and the arrays of the best found so far."""

    target: Tensor
    style: Tensor
    weights: Tensor
    patch_size: int
    block: int
    best: NDArray[np.float32]
    index: NDArray[np.int64]


def match_by_strips(
    target: Tensor, style: Tensor, style_weights: Tensor, patch_size: int, block: int | None = None
) -> tuple[Tensor, Tensor]:
    """Return (index, correlation) as in :class:`semstyle.engine.patches.matching.Matches`, in single precision."""
    rows, columns = target.shape[0] - patch_size + 1, target.shape[1] - patch_size + 1
    best = np.full((rows, columns), -np.inf, np.float32)
    index = np.zeros((rows, columns), np.int64)
    comparison = StripComparison(target, style, style_weights, patch_size, block or BLOCK, best, index)
    threads = min(torch.get_num_threads(), rows)
    if threads == 1:
        compare(comparison, 0, rows)
    else:
        cuts = [rows * part // threads for part in range(threads + 1)]
        with one_thread_each():
            list(thread_pool(threads).map(functools.partial(compare, comparison), cuts[:-1], cuts[1:]))
    return torch.from_numpy(index), torch.from_numpy(best)


def compare(comparison: StripComparison, top: int, bottom: int) -> None:
    """Find the nearest patches of the target's patch rows ``top`` to ``bottom``."""
    k = comparison.patch_size
    style_rows, style_columns = comparison.weights.shape
    width, columns = comparison.style.shape[1], comparison.best.shape[1]
    strips = -(-columns // WIDEST)
    edges = [columns * strip // strips for strip in range(strips + 1)]
    widest = max(right - left for left, right in pairwise(edges))
    band_rows = min(style_rows, max(k + 1, comparison.block // ((widest + k - 1) * width)))
    gram = torch.empty((widest + k - 1) * (band_rows + k - 1) * width)
    sums = np.empty(k * widest * (band_rows + k - 1) * style_columns, np.float32)
    for first in range(0, style_rows, band_rows):
        weights = comparison.weights[first : first + band_rows].numpy()
        height = len(weights) + k - 1
        style = comparison.style[first : first + height].flatten(0, 1).t()
        for left, right in pairwise(edges):
            compare_strip(
                comparison,
                (top, bottom, left, right),
                style,
                weights,
                first * style_columns,
                gram[: (right - left + k - 1) * height * width].view(-1, height, width),
                sums[: k * (right - left) * height * style_columns].reshape(k, right - left, height, style_columns),
            )


def compare_strip(
    comparison: StripComparison,
    patches: tuple[int, int, int, int],
    style: Tensor,
    weights: NDArray[np.float32],
    first: int,
    gram: Tensor,
    sums: NDArray[np.float32],
) -> None:
    """Compare one strip of target patches (top, bottom, left, right) with one band of the style's.

    Args:
        style: (C, h·W_s), the band's pixels.
        weights: (h-k+1, W_s-k+1), the weights of the band's patches.
        first: The number of the band's first patch.
        gram: (right-left+k-1, h, W_s), which is overwritten.
        sums: (k, right-left, h, W_s-k+1), which is overwritten.
    """
    k = comparison.patch_size
    top, bottom, left, right = patches
    sum_along, take_nearest = compiled_passes(k)
    for row in range(top, bottom + k - 1):
        torch.mm(comparison.target[row, left : right + k - 1], style, out=gram.flatten(1))
        sum_along(gram.numpy(), sums[row % k])
        patch_row = row - k + 1
        if patch_row >= top:
            best, index = comparison.best[patch_row, left:right], comparison.index[patch_row, left:right]
            take_nearest(sums, patch_row % k, weights, first, best, index)


@functools.cache
def thread_pool(threads: int) -> ThreadPoolExecutor:
    """Return a pool of threads that tell OpenMP they need no others.

    Otherwise OpenMP counts a team for each, finds more threads than cores, and lets every operation's threads sleep
    where they would have spun: a whole render took a third longer (256 pixels, two cores).
    """
    return ThreadPoolExecutor(threads, "matching", torch.set_num_threads, (1,))


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Let torch use one thread for each operation meanwhile, as our threads run side by side.

    That is a setting of the whole process, so one matching at a time may change it.
    """
    with _one_at_a_time:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
