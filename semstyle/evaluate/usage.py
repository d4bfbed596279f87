"""This module measures how a finished image draws on its style's patches."""

from __future__ import annotations

import torch

from semstyle.evaluate.nearest import Nearest

MOST_USED = 0.01


def patch_coverage(nearest: Nearest) -> float:
    """Return how much of the style is used, 0..1.

    It is the number of distinct style patches that are nearest to some output patch, over min(output patches, style
    patches): 1 when no patch comes twice before all have come once.
    """
    return len(torch.unique(nearest.index)) / min(nearest.index.numel(), nearest.style_patches)


def repetition(nearest: Nearest) -> float:
    """Return how often the most used style patches come, relative to their fair share, 1 or more.

    It is the mean uses of the most used hundredth of the style's patches (at least one patch), over max(1, output
    patches / style patches), the uses that each would have if all were used alike. 4 means that a motif comes four
    times as often as it needed to.
    """
    uses = torch.bincount(nearest.index.flatten(), minlength=nearest.style_patches).double()
    wanted = max(1, round(MOST_USED * min(nearest.index.numel(), nearest.style_patches)))
    fair = max(1.0, nearest.index.numel() / nearest.style_patches)
    return float(uses.topk(wanted).values.mean()) / fair


def coherence(nearest: Nearest) -> float | None:
    """Return how far the image is made of whole pieces of its style, 0..1.

    It is the share of pairs of neighbouring output patches whose nearest style patches lie beside each other in the
    same way. The style itself has 1, patches strewn at random nearly 0. The result is None for a single patch.
    """
    style, row, column = nearest.numbering.places(nearest.index)
    pairs = follows = 0
    for axis, (down, right) in enumerate(((1, 0), (0, 1))):
        same = style.diff(dim=axis) == 0
        near = (row.diff(dim=axis) == down) & (column.diff(dim=axis) == right)
        pairs += same.numel()
        follows += int((same & near).sum())
    return follows / pairs if pairs else None
