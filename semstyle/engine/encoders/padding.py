"""This module pads features by their reflection, with a gradient whose additions have a fixed order.

A pixel beside the border gets the gradient of its reflection, too. On a GPU torch adds it by atomic operations, in
whatever order threads come to it, so that the same seed gives images that differ. Here the border is folded back onto
the features row by row and column by column. :mod:`semstyle.engine.encoders.fused_padding` does the same on a GPU, to
the last bit, by one kernel.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

ALL, WITHIN = slice(None), slice(1, -1)
INSIDE = (ALL, ALL, WITHIN, WITHIN)


def mirrored(x: Tensor) -> Tensor:
    """Return ``x`` (N, C, H, W) with a border of one pixel that is its reflection: (N, C, H + 2, W + 2).

    Both sides must be at least 2 pixels.
    """
    padded: Tensor = MirrorPad.apply(x)
    return padded


def mirrored_relu(x: Tensor) -> tuple[Tensor, Tensor]:
    """Return ReLU(x) with its border, and what is inside it: (N, C, H + 2, W + 2) and (N, C, H, W).

    They are one memory, the only one that is kept for the gradient. Each has a gradient of its own, so that whoever
    looks at the features need not bring theirs to the size of the padded ones.
    """
    padded, inside = MirrorPadRelu.apply(x)
    return padded, inside


class MirrorPad(torch.autograd.Function):
    """:func:`mirrored`, and its gradient."""

    @staticmethod
    def forward(context: Any, x: Tensor) -> Tensor:
        padded = with_room(x)
        padded[INSIDE] = x
        return mirror(padded)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> Tensor:
        (gradient,) = gradients
        return fold(gradient[INSIDE].clone(), *borders(gradient))


class MirrorPadRelu(torch.autograd.Function):
    """:func:`mirrored_relu`, and its gradient in one pass over the features."""

    @staticmethod
    def forward(context: Any, x: Tensor) -> tuple[Tensor, Tensor]:
        context.set_materialize_grads(False)
        padded = with_room(x)
        torch.clamp_min(x, 0, out=padded[INSIDE])
        mirror(padded)
        context.save_for_backward(padded)
        return padded, padded[INSIDE]

    @staticmethod
    def backward(context: Any, *gradients: Tensor | None) -> Tensor | None:
        (of_padded, of_inside), (padded,) = gradients, context.saved_tensors
        if of_padded is None:
            return None if of_inside is None else where_positive(of_inside, padded[INSIDE])
        inside, rows, columns = parts(of_padded)
        inside = inside if of_inside is None else inside + of_inside
        masked = map(where_positive, (inside, rows, columns), parts(padded))
        return fold(*masked)


def where_positive(gradient: Tensor, features: Tensor) -> Tensor:
    """Return the ``gradient`` where ``features`` after a ReLU let it through, and 0 elsewhere."""
    masked: Tensor = torch.ops.aten.threshold_backward(gradient, features, 0)
    return masked


def with_room(x: Tensor) -> Tensor:
    """Return memory for ``x`` (N, C, H, W) with a border of one pixel, laid out as ``x`` is."""
    count, channels, height, width = x.shape
    is_last = x.is_contiguous(memory_format=torch.channels_last)
    layout = torch.channels_last if is_last else torch.contiguous_format
    shape = (count, channels, height + 2, width + 2)
    return torch.empty(shape, dtype=x.dtype, device=x.device, memory_format=layout)


def mirror(padded: Tensor) -> Tensor:
    """Fill the border of ``padded`` (N, C, H + 2, W + 2) with the reflection of what is inside; returns it."""
    middle = padded[:, :, 1:-1]
    for x, axis in ((middle, -1), (padded, -2)):  # the rows take their corners from the columns
        x.select(axis, 0).copy_(x.select(axis, 2))
        x.select(axis, -1).copy_(x.select(axis, -3))
    return padded


def parts(padded: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return what is inside (N, C, H, W), the outermost rows (N, C, 2, W + 2), and the columns (N, C, H, 2)."""
    return padded[INSIDE], *borders(padded)


def borders(padded: Tensor) -> tuple[Tensor, Tensor]:
    """Return the outermost rows (N, C, 2, W + 2), with their corners, and the columns (N, C, H, 2), without."""
    return ends(padded, -2), ends(padded[:, :, 1:-1], -1)


def ends(x: Tensor, axis: int) -> Tensor:
    """Return the first and the last row or column of ``x``, without copying."""
    place = [slice(None)] * x.dim()
    place[axis] = slice(None, None, x.shape[axis] - 1)
    return x[tuple(place)]


def fold(inside: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Add the :func:`borders` of a padded gradient to the pixels ``inside`` that they reflect; returns it."""
    add_reflected(inside, rows[..., 1:-1], -2)
    for place, row in ((1, 0), (inside.shape[-2] - 2, 1)):
        add_reflected(inside[:, :, place : place + 1], ends(rows[:, :, row : row + 1], -1), -1)
    add_reflected(inside, columns, -1)
    return inside


def add_reflected(inside: Tensor, border: Tensor, axis: int) -> None:
    """Add the two rows or columns of ``border`` to the second and the last but one of ``inside``."""
    first, last = 1, inside.shape[axis] - 2
    if last > first:
        place = [slice(None)] * inside.dim()
        place[axis] = slice(first, last + 1, last - first)
        inside[tuple(place)].add_(border)
        return
    inside.select(axis, first).add_(border.select(axis, 0))
    inside.select(axis, last).add_(border.select(axis, 1))
