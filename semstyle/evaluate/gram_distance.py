"""This module measures how far the correlations of a finished image's features are from its style's, label by label."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from semstyle.evaluate.labels import MapLabels, one_label


def gram_distance(output: Tensor, styles: Sequence[Tensor], labels: MapLabels | None) -> float | None:
    """Return how far the Gram matrix of each label is from the style's, 0 or more, relative to the style's own norm.

    The distance of one label is |G(x) − G(y)| / |G(y)| in the Frobenius norm, with G the mean of f fᵀ over the features
    f of the label's pixels (Gatys, Ecker & Bethge 2015; by label as in Gatys et al. 2017), in the output and in all
    styles together. The result is the mean over labels, weighted by their area in the output; features that are all 0
    have 1.

    Args:
        output: Features (C, H, W) at one layer.
        styles: Each (C, h, w).
        labels: The labels of the maps, or None to take the whole image as one label.

    Returns:
        None when no style has any of the output's labels; those that no style has are left out.
    """
    total = area = 0.0
    for ours, theirs in (labels or one_label(len(styles))).regions(output, styles):
        own = gram(theirs)
        distance = (gram(ours) - own).norm() / own.norm().clamp_min(1e-12)
        total += float(distance) * ours.shape[1]
        area += ours.shape[1]
    return total / area if area else None


def gram(features: Tensor) -> Tensor:
    """Return the mean product of each two channels of (C, pixels): (C, C)."""
    return features @ features.t() / features.shape[1]
