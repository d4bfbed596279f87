"""This module describes the style by correlations of features: Gram matrices, of the whole image or of each region.

Gatys, Ecker & Bethge 2015 (arXiv:1508.06576), equations 3 to 5; regions are those of Gatys et al. 2017
(arXiv:1611.07865), section 4.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from semstyle.engine.parameters import Parameters

FEWEST_EVALUATIONS = 40
"""With fewer, in all phases together, noise is left of what a render starts from (see docs/methods/gram.md)."""
LEAST_AREA = 1e-6
"""A region with a smaller share of a style's area is not in it."""


def remarks(parameters: Parameters, evaluations: int) -> tuple[str, ...]:
    """Return a remark that noise is left in a render of so few ``evaluations``, or nothing."""
    if parameters.init != "noise" or evaluations >= FEWEST_EVALUATIONS:
        return ()
    return (
        f"{evaluations} evaluations are few for method gram, which starts from noise and leaves some below "
        f"{FEWEST_EVALUATIONS}; raise iterations",
    )


class GramLoss:
    """The squared distance of Gram matrices at one layer, in units of the style's own squared norm.

    E = Σ_r a_r Σ_k w_k |G_r(x) − G_r(y_k)|² / |G_r(y_k)|²   with   G_r(x) = Σ_p t_r(p) x_p x_pᵀ / Σ_p t_r(p)

    where t_r(p) is how much pixel p is of region r, a_r the region's share of the image being made, and w_k the
    share of style k among the styles that have the region. Without maps there is one region, the whole image.

    Args:
        styles: For each style the (features (C, h, w), masks (R, h, w)) of each of its views, which are pooled.
        shares: The share of each style.
        masks: (R, H, W) the masks of the image being made.
    """

    def __init__(
        self, styles: Sequence[Sequence[tuple[Tensor, Tensor]]], shares: Sequence[float], masks: Tensor
    ) -> None:
        sums, sizes = zip(*(pooled_grams(views) for views in styles), strict=True)
        style_areas = torch.stack(sizes)  # (K, R)
        self.grams = torch.stack(sums) / style_areas.clamp_min(1e-12)[..., None, None]  # (K, R, C, C)
        present = style_areas > LEAST_AREA * style_areas.sum(1, keepdim=True)
        of_styles = present * style_areas.new_tensor(shares)[:, None]
        areas = masks.sum((1, 2))
        self.masks = masks.flatten(1) / areas.clamp_min(1e-12)[:, None]
        weights = of_styles / of_styles.sum(0).clamp_min(1e-12) * areas / areas.sum()
        self.weights = weights / self.grams.square().sum((2, 3)).clamp_min(1e-20)
        self.match_score = masks.new_zeros(())

    def rematch(self, features: Tensor) -> None:
        """Do nothing, as nothing is matched."""

    def __call__(self, features: Tensor) -> Tensor:
        """Return E of ``features`` (C, H, W)."""
        grams = region_grams(features.flatten(1), self.masks)
        return (self.weights * (grams - self.grams).square().sum((2, 3))).sum()


def pooled_grams(views: Sequence[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
    """Return Σ_p t_r(p) y_p y_pᵀ over the pixels of all views, (R, C, C), and Σ_p t_r(p), (R,)."""
    grams = sum(region_grams(features.flatten(1), masks.flatten(1)) for features, masks in views)
    area = sum(masks.sum((1, 2)) for _, masks in views)
    assert isinstance(grams, Tensor) and isinstance(area, Tensor)
    return grams, area


class RegionGrams(torch.autograd.Function):
    """A function that keeps the features alone for the gradient, not a masked copy of them for each region."""

    @staticmethod
    def forward(context: Any, features: Tensor, masks: Tensor) -> Tensor:
        context.save_for_backward(features, masks)
        return torch.stack([(features * mask) @ features.t() for mask in masks])

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        features, masks = context.saved_tensors
        total = torch.zeros_like(features)
        for of_region, mask in zip(gradient, masks, strict=True):
            total += ((of_region + of_region.t()) @ features).mul_(mask)
        return total, None


def region_grams(features: Tensor, masks: Tensor) -> Tensor:
    """Return Σ_p t_r(p) x_p x_pᵀ of (C, pixels) and (R, pixels): (R, C, C)."""
    grams: Tensor = RegionGrams.apply(features, masks)
    return grams
