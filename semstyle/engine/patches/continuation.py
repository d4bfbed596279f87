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
from torch import Tensor

from semstyle.engine.patches.matching import Matches
from semstyle.engine.patches.numbering import PatchNumbering

NEIGHBORS = tuple(offset for offset in product((-1, 0, 1), repeat=2) if offset != (0, 0))
"""(rows, columns) from a patch to each of those around it."""
PASSES = 2

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
        before: The matches before the last pass, if there was one, by which to skip what did not change.
    """
    offers = torch.stack([beside(matches.index, row, column, style.numbering) for row, column in NEIGHBORS])
    best = matches.correlation * (1 + bonus * agreement(matches.index, offers))
    found = matches
    for offered in offers:
        patches = offered.clamp_min(0)
        weights = style.weights[patches]
        correlation = products(target, patches, style) * weights
        score = correlation * (1 + bonus * agreement(offered, offers))
        better = (offered >= 0) & (weights > 0) & (score > best)
        best = torch.where(better, score, best)
        found = Matches(torch.where(better, offered, found.index), torch.where(better, correlation, found.correlation))
    return found


def beside(index: Tensor, row: int, column: int, numbering: PatchNumbering) -> Tensor:
    """Return what continues the matches ``index`` (H', W') of the neighbours that lie (row, column) from each patch.

    It is -1 beyond the edge of the image or of a style.
    """
    neighbor, inside = shifted(index, row, column)
    source, style_row, style_column = numbering.places(neighbor)
    style_row, style_column = style_row - row, style_column - column
    rows, columns = numbering.sizes(source)
    there = inside & (style_row >= 0) & (style_row < rows) & (style_column >= 0) & (style_column < columns)
    offered = numbering.index(source, style_row.clamp_min(0), style_column.clamp_min(0))
    return torch.where(there, offered, -1)


def agreement(patches: Tensor, offers: Tensor) -> Tensor:
    """Return the share of the eight ``offers`` (8, H', W') that equal ``patches`` (H', W'): (H', W')."""
    return (offers == patches).sum(0) / len(NEIGHBORS)


def products(target: Tensor, patches: Tensor, style: StylePatches) -> Tensor:
    """Return ⟨s_i, s_j⟩ of each patch i of ``target`` (H, W, C + M) with the style patch j in ``patches``: (H', W')."""
    corners, widths = style.corners[patches], style.widths[patches]
    total = target.new_zeros(patches.shape)
    for row, column in product(range(style.patch_size), repeat=2):
        pixels = target[row : row + patches.shape[0], column : column + patches.shape[1]]
        total += (pixels * style.pixels[corners + row * widths + column]).sum(-1)
    return total


def shifted(values: Tensor, row: int, column: int) -> tuple[Tensor, Tensor]:
    """Return those of ``values`` (H', W') that lie (row, column) away, and where there are such."""
    rows = torch.arange(values.shape[0], device=values.device) + row
    columns = torch.arange(values.shape[1], device=values.device) + column
    inside = (rows >= 0) & (rows < values.shape[0])
    inside_columns = (columns >= 0) & (columns < values.shape[1])
    there = inside[:, None] & inside_columns
    return values[rows.clamp(0, len(rows) - 1)][:, columns.clamp(0, len(columns) - 1)], there
