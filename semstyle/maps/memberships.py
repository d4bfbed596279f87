"""How much each pixel belongs to each label: every way of making maps ends with this, and every form begins with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

LONG_SIDE = 384
"""The long side in pixels of a map that is made; a layer at which maps are matched is hardly ever larger."""
STYLE_SHARE = 0.015
"""The least part of the styles that a label covers: some 45 patches of layer 4_1 in a style of 512 pixels."""
MOST_REPEATS = 12.0
"""How large a label's part of the target may be, over its part of the styles: as often each of its patches is used."""


@dataclass(frozen=True)
class Memberships:
    """How much each pixel of several images belongs to each of K labels.

    Attributes:
        maps: (K, h, w) float32 for each image, the target's last; the labels of a pixel sum to 1.
        names: The names of the labels.
    """

    maps: tuple[NDArray[np.float32], ...]
    names: tuple[str, ...]


def map_size(image: Tensor) -> tuple[int, int]:
    """Return the height and width of the map of an image (3, H, W): the image's own, or smaller ones."""
    height, width = image.shape[1:]
    scale = min(1.0, LONG_SIDE / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def scarcest(styles: NDArray[np.float64], target: NDArray[np.float64]) -> int | None:
    """Choose the label to leave out: the one that the target would repeat too often, or that the styles hardly have.

    Returns None when no label has to go. Pixels of the label then take the one that they are next most like.

    Args:
        styles: (K,) pixels of each label in all styles.
        target: (K,) pixels of each label in the target.
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
