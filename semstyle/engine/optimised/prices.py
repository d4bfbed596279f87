"""This module puts prices on a style's patches, so that all of the style is used.

The nearest patches of many pieces of an image are often one and the same: the more dimensions, the more such hubs there
are. To give every style patch its share is a problem of optimal transport, in which the price of a patch is the
multiplier of its limit. Prices rise while a patch is used more than its share and fall while it is used less, as in an
auction (Bertsekas 1988): a step of the dual's ascent with every match.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from semstyle.engine.patches.pool import PatchPool

RISE = 0.01
"""A price rises by this, for each unit of variety, when a patch is used e times more than twice its share."""
OFTEN = 6.0
"""The uses, in shares, beyond which a patch is a motif that the eye finds again, and its price rises steeply."""
STEEPNESS = 8.0
"""By how many times ``RISE`` more a price rises when a patch is used e times more than ``OFTEN``.

At 0, the favourite hundredth of a portrait's patches is used 16 times as often as its share, at 8 it is 14 times."""
HIGHEST = 0.3
"""The highest price: where the style has little to choose from, a patch that fits well is used again."""


class Prices:
    """The prices of a pool's patches, which start at 0: the price p multiplies a patch's correlation by exp(−p).

    Args:
        variety: How fast the prices change.
    """

    def __init__(self, pool: PatchPool, variety: float) -> None:
        self.values = torch.zeros_like(pool.weights)
        self._rise = RISE * variety
        self._fair_uses = pool.fair_uses
        self._count = pool.count

    def applied_to(self, weights: Tensor) -> Tensor:
        """Return ``weights`` (patches,), by which correlations are multiplied, with each patch's price applied."""
        return weights * torch.exp(-self.values)

    def adjust(self, index: Tensor) -> None:
        """Change the prices after the patches ``index`` (H', W') were used."""
        chosen = index.flatten()
        # A GPU adds in any order, but these are whole numbers: below 2^24 uses of a patch each sum is exact.
        used = torch.zeros_like(self.values).index_add_(0, chosen, torch.ones_like(chosen, dtype=self.values.dtype))
        fair = max(1.0, len(chosen) / self._count) if self._fair_uses is None else self._fair_uses
        shares = used / fair
        step = torch.log((1 + shares) / 2) + STEEPNESS * torch.log((shares / OFTEN).clamp_min(1))
        self.values = (self.values + self._rise * step).clamp(0, HIGHEST)


def fair_uses(
    style_regions: Sequence[Tensor], shares: Sequence[float], target_regions: Tensor, patch_size: int
) -> list[Tensor]:
    """Return how many patches of the image there are for each patch of the styles, at least 1.

    A region's patches of the image are shared out among the same region's patches of the styles, so that a region that
    a style has little of may use it as often as it must.

    Args:
        style_regions: (R, h, w) of each view of a style: 1 where a pixel is of the region, else 0.
        shares: The share of each view.
        target_regions: (R, H, W) the regions of the image to make.
        patch_size: k; a patch is of the region of its middle.

    Returns:
        (h-k+1, w-k+1) for each view.
    """
    style_middles = [middles(regions, patch_size) for regions in style_regions]
    wanted = middles(target_regions, patch_size).sum((1, 2))
    there = torch.stack([share * of_view.sum((1, 2)) for share, of_view in zip(shares, style_middles, strict=True)])
    each = wanted / there.sum(0).clamp_min(1e-6)
    return [
        (share * each[:, None, None] * of_view).sum(0).clamp_min(1)
        for share, of_view in zip(shares, style_middles, strict=True)
    ]


def middles(regions: Tensor, patch_size: int) -> Tensor:
    """Return the regions (R, H, W) at the patches' middles, (R, H-k+1, W-k+1)."""
    border = patch_size // 2
    return regions[:, border : regions.shape[1] - border, border : regions.shape[2] - border]
