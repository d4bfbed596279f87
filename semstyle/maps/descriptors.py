"""Describing what each superpixel looks like, in numbers that can be compared between images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from semstyle.engine import load_encoder
from semstyle.maps.superpixels import Floats, Superpixels

ENCODED_SIDE = 320
"""The long side in pixels of what the encoder sees. In a smaller image its layers see more of what things are and less
of how they are painted; in a larger one edges are sharper."""
LEAST_SIDE = 32
LAYER_WEIGHTS = {"2_1": 0.3, "3_1": 0.7, "4_1": 1.0, "5_1": 0.7}
COLOR_WEIGHT = 1.5
HEIGHT_WEIGHT = 0.7
"""The weight of a superpixel's height in the image: skies are above in photographs and paintings alike. Left and right
mean nothing."""
OWN_MEAN = 0.8
"""How much of its own mean each side is moved by, so that a dark painting and a bright photograph share labels: the sky
of one is the sky of the other, relative to the rest. All styles are one side, the target the other. Each side is also
scaled half-way to a common deviation."""
SPREAD_STRENGTH, SPREAD_STEPS = 0.8, 6
LEAST_DEVIATION = 0.05
"""The least deviation that a layer's features are taken to have, as a part of their size: noise is not amplified."""
LEAST_COLOR_DEVIATION = 2.0
"""The least deviation that colours are taken to have, in CIELAB, where a difference of 2 is hardly seen."""


def describe(images: Sequence[Tensor], pieces: Sequence[Superpixels]) -> list[Floats]:
    """Return (count, D) for each image: features of several layers, colour and height, each group with its weight.

    Args:
        images: (3, H, W) in 0..1, of any sizes; the target last.
        pieces: The superpixels of each image.
    """
    groups: list[list[Floats]] = []
    encoded = [encode(image) for image in images]
    for layer, weight in LAYER_WEIGHTS.items():
        features = [piece.mean(at_size(one[layer], piece)) for one, piece in zip(encoded, pieces, strict=True)]
        scale = np.sqrt(np.mean([np.square(one).sum(1).mean() for one in features]))
        groups.append(balanced(settled([one / max(scale, 1e-9) for one in features], pieces), weight, LEAST_DEVIATION))
    colors = settled([piece.colors for piece in pieces], pieces)
    groups.append(balanced(colors, COLOR_WEIGHT, LEAST_COLOR_DEVIATION))
    groups.append([HEIGHT_WEIGHT * heights(piece) for piece in pieces])
    return [np.concatenate(parts, 1) for parts in zip(*groups, strict=True)]


@torch.no_grad()
def encode(image: Tensor) -> dict[str, Tensor]:
    """Return the compact encoder's features as square roots: an activation ten times as large says little more."""
    height, width = image.shape[1:]
    scale = ENCODED_SIDE / max(height, width)
    size = [max(LEAST_SIDE, round(side * scale)) for side in (height, width)]
    shown = F.interpolate(image[None].cpu().float(), size, mode="bicubic", antialias=True).clamp(0, 1)
    features = load_encoder("compact")(shown, tuple(LAYER_WEIGHTS))
    return {layer: values[0].sqrt() for layer, values in features.items()}


def at_size(features: Tensor, piece: Superpixels) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    size = list(piece.segments.shape)
    enlarged: np.ndarray[tuple[int, int, int], np.dtype[np.float32]] = F.interpolate(
        features[None], size, mode="bilinear"
    )[0].numpy()
    return enlarged


def settled(values: Sequence[Floats], pieces: Sequence[Superpixels]) -> list[Floats]:
    return [piece.spread(one, SPREAD_STRENGTH, SPREAD_STEPS) for one, piece in zip(values, pieces, strict=True)]


def balanced(values: Sequence[Floats], weight: float, least: float) -> list[Floats]:
    """Centre and scale descriptors so that their mean square is about ``weight``²; what hardly varies counts less.

    All styles are one side and the target, which is last, is the other; see ``OWN_MEAN``.
    """
    sides = [np.concatenate(values[:-1]), values[-1]]
    mean = np.concatenate(values).mean(0)
    centers = [(1 - OWN_MEAN) * mean + OWN_MEAN * side.mean(0) for side in sides]
    deviations = [max(deviation(side - center), least) for side, center in zip(sides, centers, strict=True)]
    together = np.sqrt(np.average(np.square(deviations), weights=[len(side) for side in sides]))
    scales = [weight / np.sqrt(together * own) for own in deviations]
    *styles, target = values
    return [*((one - centers[0]) * scales[0] for one in styles), (target - centers[1]) * scales[1]]


def deviation(values: Floats) -> float:
    return float(np.sqrt(np.square(values).sum(1).mean()))


def heights(piece: Superpixels) -> Floats:
    """Return each superpixel's height, (count, 1): -1 at the top of the image, 1 at the bottom."""
    rows = np.linspace(-1, 1, piece.segments.shape[0])[:, None]
    return piece.mean(np.broadcast_to(rows, piece.segments.shape)[None])
