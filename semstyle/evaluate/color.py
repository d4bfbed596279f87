"""This module measures whether each label has the colours that it has in the style."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from semstyle.engine.inputs.srgb import to_linear
from semstyle.evaluate.distance import quantiles
from semstyle.evaluate.labels import MapLabels

TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
WHITE = (0.95047, 1.0, 1.08883)
"""The white (X, Y, Z) of illuminant D65, which sRGB is made for."""
EPSILON, KAPPA = (6 / 29) ** 3, (29 / 3) ** 3 / 116


def label_color_distance(output: Tensor, styles: Sequence[Tensor], labels: MapLabels) -> float | None:
    """Return how far each label's colours are from the style's, in CIELAB units (ΔE*ab; about 2.3 is just noticeable).

    The distance of one label is √(W₂²(L*) + W₂²(a*) + W₂²(b*)), with W₂ the Wasserstein distance of one coordinate's
    distribution over the label's pixels in the output and in the styles. The result is the mean over labels, weighted
    by their area in the output. A shift of all colours by ΔE has that distance. Labels that no style has are left out;
    the result is None when all are.

    Args:
        output: (3, H, W) in 0..1.
        styles: Each (3, h, w).
    """
    total = area = 0.0
    for ours, theirs in labels.regions(lab(output), [lab(style) for style in styles]):
        distance = (quantiles(ours) - quantiles(theirs)).square().mean(1).sum().sqrt()
        total += float(distance) * ours.shape[1]
        area += ours.shape[1]
    return total / area if area else None


def lab(image: Tensor) -> Tensor:
    """Convert sRGB to CIELAB (D65): (3, H, W) in 0..1 to L* in 0..100, a* and b* (CIE 15, IEC 61966-2-1)."""
    matrix = torch.tensor(TO_XYZ).to(image) / torch.tensor(WHITE).to(image)[:, None]
    xyz = torch.einsum("xc,chw->xhw", matrix, to_linear(image))
    x, y, z = torch.where(xyz > EPSILON, xyz.clamp_min(EPSILON) ** (1 / 3), KAPPA * xyz + 16 / 116)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])
