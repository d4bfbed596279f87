"""This module measures what the machine or its GPU can do, in the same run as what is compared with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from semstyle.engine.memory import peak_memory, release_freed_memory, reset_peak_memory

CPU = torch.device("cpu")
CPU_SIDE, GPU_SIDE = 1536, 8192
"""The sides of the matrices that are multiplied: a GPU takes larger ones to be busy."""
CPU_COPY, GPU_COPY = 2**26, 2**30


def seconds(work: Callable[[], object], repeats: int = 3, device: torch.device = CPU) -> float:
    """Return the least time of ``work`` in seconds, after one warm-up call; other programs can only add to it."""
    timed(work, device)
    return min(timed(work, device) for _ in range(repeats))


def timed(work: Callable[[], object], device: torch.device = CPU) -> float:
    """Return the seconds until ``device`` has done ``work``."""
    wait_for(device)
    started = time.perf_counter()
    work()
    wait_for(device)
    return time.perf_counter() - started


def wait_for(device: torch.device) -> None:
    """Wait until a GPU has done what it was asked for; a CPU has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@contextmanager
def products_as_in_renders() -> Iterator[None]:
    """Within this context a GPU multiplies matrices in TF32, as in renders; a CPU in single precision, as ever."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def matmul_rate(size: int | None = None, device: torch.device = CPU) -> float:
    """Return the FLOP/s of a square matrix product on ``device``: in single precision, or a GPU's TF32."""
    if device.type == "cpu":
        return square_rate(size or CPU_SIDE, device)
    with products_as_in_renders():
        return square_rate(size or GPU_SIDE, device)


def square_rate(size: int, device: torch.device) -> float:
    a, b = torch.rand(size, size, device=device), torch.rand(size, size, device=device)
    return 2 * size**3 / seconds(lambda: a @ b, device=device)


def gram_seconds(target: Tensor, style: Tensor, block: int = 2**22) -> float:
    """Time the Gram matrix of all pixels of (H, W, C) and (H_s, W_s, C), by torch's own product, in parts."""
    rows, columns = target.flatten(0, 1), style.flatten(0, 1).t().contiguous()
    parts = torch.split(rows, max(1, block // columns.shape[1]))
    out = torch.empty(len(parts[0]), columns.shape[1])

    def gram() -> None:
        for part in parts:
            torch.mm(part, columns, out=out[: len(part)])

    return seconds(gram, 2)


def copy_rate(size: int | None = None, device: torch.device = CPU) -> float:
    """Return the bytes/s that a copy within ``device``, too large for any cache, moves (reads and writes)."""
    size = size or (CPU_COPY if device.type == "cpu" else GPU_COPY)
    source, target = torch.rand(size // 4, device=device), torch.empty(size // 4, device=device)
    return 2 * size / seconds(lambda: target.copy_(source), device=device)


def peak_memory_of(work: Callable[[], object]) -> int:
    """Return by how many bytes the process grew at most while ``work`` ran (Linux)."""
    cpu = torch.device("cpu")
    release_freed_memory()
    reset_peak_memory(cpu)
    before = peak_memory(cpu)
    work()
    return max(0, peak_memory(cpu) - before)
