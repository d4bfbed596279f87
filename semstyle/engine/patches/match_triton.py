"""This module matches on a GPU: a product of some target rows with a band of the style, and one pass over it.

Only :mod:`semstyle.engine.patches.matching` imports it, when there is a GPU, as Triton need not be installed.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.patches.blocks import Blocks, blocks_of
from semstyle.engine.patches.match_torch import match_by_bands
from semstyle.engine.patches.match_triton_kernels import STYLES, TARGETS, WARPS, take_nearest

BLOCK = 2**26
"""So many elements of the Gram matrix are computed at a time. As many are kept of the rows before, as a patch has rows
of both: 512 MiB in all, and at k = 3 at most 1.5 GiB, however large the images are."""
CHUNK = 8
"""So many target rows at least come to a band, so that the k - 1 rows before them are seldom read again."""
SHARES = 8
"""The style patches of a band are shared out among so many programs, as small images have too few target patches."""
ALIGNED = 4
"""Rows of so many numbers, 16 bytes, are what a GPU's units for products of matrices want."""


def rehearse(device: torch.device, patch_size: int) -> None:
    """Search once in small images, which compiles everything, and compare with torch's own operations.

    Raises:
        RuntimeError: when the matches are not the same. What Triton raises where it cannot compile goes through.
    """
    random = torch.Generator().manual_seed(0)
    side = patch_size + 8
    # Small whole numbers, whose products and sums are exact at any precision: there are ties, and no other differences.
    target, style = torch.randint(0, 4, (2, side, side, 3), generator=random).float().to(device)
    weights = torch.ones(side - patch_size + 1, side - patch_size + 1, device=device)
    found, expected = (find(target, style, weights, patch_size) for find in (match_by_triton, match_by_bands))
    if not all(torch.equal(*pair) for pair in zip(found, expected, strict=True)):
        raise RuntimeError("its matches differ from those of torch's own operations")


def match_by_triton(
    target: Tensor, style: Tensor, style_weights: Tensor, patch_size: int, block: int | None = None
) -> tuple[Tensor, Tensor]:
    """Return (index, correlation) as :class:`semstyle.engine.patches.matching.Matches` describes them.

    All are of single precision and on one GPU. Of equally good style patches the first is taken. Nothing waits for the
    GPU.
    """
    border = patch_size - 1
    (height, width), style_size = target.shape[:2], (style.shape[0], style.shape[1])
    blocks = blocks_of((height, width), style_size, patch_size, block or BLOCK, CHUNK)
    channels = -target.shape[2] % ALIGNED
    if channels:
        target = F.pad(target, (0, channels))
    pixels = F.pad(style.flatten(0, 1), (0, channels, 0, ALIGNED - 1))
    weights = F.pad(style_weights, (0, border), value=torch.nan)
    with torch.cuda.device(target.get_device()):  # Triton starts programs on the current device
        found = [
            match_strip(target[:, left : right + border], pixels, weights, blocks)
            for left, right in blocks.strips(width - border)
        ]
    return torch.cat([index for index, _ in found], 1), torch.cat([best for _, best in found], 1)


def match_strip(target: Tensor, pixels: Tensor, weights: Tensor, blocks: Blocks) -> tuple[Tensor, Tensor]:
    """Return (index, correlation) of the nearest patches of ``target`` (H, w, C): (H-k+1, w-k+1).

    Args:
        pixels: (at least H_s · W_s, C), the style's.
        weights: (H_s-k+1, W_s), of the patches that begin at each pixel; not a number where none begins.
    """
    border = blocks.patch_size - 1
    patch_rows, style_width = weights.shape
    rows, columns = target.shape[0] - border, target.shape[1] - border
    shares = min(SHARES, -(-blocks.band * style_width // STYLES))
    best = target.new_full((shares, rows, columns), -torch.inf)
    index = torch.zeros_like(best, dtype=torch.int64)
    for top in range(0, patch_rows, blocks.band):
        match_band(target, pixels, weights, (top, min(top + blocks.band, patch_rows)), blocks, best, index)
    highest = best.amax(0)
    return torch.where(best == highest, index, patch_rows * style_width).amin(0), highest


def match_band(
    target: Tensor,
    pixels: Tensor,
    weights: Tensor,
    band: tuple[int, int],
    blocks: Blocks,
    best: Tensor,
    index: Tensor,
) -> None:
    """Compare ``target`` with the style's patch rows ``band``, and put what is nearer into ``best`` and ``index``.

    See :func:`match_strip`.

    Args:
        best, index: (shares, H-k+1, w-k+1).
    """
    k, chunk = blocks.patch_size, blocks.chunk
    height, width, _ = target.shape
    shares, rows, columns = best.shape
    style_width = weights.shape[1]
    top, bottom = band
    stride = -(-(bottom - top + k - 1) * style_width // ALIGNED) * ALIGNED
    style = pixels[top * style_width : top * style_width + stride].t()
    slots = slots_of(chunk, k)
    memory = target.new_empty(slots * width * stride + STYLES)
    gram = memory[: slots * width * stride].view(slots, width, stride)
    for first in range(0, height, chunk):
        here = target[first : first + chunk]
        slot = first % slots
        torch.mm(here.flatten(0, 1), style, out=gram[slot : slot + len(here)].flatten(0, 1))
        first_row, last_row = max(0, first - k + 1), first + len(here) - k + 1
        if last_row <= first_row:
            continue
        take_nearest[(last_row - first_row, -(-columns // TARGETS), shares)](
            memory,
            weights[top:],
            best,
            index,
            first_row,
            slots,
            width,
            stride,
            style_width,
            (bottom - top) * style_width - k + 1,
            top * (style_width - k + 1),
            rows,
            columns,
            patch_size=k,
            targets=TARGETS,
            styles=STYLES,
            num_warps=WARPS,
        )


def slots_of(chunk: int, patch_size: int) -> int:
    """Return how many target rows are held: those of this chunk, and of as many before as have the k - 1 last rows."""
    return chunk * (1 + -(-(patch_size - 1) // chunk))
