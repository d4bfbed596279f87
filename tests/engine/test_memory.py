"""Peak memory is of one render, not of the process's life; freed memory is kept, then given back."""

from __future__ import annotations

import subprocess
import sys

import torch

from semstyle.engine.memory import peak_memory, reset_peak_memory

CPU = torch.device("cpu")


def test_the_peak_is_since_the_reset() -> None:
    reset_peak_memory(CPU)
    before = peak_memory(CPU)
    held = torch.ones(64 * 2**20)
    after = peak_memory(CPU)
    assert 200 * 2**20 < after - before < 400 * 2**20
    del held
    reset_peak_memory(CPU)
    assert peak_memory(CPU) < after - 150 * 2**20


PROGRAM = """
import torch
from semstyle.engine.memory import keep_freed_memory, peak_memory, release_freed_memory, reset_peak_memory

def size():
    reset_peak_memory(torch.device("cpu"))
    return peak_memory(torch.device("cpu")) / 2**20

keep_freed_memory()
empty = size()
blocks = [torch.ones(2**20) for _ in range(24)]
del blocks
kept = size()
release_freed_memory()
print(kept - empty, size() - empty)
"""


def test_freed_memory_is_kept_until_it_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    kept, released = map(float, done.stdout.split())
    assert kept > 80
    assert released < 20
