"""A program that pads by the GPU's kernels, interpreted on a CPU, and by torch's own operations, and compares.

Triton decides when it is imported whether it interprets, so that this has a process of its own.
"""

from __future__ import annotations

import os

os.environ["TRITON_INTERPRET"] = "1"

from itertools import product

import torch
from torch import Tensor
from watched_memory import WatchedMemory

from semstyle.engine.encoders import padding_kernels
from semstyle.engine.encoders.bordering import rehearse
from semstyle.engine.encoders.fused_padding import FusedPad
from semstyle.engine.encoders.padding import mirrored, mirrored_relu

SIZES = [  # images, channels, height, width
    (1, 16, 2, 2),
    (2, 3, 2, 5),
    (1, 5, 3, 3),
    (2, 1, 3, 2),
    (3, 16, 4, 7),
    (2, 70, 5, 7),  # several blocks of pixels and two of channels, of which the last have few
]
LOST = float("nan")


def numbers(size: tuple[int, ...], dtype: torch.dtype, random: torch.Generator) -> Tensor:
    """Random numbers; in bfloat16 whole ones, whose sums are exact, as the interpreter cuts off where a GPU rounds."""
    if dtype is torch.bfloat16:
        values = torch.randint(-8, 9, size, generator=random).to(dtype)
    else:
        values = torch.randn(size, generator=random)
    return values.contiguous(memory_format=torch.channels_last) if len(size) == 4 else values


def same(ours: Tensor | None, theirs: Tensor | None) -> bool:
    """Whether all bits are the same; zero has two signs."""
    if ours is None or theirs is None:
        return ours is theirs
    assert ours.is_contiguous(memory_format=torch.channels_last) or ours._is_view()
    return torch.equal(ours.nan_to_num(1e30), theirs.nan_to_num(1e30))


def compare(size: tuple[int, int, int, int], dtype: torch.dtype, kind: str, random: torch.Generator) -> None:
    count, channels, height, width = size
    x = numbers(size, dtype, random)
    if kind == "not a number":
        x[0, 0, 1, 1] = LOST
    x.requires_grad_()
    bias = None if kind == "no bias" else numbers((channels,), dtype, random)
    rectifies = kind != "padding alone"
    ours = FusedPad.apply(x, bias, rectifies)
    shifted = x if bias is None else x + bias[:, None, None]
    if rectifies:
        theirs = mirrored_relu(shifted)
    else:
        theirs = mirrored(shifted), None
        ours = ours[0], None
    assert all(map(same, ours, theirs)), (size, dtype, kind)
    of_padded = numbers((count, channels, height + 2, width + 2), dtype, random)
    of_inside = numbers(size, dtype, random)
    choices = [(of_padded, of_inside), (of_padded, None), (None, of_inside)] if rectifies else [(of_padded, None)]
    for chosen in choices:
        gradients = [gradient(each, x, chosen) for each in (ours, theirs)]
        assert same(*gradients), (size, dtype, kind, [each is not None for each in chosen])


def gradient(outputs: tuple[Tensor | None, ...], x: Tensor, of_outputs: tuple[Tensor | None, ...]) -> Tensor:
    pairs = [(out, of_out) for out, of_out in zip(outputs, of_outputs, strict=True) if of_out is not None]
    (found,) = torch.autograd.grad([out for out, _ in pairs], x, [of_out for _, of_out in pairs], retain_graph=True)
    return found


def main() -> None:
    torch.use_deterministic_algorithms(True)  # memory without contents is then filled with what is not a number
    random = torch.Generator().manual_seed(0)
    watched = WatchedMemory(padding_kernels.pad, padding_kernels.gather)
    cases = [
        *product(SIZES, (torch.float32, torch.bfloat16), ("bias", "padding alone")),
        *product(SIZES[:3], (torch.float32, torch.bfloat16), ("no bias", "not a number")),
    ]
    for size, dtype, kind in cases:
        compare(size, dtype, kind, random)
    rehearse(torch.device("cpu"))
    assert watched.accesses > 10**4
    print("equal", len(cases))


if __name__ == "__main__":
    main()
