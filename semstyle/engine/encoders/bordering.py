"""This module chooses by what means features get their border: by torch's operations, or on a GPU by one kernel."""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from semstyle.engine.encoders.padding import mirrored, mirrored_relu
from semstyle.engine.kernel_compiler import compiles

FUSED_TYPES = (torch.float32, torch.bfloat16)
MOST_PIXELS = 2**31 - 2**7
"""The kernels number pixels by 32 bits, and look at up to 128 more than there are."""


def bordered(x: Tensor) -> Tensor:
    """Return ``x`` (N, C, H, W) with a border of one pixel that is its reflection: (N, C, H + 2, W + 2)."""
    if is_fused(x) and fits(x):
        from semstyle.engine.encoders.fused_padding import FusedPad

        padded: Tensor = FusedPad.apply(x, None, False)[0]
        return padded
    return mirrored(x)


def bordered_relu(x: Tensor, bias: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return ReLU(x + bias) with its border, (N, C, H + 2, W + 2), and what is inside it, which is the same memory.

    Args:
        bias: (C,) or None; it gets no gradient.
    """
    if is_fused(x) and fits(x):
        from semstyle.engine.encoders.fused_padding import FusedPad

        padded, inside = FusedPad.apply(x, bias, True)
        return padded, inside
    return mirrored_relu(x if bias is None else x + bias[:, None, None])


def is_fused(x: Tensor) -> bool:
    """Whether features such as ``x`` get their border by one kernel, which adds a bias as well.

    Where there are no values the operation stands for the kernel: on torch's pretended device, which stands for a GPU,
    and of fake tensors on one.
    """
    if x.dtype not in FUSED_TYPES or x.device.type not in {"cuda", "meta"}:
        return False
    return x.is_meta or type(x) is not Tensor or fuses(x.device)


def fits(x: Tensor) -> bool:
    count, _, height, width = x.shape
    few = count * (height + 2) * (width + 2) <= MOST_PIXELS
    return few and min(height, width) > 1 and x.is_contiguous(memory_format=torch.channels_last)


@functools.cache
def fuses(device: torch.device) -> bool:
    """Whether the kernels can be compiled and are right on this GPU; if not, one line in the log says why.

    Raises:
        torch.OutOfMemoryError, torch.AcceleratorError: when the GPU has no memory left, or is broken.
    """
    return compiles(functools.partial(rehearse, device), f"padding on {device} is slower")


def rehearse(device: torch.device) -> None:
    """Pad small features, with their gradients, which compiles what is used most, and compare with torch's operations.

    Raises:
        RuntimeError: when something differs. What Triton raises where it cannot compile goes through.
    """
    from semstyle.engine.encoders.fused_padding import FusedPad

    random = torch.Generator().manual_seed(0)

    def numbers(*size: int) -> Tensor:
        values = torch.randn(size, generator=random).to(device)
        return values.contiguous(memory_format=torch.channels_last) if len(size) == 4 else values

    bias = numbers(16)
    x, of_padded, of_inside = numbers(2, 16, 5, 6), numbers(2, 16, 7, 8), numbers(2, 16, 5, 6)
    with torch.enable_grad():
        features = x.requires_grad_()
        ours, theirs = FusedPad.apply(features, bias, True), mirrored_relu(features + bias[:, None, None])
        gradients = [torch.autograd.grad(each, features, (of_padded, of_inside)) for each in (ours, theirs)]
    pairs = [*zip(ours, theirs, strict=True), *zip(*gradients, strict=True)]
    if not all(torch.equal(*pair) for pair in pairs):
        raise RuntimeError("what it makes differs from what torch's own operations make")
