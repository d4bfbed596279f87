"""This module measures whether patches stay within their label."""

from __future__ import annotations

import torch
from torch import Tensor

from semstyle.engine.inputs.phases import Size
from semstyle.engine.patches.origins import Origins
from semstyle.evaluate.labels import MapLabels
from semstyle.evaluate.nearest import Nearest
from semstyle.evaluate.sight import PATCH_SIZE


def semantic_leak(nearest: Nearest, labels: MapLabels) -> float:
    """Return the share of output patches whose nearest style patch has another label than the target's map there, 0..1.

    A patch has the label at its centre. The style itself under its own map has 0; an image made with no regard to the
    map has the share of patches that would find another label by chance.
    """
    grown = PATCH_SIZE - 1
    rows, columns = nearest.index.shape
    wanted = patch_labels(labels.target_at((rows + grown, columns + grown)), (rows, columns))
    carried = torch.cat(
        [
            patch_labels(labels.style_at(number, (rows + grown, columns + grown)), (rows, columns)).flatten()
            for number, (rows, columns) in enumerate(nearest.numbering.shapes)
        ]
    )
    return float((carried[nearest.index.to(carried.device)] != wanted).double().mean())


def matches_across_labels(origins: Origins, labels: MapLabels) -> float:
    """Return the share of the matches that the render itself used last whose labels differ, 0..1.

    Unlike :func:`semantic_leak` it goes by the render's own encoder, layers, maps and weights: it says what the method
    meant to take from elsewhere, not what the image looks like.
    """
    shape = origins.style.shape
    wanted = label_at(labels.target, origins.down[:, None].expand(shape), origins.right.expand(shape))
    carried = torch.full_like(wanted, -1)
    for number, style in enumerate(labels.styles):
        here = origins.style == number
        carried[here] = label_at(style, origins.row[here], origins.column[here])
    return float((carried != wanted).double().mean())


def label_at(labels: Tensor, row: Tensor, column: Tensor) -> Tensor:
    """Return ``labels`` (h, w) at places given as shares of its height and width."""
    height, width = labels.shape
    return labels[(row * height).long().clamp(0, height - 1), (column * width).long().clamp(0, width - 1)]


def patch_labels(labels: Tensor, patches: Size) -> Tensor:
    """Return the labels at the centres of ``patches`` (rows, columns) of a grid of ``labels``."""
    rows, columns = patches
    border = PATCH_SIZE // 2
    return labels[border : border + rows, border : border + columns]
