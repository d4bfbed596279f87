"""This module adds a bias, applies ReLU and reflects at the border on a GPU: a kernel for it, and one for its gradient.

By torch's own operations these are some passes over the features, and a launch for each side and corner. Here each
number is read once and written once. The gradient is gathered: each pixel collects its own and those of the border's
pixels that reflect it, in the order in which :func:`semstyle.engine.encoders.padding.fold` adds them and with its
rounding, so that the bits are the same, always.

Triton compiles both; it comes with PyTorch on Linux.
"""

from __future__ import annotations

import triton
import triton.language as tl

ELEMENTS = 2048
"""So many numbers are the share of one program: some pixels with some channels each, as far as there are so many."""
MOST_PIXELS, MOST_CHANNELS = 128, 64
WARPS = 4

SIDES = ("pixels", "height", "width")
"""Integers that are not compiled in, so that one compilation serves every size. ``channels`` is known to be a multiple
of 16 or not: where it is, several numbers are read at once."""


@triton.jit(do_not_specialize=SIDES)  # type: ignore[untyped-decorator]
def pad(  # type: ignore[no-untyped-def]
    features,
    bias,
    padded,
    pixels,
    height,
    width,
    channels,
    has_bias: tl.constexpr,
    rectifies: tl.constexpr,
    tile: tl.constexpr,
    block: tl.constexpr,
):
    """Put max(features + bias, 0) and its reflection into ``padded``; the programs are (its pixels, channels).

    Args:
        features: (N, height, width, channels).
        bias: (channels,), if it ``has_bias``.
        padded: (N, height + 2, width + 2, channels), of which there are ``pixels`` in all.
        rectifies: Whether what is less than 0 becomes 0; what is not a number stays so.
        tile, block: How many pixels and channels a program has.
    """
    pixel = tl.program_id(0) * tile + tl.arange(0, tile)
    channel = tl.program_id(1) * block + tl.arange(0, block)
    exists = (pixel < pixels)[:, None] & (channel < channels)[None, :]
    line, column = pixel // (width + 2), pixel % (width + 2)
    image, row = line // (height + 2), line % (height + 2)
    row = tl.where(row == 0, 1, tl.where(row == height + 1, height - 2, row - 1))
    column = tl.where(column == 0, 1, tl.where(column == width + 1, width - 2, column - 1))
    source = (image * height + row) * width + column
    value = tl.load(features + source.to(tl.int64)[:, None] * channels + channel[None, :], exists)
    if has_bias:
        value = plus(value, tl.load(bias + channel, channel < channels)[None, :])
    if rectifies:
        value = tl.where(value < 0, 0.0, value)
    tl.store(padded + pixel.to(tl.int64)[:, None] * channels + channel[None, :], value, exists)


@triton.jit(do_not_specialize=SIDES)  # type: ignore[untyped-decorator]
def gather(  # type: ignore[no-untyped-def]
    of_padded,
    of_inside,
    padded,
    gradient,
    pixels,
    height,
    width,
    channels,
    has_inside: tl.constexpr,
    rectifies: tl.constexpr,
    tile: tl.constexpr,
    block: tl.constexpr,
):
    """Put the gradient of what was padded into ``gradient``; the programs are (its pixels, channels).

    Args:
        of_padded: (N, height + 2, width + 2, channels) the gradient of what :func:`pad` has made.
        of_inside: (N, height, width, channels) a further gradient of what is inside the border, if it ``has_inside``.
        padded: What :func:`pad` has made; only looked at if it ``rectifies``.
        gradient: (N, height, width, channels), of which there are ``pixels`` in all.
        tile, block: How many pixels and channels a program has.
    """
    pixel = tl.program_id(0) * tile + tl.arange(0, tile)
    channel = tl.program_id(1) * block + tl.arange(0, block)
    exists = (pixel < pixels)[:, None] & (channel < channels)[None, :]
    line, column = pixel // width, pixel % width
    image, row = line // height, line % height
    here = pixel.to(tl.int64)[:, None] * channels + channel[None, :]
    stride = width + 2
    place = (image * (height + 2) + row + 1) * stride + column + 1
    inside = place.to(tl.int64)[:, None] * channels + channel[None, :]
    total = tl.load(of_padded + inside, exists)
    if has_inside:
        total = plus(total, tl.load(of_inside + here, exists))
    above, below, left, right = row == 1, row == height - 2, column == 1, column == width - 2
    up, down, back, on = -2 * stride, 2 * stride, -2, 2  # to the reflection of a pixel beside the border
    total = plus(total, reflected(of_padded, place + up, above, channel, channels, exists))
    total = plus(total, reflected(of_padded, place + down, below, channel, channels, exists))
    total = plus(total, reflected(of_padded, place + up + back, above & left, channel, channels, exists))
    total = plus(total, reflected(of_padded, place + up + on, above & right, channel, channels, exists))
    total = plus(total, reflected(of_padded, place + down + back, below & left, channel, channels, exists))
    total = plus(total, reflected(of_padded, place + down + on, below & right, channel, channels, exists))
    total = plus(total, reflected(of_padded, place + back, left, channel, channels, exists))
    total = plus(total, reflected(of_padded, place + on, right, channel, channels, exists))
    if rectifies:
        total = tl.where(tl.load(padded + inside, exists) <= 0, 0.0, total)
    tl.store(gradient + here, total, exists)


@triton.jit
def reflected(of_padded, place, is_there, channel, channels, exists):  # type: ignore[no-untyped-def]
    """Return the gradient of the border's pixels at ``place``, and 0 for pixels that are reflected nowhere."""
    where = place.to(tl.int64)[:, None] * channels + channel[None, :]
    return tl.load(of_padded + where, exists & is_there[:, None], 0.0)


@triton.jit
def plus(a, b):  # type: ignore[no-untyped-def]
    """Add as torch does: in single precision, rounded to the type of ``a``."""
    return (a.to(tl.float32) + b.to(tl.float32)).to(a.dtype)
