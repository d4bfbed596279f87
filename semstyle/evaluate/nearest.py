"""This module finds the nearest style patch of every patch of a finished image, by features alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from semstyle.engine.patches.matching import patch_norms
from semstyle.engine.patches.numbering import PatchNumbering
from semstyle.engine.patches.pool import PatchPool, PatchSource, augmented
from semstyle.evaluate.sight import PATCH_SIZE


@dataclass(frozen=True)
class Nearest:
    """The nearest patches at one layer.

    Attributes:
        index: (H', W') int64, the number of the nearest style patch.
        numbering: The numbering of the patches of all styles.
        distance: (H', W') |x_i − y_NN(i)|² per element, in units of the styles' variance.
    """

    index: Tensor
    numbering: PatchNumbering
    distance: Tensor

    @property
    def style_patches(self) -> int:
        return self.numbering.count


def nearest(output: Tensor, styles: Sequence[Tensor]) -> Nearest:
    """Match ``output`` (C, H, W) with ``styles`` (C, h, w): equation 3 without maps.

    Raises:
        InputError: when no style has a patch.
    """
    target = augmented(output, None)
    pool = PatchPool([PatchSource(style) for style in styles], PATCH_SIZE)
    matches = pool.nearest(target, pool.inverse_norms)
    norm = 1 / pool.inverse_norms[matches.index]
    # |x − y|² from what matching knows already: ⟨x, y⟩ is the correlation times |y|.
    squared = patch_norms(target, PATCH_SIZE).square() + norm.square() - 2 * matches.correlation * norm
    unit = PATCH_SIZE**2 * len(output) * variance(styles)
    return Nearest(matches.index, pool.numbering, squared.clamp_min(0) / unit)


def variance(features: Sequence[Tensor]) -> Tensor:
    """Return the variance of ``features`` (C, h, w) over all positions of all of them, mean over channels.

    Activations are far from 0 on average, so that their mean square would make everything look alike. Where features
    hardly vary, the result is a thousandth of the mean square.
    """
    pooled = torch.cat([x.flatten(1) for x in features], 1)
    return torch.maximum(pooled.var(1, correction=0).mean(), 1e-3 * pooled.square().mean()).clamp_min(1e-12)
