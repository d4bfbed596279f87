"""The cost of chosen pairs of patches: by how much they differ, as a sum of squares, and the penalties."""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from semstyle.engine.analogy.source_pool import SourcePool

Compiled = Callable[..., None]
FEWEST = 2**12
"""How many pairs are worth a thread of their own."""


def pair_costs(target: Tensor, pool: SourcePool, places: Tensor, patches: Tensor, limits: Tensor) -> Tensor:
    """Return Σ_d |x_{i+d} − y_{j+d}|² + penalty_{j+d} for each pair of a target patch i and a style patch j: (n,).

    Args:
        target: (H, W, C).
        places: (n,) the number row * W + column of each target patch's first pixel.
        patches: (n,) the number of each style patch.
        limits: (n,) a sum above its limit need not be finished: any number above the limit may be returned.
    """
    height, width, channels = target.shape
    rows = target.view(height * width, channels)
    corners, widths = pool.corners[patches], pool.widths[patches]
    if target.device.type == "cpu" and target.dtype == torch.float32:
        compiled = compiled_costs(pool.patch_size)
        if compiled is not None:
            return in_threads(compiled, (rows, pool.pixels, pool.penalties, width), (places, corners, widths, limits))
    costs = target.new_zeros(len(places))
    for dy in range(pool.patch_size):
        for dx in range(pool.patch_size):
            beneath = corners + dy * widths + dx
            difference = rows[places + dy * width + dx] - pool.pixels[beneath]
            costs += difference.square().sum(1) + pool.penalties[beneath]
    return costs


def in_threads(compiled: Compiled, shared: tuple[Tensor | int, ...], pairs: tuple[Tensor, ...]) -> Tensor:
    """Return the costs of ``pairs``; each of torch's threads computes a share of them."""
    from semstyle.engine.patches.match_cpu import thread_pool

    costs = torch.empty(len(pairs[0]))
    arrays = [array.contiguous().numpy() for array in (*pairs, costs)]
    images = [part.numpy() if isinstance(part, Tensor) else part for part in shared]
    threads = max(1, min(torch.get_num_threads(), len(costs) // FEWEST))
    if threads == 1:
        compiled(*images, *arrays)
        return costs
    cuts = [len(costs) * part // threads for part in range(threads + 1)]
    parts = [[array[first:last] for array in arrays] for first, last in pairwise(cuts)]
    list(thread_pool(threads).map(lambda part: compiled(*images, *part), parts))
    return costs


@functools.cache
def compiled_costs(patch_size: int) -> Compiled | None:
    """Return a compiled function that computes costs on a CPU without copies; None without Numba."""
    try:
        from semstyle.engine.analogy.compiled import compiled_pair_costs
    except ModuleNotFoundError:
        return None
    return compiled_pair_costs(patch_size)
