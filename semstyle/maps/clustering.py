"""Making labels without a model: the superpixels of all images are put into clusters, and each cluster is a label."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence

import numpy as np
import torch.nn.functional as F
from scipy import sparse
from scipy.cluster.vq import kmeans2
from scipy.ndimage import gaussian_filter
from scipy.special import softmax
from torch import Tensor

from semstyle.maps.descriptors import describe
from semstyle.maps.memberships import Memberships, map_size, scarcest
from semstyle.maps.superpixels import Floats, Superpixels, superpixels

STARTS = 8
STEPS = 40
TEMPERATURE = 0.25
"""How much farther away than the nearest label another may be and still be likely, as a squared distance."""
NEIGHBOURS_SAY = 4.0
NEIGHBOUR_STEPS = 10
WHOLE_BORDER = 20.0
"""The border in pixels from which on neighbours have their whole say; on a shorter one they have less."""
BLUR = 1.5
"""The deviation in pixels of the blur that hides the superpixels' edges."""


def cluster(styles: Sequence[Tensor], target: Tensor, labels: int) -> Memberships:
    """Find at most ``labels`` labels that mean the same in all images (3, H, W), and that the styles have enough of.

    The descriptors of all superpixels are clustered by k-means, then each superpixel is persuaded by neighbours of like
    colour. The same images give the same labels.
    """
    images = (*styles, target)
    pieces = [superpixels(shown(image)) for image in images]
    descriptors = describe(images, pieces)
    centers = best_centers(np.concatenate(descriptors), labels)
    distances = [squared_distances(one, centers) for one in descriptors]
    evidence = well_supplied([-one / TEMPERATURE for one in distances], pieces)
    likelihoods = [persuaded(piece, one) for piece, one in zip(pieces, evidence, strict=True)]
    maps = [softened(one[piece.segments]) for piece, one in zip(pieces, likelihoods, strict=True)]
    return Memberships(tuple(maps), tuple(str(number) for number in range(1, len(maps[0]) + 1)))


def shown(image: Tensor) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    """Return ``image`` (3, H, W) at the size of its map, as (h, w, 3)."""
    size = map_size(image)
    small = F.interpolate(image[None].cpu().float(), size, mode="bicubic", antialias=True)[0].clamp(0, 1)
    pixels: np.ndarray[tuple[int, int, int], np.dtype[np.float32]] = small.permute(1, 2, 0).contiguous().numpy()
    return pixels


def best_centers(points: Floats, count: int) -> Floats:
    """Return the centres (K, D) of the tightest of several runs of k-means, K at most ``count``."""
    count = min(count, len(np.unique(points.round(6), axis=0)))
    if count < 2:
        mean: Floats = points.mean(0, keepdims=True)
        return mean
    best: Floats = points[:count]
    least = math.inf
    for start in range(STARTS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of clusters that ended empty: they are dropped here
            centers, nearest = kmeans2(points, count, iter=STEPS, minit="++", rng=np.random.default_rng(start))
        spread = float(np.square(points - centers[nearest]).sum())
        if spread < least:
            best, least = centers[np.unique(nearest)], spread
    return best


def squared_distances(points: Floats, centers: Floats) -> Floats:
    """Return the squared distances (N, K) of ``points`` (N, D) from ``centers`` (K, D)."""
    products = points @ centers.T
    distances: Floats = np.square(points).sum(1)[:, None] - 2 * products + np.square(centers).sum(1)
    return distances


def well_supplied(evidence: Sequence[Floats], pieces: Sequence[Superpixels]) -> list[Floats]:
    """Leave out labels of which the styles have too little, from ``evidence`` (count, K) of each image, target last."""
    while True:
        areas = [label_areas(piece, one) for piece, one in zip(pieces, evidence, strict=True)]
        scarce = scarcest(np.sum(areas[:-1], 0), areas[-1])
        if scarce is None:
            return list(evidence)
        evidence = [np.delete(one, scarce, 1) for one in evidence]


def label_areas(piece: Superpixels, evidence: Floats) -> Floats:
    """Count the pixels of each label, (K,)."""
    areas = np.bincount(piece.segments.ravel(), minlength=piece.count).astype(np.float64)
    labelled: Floats = np.bincount(evidence.argmax(1), areas, minlength=evidence.shape[1]).astype(np.float64)
    return labelled


def persuaded(piece: Superpixels, evidence: Floats) -> Floats:
    """Return likelihoods (count, K) from each superpixel's evidence and its neighbours' likelihoods (a mean field)."""
    total = np.asarray(piece.borders.sum(1))
    neighbours = sparse.diags_array(1 / np.maximum(total, WHOLE_BORDER)) @ piece.borders
    likely: Floats = softmax(evidence, 1)
    for _ in range(NEIGHBOUR_STEPS):
        likely = softmax(evidence + NEIGHBOURS_SAY * (neighbours @ likely), 1)
    return likely


def softened(likely: Floats) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    """Return (K, h, w) of (h, w, K), blurred so that the superpixels' edges do not show."""
    channels = np.moveaxis(likely, 2, 0).astype(np.float32)
    return np.stack([gaussian_filter(channel, BLUR) for channel in channels])
