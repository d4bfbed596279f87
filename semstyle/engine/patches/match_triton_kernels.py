"""This module sums along the Gram matrix's diagonals on a GPU, and takes the nearest patches, in one compiled pass.

A product of two patches is ⟨s_i, s_j⟩ = Σ_d S[i+d, j+d] (docs/architecture.md, decision 4). By torch's own operations
the sums along columns, those along rows, the weights and the maximum are passes over S of their own, 64 bytes for each
of its elements at k = 3. Here S is written once and read once, but for the few rows that neighbouring chunks share.

Triton compiles the pass; it comes with PyTorch on Linux. Additions are made in the same order as
:class:`semstyle.engine.patches.match_torch.Band` makes them, so that the same S gives the same matches to the last bit.
"""

from __future__ import annotations

import triton
import triton.language as tl

TARGETS = 16
"""So many target patches beside each other are compared by one program."""
STYLES = 64
"""So many style patches are compared with each of them at once."""
WARPS = 8

INTEGERS = ("first_row", "slots", "width", "stride", "style_width", "count", "first_patch", "rows", "columns")
"""The kernel's integers. None is compiled in, so that one compilation serves every size."""


@triton.jit(do_not_specialize=INTEGERS, do_not_specialize_on_alignment=("weights",))  # type: ignore[untyped-decorator]
def take_nearest(  # type: ignore[no-untyped-def]
    gram,
    weights,
    best,
    index,
    first_row,
    slots,
    width,
    stride,
    style_width,
    count,
    first_patch,
    rows,
    columns,
    patch_size: tl.constexpr,
    targets: tl.constexpr,
    styles: tl.constexpr,
):
    """Where a style patch of a band is nearer than the best so far, put it in ``best`` and ``index``.

    The programs are (target patch rows, blocks of ``targets`` target patches in a row, shares of the band). Each share
    has a best of its own, so that none waits for another and their order changes nothing.

    Args:
        gram: (slots, width, stride), a ring of target pixel rows, row r in slot r modulo ``slots``: the products of
            each target pixel with the band's pixels, ``style_width`` in a row. There must be memory for ``styles``
            more elements at its end, which are read and not used, so that no load needs a mask.
        weights: (at least ``count``,) of the patch that begins at each of the band's pixels. Where none begins it is
            not a number, which is greater than nothing.
        best, index: (shares, rows, columns) the greatest correlation and its style patch, int64.
        first_row: The target patch row of the first programs.
        count: So many of the band's pixels, from the first on, may begin a patch.
        first_patch: The number of the band's first style patch.
        rows, columns: How many target patches there are.
    """
    row = first_row + tl.program_id(0)
    column = tl.program_id(1) * targets + tl.arange(0, targets)
    share, shares = tl.program_id(2), tl.num_programs(2)
    span = tl.cdiv(tl.cdiv(count, styles), shares) * styles
    end = tl.minimum((share + 1) * span, count)
    exists = column < columns
    products = gram + tl.minimum(column, columns - 1)[:, None] * stride + tl.arange(0, styles)[None, :]
    highest = tl.full([targets, styles], float("-inf"), tl.float32)
    nearest = tl.zeros([targets, styles], tl.int32)
    for start in range(share * span, end, styles):
        total = tl.zeros([targets, styles], tl.float32)
        # Not unrolled: with all loads of a large patch at once there are not registers enough.
        for down in tl.range(0, patch_size, loop_unroll_factor=1):
            corner = (row + down) % slots * width * stride + down * style_width + start
            along = tl.load(products + corner)
            for right in tl.static_range(1, patch_size):
                along += tl.load(products + (corner + right * (stride + 1)))
            total += along
        pixel = start + tl.arange(0, styles)
        weight = tl.load(weights + pixel, pixel < end, float("nan"))
        score = total * weight[None, :]
        better = score > highest
        highest = tl.where(better, score, highest)
        nearest = tl.where(better, pixel[None, :], nearest)
    value = tl.max(highest, 1)
    first = tl.min(tl.where(highest == value[:, None], nearest, count), 1)
    place = (share.to(tl.int64) * rows + row) * columns + column
    closer = exists & (value > tl.load(best + place, exists, float("inf")))
    patch = first // style_width * (style_width - patch_size + 1) + first % style_width
    tl.store(best + place, value, closer)
    tl.store(index + place, first_patch.to(tl.int64) + patch, closer)
