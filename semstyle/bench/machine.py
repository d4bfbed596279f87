"""This module measures what the machine can do, in the same run as what is compared with it."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch import Tensor

from semstyle.engine.memory import peak_memory, release_freed_memory, reset_peak_memory


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    """Return the least time of ``work`` in seconds, after one warm-up call; other programs can only add to it."""
    work()
    return min(timed(work) for _ in range(repeats))


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def matmul_rate(size: int = 1536) -> float:
    """Return the FLOP/s of a square single-precision matrix product."""
    a, b = torch.rand(size, size), torch.rand(size, size)
    return 2 * size**3 / seconds(lambda: a @ b)


def gram_seconds(target: Tensor, style: Tensor, block: int = 2**22) -> float:
    """Time the Gram matrix of all pixels of (H, W, C) and (H_s, W_s, C), by torch's own product, in parts."""
    rows, columns = target.flatten(0, 1), style.flatten(0, 1).t().contiguous()
    parts = torch.split(rows, max(1, block // columns.shape[1]))
    out = torch.empty(len(parts[0]), columns.shape[1])

    def gram() -> None:
        for part in parts:
            torch.mm(part, columns, out=out[: len(part)])

    return seconds(gram, 2)


def copy_rate(size: int = 2**26) -> float:
    """Return the bytes/s that a copy too large for any cache moves (reads and writes)."""
    source, target = torch.rand(size // 4), torch.empty(size // 4)
    return 2 * size / seconds(lambda: target.copy_(source))


def peak_memory_of(work: Callable[[], object]) -> int:
    """Return by how many bytes the process grew at most while ``work`` ran (Linux)."""
    cpu = torch.device("cpu")
    release_freed_memory()
    reset_peak_memory(cpu)
    before = peak_memory(cpu)
    work()
    return max(0, peak_memory(cpu) - before)
