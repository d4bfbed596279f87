"""How much each pixel belongs to each label: what every way of making maps ends in, and every form starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

LONG_SIDE = 384
"""Of a map that is made; a layer that maps are matched at is hardly ever larger."""
STYLE_SHARE = 0.015
"""Least part of the styles that a label covers: some 45 patches of layer 4_1 in a style of 512 pixels."""
MOST_REPEATS = 12.0
"""Of a label, the target's part over the styles': how often each of its patches is used on average."""


@dataclass(frozen=True)
class Memberships:
    """Of several images, in the same labels.

    Attributes:
        maps: (K, h, w) float32 for each image, the target's last; the labels of a pixel sum to 1.
        names: Of the labels.
    """

    maps: tuple[NDArray[np.float32], ...]
    names: tuple[str, ...]


def map_size(image: Tensor) -> tuple[int, int]:
    """Height and width of the map of an image (3, H, W): its own, or less."""
    height, width = image.shape[1:]
    scale = min(1.0, LONG_SIDE / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def scarcest(styles: NDArray[np.float64], target: NDArray[np.float64]) -> int | None:
    """The label to do without: what the target repeats most, or the styles hardly have; None when all are well.

    What the target has of it then takes the label that it is next most like.

    Args:
        styles: (K,) pixels of each label in all styles.
        target: (K,) in the target.
    """
    if len(styles) == 1:
        return None
    have, need = styles / styles.sum(), target / target.sum()
    repeats = need / np.maximum(have, 1e-9)
    worst = int(repeats.argmax())
    if repeats[worst] > MOST_REPEATS:
        return worst
    least = int(have.argmin())
    return least if have[least] < STYLE_SHARE else None
