"""This module lets matches continue those of their neighbours, so that strokes are whole (Ashikhmin 2001).

The nearest patch of each piece of an image is found alone, and pieces beside each other come from all over a style.
Where the nine patches over a pixel disagree, their vote is a blur with the stride of the layer in it. So each patch is
offered what continues the match of each of its eight neighbours: the style patch that lies beside that match as this
patch lies beside the neighbour. It takes the one whose

    ⟨s_i, s_j⟩ / |s_j| · (1 + bonus · share of the eight neighbours whose matches j continues)

is largest. Every patch is asked at once, and twice, so that what one takes is offered to the next.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine.patches.matching import Matches
from semstyle.engine.patches.numbering import PatchNumbering

NEIGHBORS = tuple(offset for offset in product((-1, 0, 1), repeat=2) if offset != (0, 0))
"""(rows, columns) from a patch to each of those around it."""
PASSES = 2
CUDA_BLOCK = 2**26
"""A GPU makes so many elements at a time, 256 MiB of style pixels."""
CPU_BLOCK = 2**18
"""A CPU makes so many elements at a time, so that they stay in the cache."""

Pass = Callable[[Matches, Tensor, "StylePatches", float, Tensor | None], Matches]


@dataclass(frozen=True)
class StylePatches:
    """The patches that may be taken.

    Attributes:
        pixels: (pixels, C + M) the pixels of all sources, one after another and row by row.
        corners: (patches,) the number of each patch's first pixel.
        widths: (patches,) the columns of pixels of the source that each patch is in.
        weights: (patches,) what correlations are multiplied by; 0 for what must not be taken.
        numbering: The numbering of the patches.
        patch_size: k.
    """

    pixels: Tensor
    corners: Tensor
    widths: Tensor
    weights: Tensor
    numbering: PatchNumbering
    patch_size: int


def continued(matches: Matches, target: Tensor, style: StylePatches, bonus: float) -> Matches:
    """Improve ``matches`` of ``target`` (H, W, C + M) by continuing their neighbours' where that is better."""
    compiled = target.device.type == "cpu" and target.dtype == torch.float32
    go_on = compiled_pass() if compiled else one_pass
    before = None
    for _ in range(PASSES):
        before, matches = matches.index, go_on(matches, target, style, bonus, before)
    return matches


@functools.cache
def compiled_pass() -> Pass:
    """Return the CPU's compiled pass, or without Numba the slower one by torch's own operations."""
    try:
        from semstyle.engine.patches.continuation_cpu import one_compiled_pass
    except ModuleNotFoundError:
        return one_pass
    return one_compiled_pass


def one_pass(
    matches: Matches, target: Tensor, style: StylePatches, bonus: float, before: Tensor | None = None
) -> Matches:
    """Do one pass by torch's own operations; of equally good patches the own match stays, else the first is taken.

    Args:
        before: The matches before the last pass, if there was one; not used here.
    """
    offers = by_neighbor(offered(matches.index, style.numbering), -1)
    products = by_neighbor(offered_products(matches.index, target, style), 0)
    weights = style.weights[offers.clamp_min(0)]
    correlation = torch.cat([matches.correlation[None], products * weights])
    candidates = torch.cat([matches.index[None], offers])
    score = correlation * (1 + bonus * agreement(candidates, offers))
    score[1:].masked_fill_((offers < 0) | (weights <= 0), -torch.inf)
    best = score.argmax(0, keepdim=True)
    return Matches(candidates.gather(0, best)[0], correlation.gather(0, best)[0])


def agreement(candidates: Tensor, offers: Tensor) -> Tensor:
    """Return the share of the eight ``offers`` (8, H', W') that equal each of ``candidates`` (N, H', W')."""
    rows = max(1, block_of(candidates) // (len(candidates) * offers[:, 0].numel()))
    pairs = zip(torch.split(candidates, rows, 1), torch.split(offers, rows, 1), strict=True)
    return torch.cat([(ours[:, None] == theirs).sum(1) for ours, theirs in pairs], 1) / len(NEIGHBORS)


def offered(index: Tensor, numbering: PatchNumbering) -> Tensor:
    """Return what each of the matches ``index`` (H', W') offers to the patches around its own: (H', W', 3, 3).

    To the patch that lies (r - 1, c - 1) from its own it offers the style patch that lies so from the match, or, beyond
    the edge of a style, -1.
    """
    source, style_row, style_column = (place[..., None, None] for place in numbering.places(index))
    rows, columns = numbering.sizes(source)
    step = torch.arange(-1, 2, device=index.device)
    row, column = style_row + step[:, None], style_column + step
    there = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    return torch.where(there, index[..., None, None] + step[:, None] * columns + step, -1)


def offered_products(index: Tensor, target: Tensor, style: StylePatches) -> Tensor:
    """Return ⟨s_i, s_j⟩ of the patches i around each match with what it offers them: (H', W', 3, 3).

    All that a match offers lies in the style as it does in ``target`` (H, W, C + M), so that (k + 2)² pairs of pixels
    are enough for nine patches that have k² each. The product with what does not exist may be any number.
    """
    reach = style.patch_size + 2
    pixels = F.pad(target, (0, 0, 1, 1, 1, 1)).unfold(0, reach, 1).unfold(1, reach, 1).permute(0, 1, 3, 4, 2)
    step = torch.arange(-1, reach - 1, device=index.device)
    rows = max(1, block_of(target) // (index.shape[1] * reach**2 * target.shape[2]))
    found = []
    for here, of_rows in zip(torch.split(index, rows), torch.split(pixels, rows), strict=True):
        corners, widths = style.corners[here][..., None, None], style.widths[here][..., None, None]
        places = (corners + step[:, None] * widths + step).clamp(0, len(style.pixels) - 1)
        pairs = style.pixels[places].mul_(of_rows).sum(-1)
        found.append(pairs.unfold(2, style.patch_size, 1).unfold(3, style.patch_size, 1).sum((-2, -1)))
    return torch.cat(found)


def block_of(like: Tensor) -> int:
    """Return how many elements are made at a time where ``like`` is."""
    return CPU_BLOCK if like.is_cpu else CUDA_BLOCK


def by_neighbor(values: Tensor, beyond: int) -> Tensor:
    """Return what each patch is offered by each of its neighbours: (8, H', W').

    Args:
        values: (H', W', 3, 3) what each patch offers to those around it.
        beyond: What is offered from beyond the edge of the image.
    """
    height, width = values.shape[:2]
    padded = F.pad(values, (0, 0, 0, 0, 1, 1, 1, 1), value=beyond).contiguous()
    row, column, to_row, to_column = padded.stride()
    # The neighbour at (r, c) offers what it has for the patch at (-r, -c) from itself.
    steps = (row - to_row, column - to_column, row, column)
    nine = padded.as_strided((3, 3, height, width), steps, 2 * to_row + 2 * to_column).flatten(0, 1)
    return torch.cat([nine[:4], nine[5:]])
