"""Optimal transport between two clouds of colours taken for Gaussians: Monge and Kantorovich's linear map.

Pitié & Kokaram 2007, "The linear Monge-Kantorovitch linear colour mapping for example-based colour transfer". Among
all linear maps that give one cloud the mean and covariance of the other, it moves colours least. Being linear it
leaves no bands, and noise is amplified no more than contrast is.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from semstyle.engine.threads import one_thread

GREATEST_GAIN = 3.0
"""How much contrast may grow along any direction of colour; more would show a flat region's noise and JPEG blocks."""
LEAST_VARIANCE = 1e-8


@dataclass(frozen=True)
class Gaussian:
    """Weighted statistics of colours, in double precision.

    Attributes:
        mean: (3,) the mean colour.
        covariance: (3, 3) the covariance of the channels.
        weight: The sum of the weights.
    """

    mean: Tensor
    covariance: Tensor
    weight: float

    @classmethod
    @one_thread()
    def of(cls, colors: Tensor, weights: Tensor) -> Gaussian:
        """Return the statistics of ``colors`` (3, N), each counted ``weights`` (N,) times."""
        colors, weights = colors.double(), weights.double()
        total = weights.sum().clamp_min(1e-12)
        mean = (colors * weights).sum(1) / total
        centred = colors - mean[:, None]
        return cls(mean, (centred * weights) @ centred.t() / total, float(weights.sum()))


@dataclass(frozen=True)
class Linear:
    """The linear map x ↦ matrix · x + offset of colours (3, H, W)."""

    matrix: Tensor
    offset: Tensor

    def __call__(self, colors: Tensor) -> Tensor:
        matrix, offset = self.matrix.to(colors), self.offset.to(colors)
        return torch.einsum("oc,chw->ohw", matrix, colors) + offset[:, None, None]

    def pushed(self, cloud: Gaussian) -> Gaussian:
        """Return the statistics that colours of ``cloud`` have after this map."""
        mean = self.matrix @ cloud.mean + self.offset
        return Gaussian(mean, self.matrix @ cloud.covariance @ self.matrix.t(), cloud.weight)


def transport(source: Gaussian, target: Gaussian, greatest_gain: float = GREATEST_GAIN) -> Linear:
    """Return the map that brings ``source`` to ``target``; its gain is capped at ``greatest_gain``.

    T = A^-½ (A^½ B A^½)^½ A^-½ with A and B the covariances.
    """
    root = power(source.covariance, 0.5)
    inverse = power(source.covariance, -0.5)
    matrix = inverse @ power(root @ target.covariance @ root, 0.5) @ inverse
    values, vectors = torch.linalg.eigh((matrix + matrix.t()) / 2)
    matrix = vectors @ torch.diag(values.clamp(0, greatest_gain)) @ vectors.t()
    return Linear(matrix, target.mean - matrix @ source.mean)


def squared_distance(one: Gaussian, other: Gaussian) -> float:
    """Return the squared Wasserstein distance W₂² of the two: |μ − ν|² + tr(A + B − 2 (A^½ B A^½)^½)."""
    root = power(one.covariance, 0.5)
    together = power(root @ other.covariance @ root, 0.5)
    spread = torch.trace(one.covariance + other.covariance - 2 * together)
    return float((one.mean - other.mean).square().sum() + spread.clamp_min(0))


def power(covariance: Tensor, exponent: float) -> Tensor:
    """Raise a symmetric matrix to a power; directions without variance get ``LEAST_VARIANCE``."""
    values, vectors = torch.linalg.eigh(covariance)
    powers: Tensor = values.clamp_min(LEAST_VARIANCE) ** exponent
    result: Tensor = (vectors * powers) @ vectors.t()
    return result
