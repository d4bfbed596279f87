"""Measuring the memory that renders take, and keeping or releasing what they have freed."""

from __future__ import annotations

import contextlib
import ctypes
import resource
import sys
from pathlib import Path

import torch

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
LARGEST_KEPT = 2**25
"""Bytes of the largest block that is kept; larger ones belong to images so large that memory matters more than time."""
MOST_KEPT = 2**30


def reset_peak_memory(device: torch.device) -> None:
    """Begin anew to measure the peak of memory; where the system cannot, it stays that of the process's whole life."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
    else:
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")


def peak_memory(device: torch.device) -> int:
    """Return bytes: the GPU's peak allocation since the reset, or, on a CPU, this process's largest size since then."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def keep_freed_memory() -> None:
    """Let this process reuse memory it has freed instead of asking the system for it at every operation.

    Programs that render should call this: glibc gives large blocks back at once and touches fresh pages for the next,
    which takes a CPU's encoder a seventh of its time. Without glibc nothing happens.
    """
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(MMAP_THRESHOLD, LARGEST_KEPT)
        mallopt(TRIM_THRESHOLD, MOST_KEPT)


def release_freed_memory() -> None:
    """Give what a finished render has freed back to the system."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
