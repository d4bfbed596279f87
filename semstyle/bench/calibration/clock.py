"""This module measures the time of work so that other programs on the machine hardly count."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from semstyle.bench.machine import wait_for


def seconds_now(device: torch.device) -> float:
    """Return the seconds that this process has computed on its CPU, or, of a GPU, the time once it has caught up.

    Where others use the CPU too, a process waits; what it computes itself takes much the same time.
    """
    if device.type == "cpu":
        return time.process_time()
    wait_for(device)
    return time.perf_counter()


def least_seconds(work: Callable[[], object], device: torch.device, repeats: int = 3) -> float:
    """Return the least seconds of ``work``, after one call that does not count."""
    work()
    return min(once(work, device) for _ in range(repeats))


def once(work: Callable[[], object], device: torch.device) -> float:
    begun = seconds_now(device)
    work()
    return seconds_now(device) - begun
