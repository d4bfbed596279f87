"""This module measures how far a finished image's features are from its style's, both taken for Gaussians."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def sifid(output: Tensor, styles: Sequence[Tensor]) -> float:
    """Return the Fréchet distance of the features at one layer of an image and its styles, 0 or more.

    It is |μ − ν|² + tr(Σ + T − 2 (ΣT)^½), with μ and Σ the mean and covariance of the features over the output's
    places, and ν and T those over all places of all styles together (single-image FID; Shaham, Dekel & Michaeli 2019).
    Shaham et al. take the features of an Inception network; these are the judge's own, so that numbers from elsewhere
    cannot be compared.

    Args:
        output: (C, H, W), with at least two places.
        styles: Each (C, h, w), with at least two places.
    """
    mean, covariance = gaussian(output.flatten(1))
    other_mean, other_covariance = gaussian(torch.cat([style.flatten(1) for style in styles], 1))
    root = square_root(covariance)
    # The eigenvalues of ΣT are those of Σ^½ T Σ^½, which is symmetric; rounding leaves some a little below 0.
    shared = torch.linalg.eigvalsh(root @ other_covariance @ root).clamp_min(0).sqrt().sum()
    spread = covariance.trace() + other_covariance.trace() - 2 * shared
    return max(0.0, float((mean - other_mean).square().sum() + spread))


def gaussian(features: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean (C,) and the covariance (C, C) of features (C, places), in double precision on the CPU."""
    values = features.double()
    return values.mean(1).cpu(), torch.cov(values).reshape(len(values), len(values)).cpu()


def square_root(covariance: Tensor) -> Tensor:
    """Return the symmetric square root of a covariance (C, C)."""
    values, vectors = torch.linalg.eigh(covariance)
    root: Tensor = (vectors * values.clamp_min(0).sqrt()) @ vectors.t()
    return root
