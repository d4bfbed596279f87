"""Cutting an image into superpixels, which are small pieces that no edge runs through, and finding their neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from skimage.color import rgb2lab
from skimage.segmentation import slic

Floats = NDArray[np.float64]

PIXELS_EACH = 120
COMPACTNESS = 10.0
"""How much nearness counts against colour; with less, superpixels follow edges, also those within a texture."""
SMOOTHING = 2.0
"""The deviation in pixels of the blur before edges are looked for, so that a texture's grain makes none."""
COLOR_SCALE = 7.0
"""The difference in CIELAB from which on neighbours have little influence on each other."""
HOLD = 3.0
"""What a superpixel's own value weighs against its neighbours', in pixels of common border."""


@dataclass(frozen=True)
class Superpixels:
    """An image in pieces.

    Attributes:
        segments: (H, W), each pixel's superpixel, 0 … count-1.
        colors: (count, 3), each superpixel's mean colour in CIELAB.
        borders: (count, count) sparse; the length of a common border in pixels, less where the colours differ.
    """

    segments: NDArray[np.int64]
    colors: Floats
    borders: Any

    @property
    def count(self) -> int:
        return len(self.colors)

    def mean(self, channels: NDArray[Any]) -> Floats:
        """Return the mean of (C, H, W) over each superpixel, (count, C)."""
        return means(self.segments, channels)

    def spread(self, values: Floats, strength: float, steps: int) -> Floats:
        """Mix ``values`` (count, C) with those of neighbours of like colour.

        A network's features are blurred over edges, so that each region has a rim with other features. By its colour
        the rim belongs to the region, and so takes the region's features on.
        """
        total = np.asarray(self.borders.sum(1))
        mixing = sparse.diags_array(1 / np.maximum(total, 1e-9)) @ self.borders
        share = (strength * total / (total + HOLD))[:, None]
        for _ in range(steps):
            values = (1 - share) * values + share * (mixing @ values)
        return values


def superpixels(pixels: NDArray[Any]) -> Superpixels:
    """Cut an image (H, W, 3) in 0..1 into superpixels."""
    height, width = pixels.shape[:2]
    count = max(2, height * width // PIXELS_EACH)
    segments = slic(pixels, n_segments=count, compactness=COMPACTNESS, sigma=SMOOTHING, start_label=0)
    colors = means(segments, np.moveaxis(rgb2lab(pixels), 2, 0))
    return Superpixels(segments, colors, borders(segments, colors))


def means(segments: NDArray[np.int64], channels: NDArray[Any]) -> Floats:
    flat, count = segments.ravel(), int(segments.max()) + 1
    sums = [np.bincount(flat, channel.ravel(), minlength=count) for channel in channels]
    return np.stack(sums, 1) / np.bincount(flat, minlength=count)[:, None]


def borders(segments: NDArray[np.int64], colors: Floats) -> Any:
    beside = [(segments[:, :-1], segments[:, 1:]), (segments[:-1], segments[1:])]
    pairs = np.concatenate([np.stack([a[a != b], b[a != b]], 1) for a, b in beside])
    pairs = np.concatenate([pairs, pairs[:, ::-1]])
    difference = np.square(colors[pairs[:, 0]] - colors[pairs[:, 1]]).sum(1)
    weights = np.exp(-difference / (2 * COLOR_SCALE**2))
    shape = (len(colors), len(colors))
    return sparse.coo_array((weights, (pairs[:, 0], pairs[:, 1])), shape=shape).tocsr()
