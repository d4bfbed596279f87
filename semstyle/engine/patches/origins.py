"""This module finds where in its styles each patch of a finished image comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from semstyle.engine.inputs.views import View
from semstyle.engine.patches.numbering import PatchNumbering


class NumberedPatches(Protocol):
    """The patches of several sources, as pools have them.

    Attributes:
        kept: The numbers of the sources that have any patches.
        numbering: The numbering of those sources' patches.
    """

    patch_size: int
    kept: list[int]
    numbering: PatchNumbering


@dataclass(frozen=True)
class Origins:
    """The style patches that one layer was matched with last, each (H', W'), for each patch of the image.

    Attributes:
        style: Number of the style among the render's styles.
        row: Height of the patch's centre, from 0 at the top of that style's image to 1 at its bottom.
        column: Place of the patch's centre, from 0 at the left of that style's image to 1 at its right.
        down: (H',) places of the patches' centres in the image, from 0 at its top to 1 at its bottom.
        right: (W',) the same from 0 at its left to 1 at its right.
        patch: The side of a patch as a share of the first style's width.
    """

    style: Tensor
    row: Tensor
    column: Tensor
    down: Tensor
    right: Tensor
    patch: float = 0.0


def located(
    pool: NumberedPatches,
    index: Tensor,
    views: Sequence[View],
    used: Sequence[int],
    places: tuple[Tensor, Tensor] | None = None,
) -> Origins:
    """Find the places of patches in the styles' images.

    Args:
        index: (H', W') the numbers of patches of ``pool``.
        views: What the pool's sources show.
        used: The numbers of the styles that the views count.
        places: ``down`` and ``right`` of the patches in the image, or None where they cover it from edge to edge.
    """
    style = torch.zeros_like(index)
    row, column = torch.zeros_like(index, dtype=torch.float32), torch.zeros_like(index, dtype=torch.float32)
    border = pool.patch_size - 1
    place, top, left = pool.numbering.places(index)
    for number, (source, (rows, columns)) in enumerate(zip(pool.kept, pool.numbering.shapes, strict=True)):
        here = place == number
        down = (top[here] + (border + 1) / 2) / (rows + border)
        right = (left[here] + (border + 1) / 2) / (columns + border)
        style[here] = used[views[source].style]
        row[here], column[here] = views[source].unturned(down, right)
    down, right = places or (centres(index.shape[0], pool.patch_size), centres(index.shape[1], pool.patch_size))
    _, columns = pool.numbering.shapes[0]
    return Origins(style, row, column, down, right, pool.patch_size / (columns + border))


def centres(count: int, patch_size: int) -> Tensor:
    """Return the places, (count,) from 0 to 1, of the centres of patches that cover a side."""
    return (torch.arange(count) + patch_size / 2) / (count + patch_size - 1)
