"""This module adds a bias, applies ReLU and pads by reflection in one operation, and one more for the gradient.

The two are operations of torch's own kind, so that they are known by shape where there are no values: on torch's
pretended device, and of fake tensors. What they do on a GPU is in :mod:`semstyle.engine.encoders.padding_kernels`,
which Triton compiles when it is first asked; :mod:`semstyle.engine.encoders.bordering` says when they are used.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from semstyle.engine.encoders.padding import INSIDE, with_room

LAST = torch.channels_last
LIBRARY = torch.library.Library("semstyle", "FRAGMENT")  # type: ignore[no-untyped-call]
LIBRARY.define("pad(Tensor features, Tensor? bias, bool rectifies) -> Tensor")  # type: ignore[no-untyped-call]
LIBRARY.define("gather(Tensor of_padded, Tensor? of_inside, Tensor? padded, int[] size) -> Tensor")  # type: ignore[no-untyped-call]


class FusedPad(torch.autograd.Function):
    """Adds a bias, which has no gradient, applies ReLU or does not, and pads by reflection."""

    @staticmethod
    def forward(context: Any, features: Tensor, bias: Tensor | None, rectifies: bool) -> tuple[Tensor, Tensor]:
        context.set_materialize_grads(False)
        context.size = features.shape
        padded: Tensor = torch.ops.semstyle.pad(features, bias, rectifies)
        context.save_for_backward(*([padded] if rectifies else []))
        return padded, padded[INSIDE]

    @staticmethod
    def backward(context: Any, *gradients: Tensor | None) -> tuple[Tensor | None, None, None]:
        of_padded, of_inside = gradients
        if of_padded is None:
            return FusedPad.of_inside_alone(context, of_inside), None, None
        padded = context.saved_tensors[0] if context.saved_tensors else None
        of_inside = None if of_inside is None else of_inside.contiguous(memory_format=LAST)
        of_padded = of_padded.contiguous(memory_format=LAST)
        return torch.ops.semstyle.gather(of_padded, of_inside, padded, context.size), None, None

    @staticmethod
    def of_inside_alone(context: Any, gradient: Tensor | None) -> Tensor | None:
        """Return the gradient where nobody looks at the border, as at the deepest layer."""
        if gradient is None or not context.saved_tensors:
            return gradient
        masked: Tensor = torch.ops.aten.threshold_backward(gradient, context.saved_tensors[0][INSIDE], 0)
        return masked


def pad(features: Tensor, bias: Tensor | None, rectifies: bool) -> Tensor:
    """Return max(features + bias, 0) with its reflection: (N, C, H + 2, W + 2) of (N, C, H, W), both channels last.

    Args:
        bias: (C,) or None.
        rectifies: Whether what is less than 0 becomes 0.
    """
    from semstyle.engine.encoders import padding_kernels as kernels

    padded = with_room(features)
    (_, channels, height, width), pixels = features.shape, pixels_of(padded)
    grid, shares = programs(pixels, channels)
    with on_its_device(features):
        kernels.pad[grid](
            features,
            features if bias is None else bias,
            padded,
            pixels,
            height,
            width,
            channels,
            has_bias=bias is not None,
            rectifies=rectifies,
            **shares,
        )
    return padded


def gather(of_padded: Tensor, of_inside: Tensor | None, padded: Tensor | None, size: list[int]) -> Tensor:
    """Return the gradient (N, C, H, W) = ``size`` of what was padded; all tensors have their channels last.

    Args:
        of_padded: (N, C, H + 2, W + 2) the gradient of what :func:`pad` has made.
        of_inside: (N, C, H, W) or None, a further gradient of what is inside the border.
        padded: What :func:`pad` has made, if it rectified.
    """
    from semstyle.engine.encoders import padding_kernels as kernels

    gradient = torch.empty(size, dtype=of_padded.dtype, device=of_padded.device, memory_format=LAST)
    (_, channels, height, width), pixels = size, pixels_of(gradient)
    grid, shares = programs(pixels, channels)
    with on_its_device(of_padded):
        kernels.gather[grid](
            of_padded,
            of_padded if of_inside is None else of_inside,
            of_padded if padded is None else padded,
            gradient,
            pixels,
            height,
            width,
            channels,
            has_inside=of_inside is not None,
            rectifies=padded is not None,
            **shares,
        )
    return gradient


def programs(pixels: int, channels: int) -> tuple[tuple[int, int], dict[str, int]]:
    """Return how many programs share ``pixels`` and ``channels``, and what a kernel must know of their shares."""
    from semstyle.engine.encoders.padding_kernels import ELEMENTS, MOST_CHANNELS, MOST_PIXELS, WARPS

    block = min(MOST_CHANNELS, 1 << (channels - 1).bit_length())
    tile = min(MOST_PIXELS, ELEMENTS // block)
    return (-(-pixels // tile), -(-channels // block)), {"tile": tile, "block": block, "num_warps": WARPS}


def on_its_device(tensor: Tensor) -> torch.cuda.device:
    """Return a context in which Triton starts programs where ``tensor`` is; on a CPU, interpreted, it does nothing."""
    return torch.cuda.device(tensor.get_device())


def pixels_of(features: Tensor) -> int:
    count, _, height, width = features.shape
    return count * height * width


def padded_shape(features: Tensor, bias: Tensor | None, rectifies: bool) -> Tensor:
    return with_room(features)


def gathered_shape(of_padded: Tensor, of_inside: Tensor | None, padded: Tensor | None, size: list[int]) -> Tensor:
    return torch.empty(size, dtype=of_padded.dtype, device=of_padded.device, memory_format=LAST)


LIBRARY.impl("pad", pad, "CompositeExplicitAutograd")  # type: ignore[no-untyped-call]
LIBRARY.impl("gather", gather, "CompositeExplicitAutograd")  # type: ignore[no-untyped-call]
LIBRARY.impl("pad", padded_shape, "Meta")  # type: ignore[no-untyped-call]
LIBRARY.impl("gather", gathered_shape, "Meta")  # type: ignore[no-untyped-call]
