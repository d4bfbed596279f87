"""Making regions as a person would draw them: without specks, holes and frayed edges."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from skimage.filters.rank import majority
from skimage.measure import label as connected
from skimage.morphology import disk
from skimage.segmentation import expand_labels

SMALLEST = 0.002
"""A region that is a smaller part of the image than this is given to those around it."""
RADIUS = 2
"""The radius in pixels of the neighbourhood whose majority decides at an edge."""


def cleaned(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return ``labels`` (h, w) with ragged edges smoothed, and small regions given to their neighbours."""
    smooth = majority(labels, disk(RADIUS))
    regions = connected(smooth, background=-1, connectivity=1)
    small = np.bincount(regions.ravel()) < SMALLEST * labels.size
    kept = np.where(small[regions], 0, smooth.astype(np.int64) + 1)
    if not kept.any():
        return labels
    filled: NDArray[np.uint8] = (expand_labels(kept, distance=max(labels.shape)) - 1).astype(np.uint8)
    return filled
