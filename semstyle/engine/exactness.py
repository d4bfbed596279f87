"""This module says how exact a GPU's products are, and in which order it adds.

A GPU of NVIDIA's may round the factors of a product to 10 bits (TF32), which is several times as fast. That is good for
a network's convolutions and for a search of nearest patches, and bad for |x|² + |y|² − 2xy, where large numbers cancel.
cuDNN may choose algorithms that add in whatever order threads come, so that the same seed gives images that differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def exact(device: torch.device) -> Iterator[None]:
    """Within this context a GPU's products are in full single precision, and its additions have a fixed order.

    Afterwards the process's settings are as they were. On a CPU nothing changes.
    """
    if device.type != "cuda":
        yield
        return
    cudnn = torch.backends.cudnn
    before = cudnn.deterministic, cudnn.benchmark
    cudnn.deterministic, cudnn.benchmark = True, False
    try:
        with products(device, may_round=False), convolutions(device, may_round=False):
            yield
    finally:
        cudnn.deterministic, cudnn.benchmark = before


@contextmanager
def products(device: torch.device, may_round: bool) -> Iterator[None]:
    """Say whether a GPU may round the factors of matrices' products, and say again afterwards what was said before."""
    if device.type != "cuda":
        yield
        return
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high" if may_round else "highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


@contextmanager
def convolutions(device: torch.device, may_round: bool) -> Iterator[None]:
    """Say whether a GPU may round the factors of convolutions, and say again afterwards what was said before."""
    if device.type != "cuda":
        yield
        return
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = may_round
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before
