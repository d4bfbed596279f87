"""Whether patches stay within their label."""

from __future__ import annotations

import torch
from torch import Tensor

from semstyle.engine.phases import Size
from semstyle.evaluate.labels import Labels
from semstyle.evaluate.nearest import Nearest
from semstyle.evaluate.sight import PATCH_SIZE


def semantic_leak(nearest: Nearest, labels: Labels) -> float:
    """Share of output patches whose nearest style patch carries another label than the target's map has there, 0..1.

    A patch carries the label at its centre. 0 for the style itself under its own map; with no regard to the map, the
    share of patches that would find another label by chance.
    """
    grown = PATCH_SIZE - 1
    rows, columns = nearest.index.shape
    wanted = patch_labels(labels.target_at((rows + grown, columns + grown)), (rows, columns))
    carried = torch.cat(
        [
            patch_labels(labels.style_at(number, (rows + grown, columns + grown)), (rows, columns)).flatten()
            for number, (rows, columns) in enumerate(nearest.grids)
        ]
    )
    return float((carried[nearest.index] != wanted).double().mean())


def patch_labels(labels: Tensor, patches: Size) -> Tensor:
    """The labels at the centres of ``patches`` (rows, columns) of a grid of ``labels``."""
    rows, columns = patches
    border = PATCH_SIZE // 2
    return labels[border : border + rows, border : border + columns]
