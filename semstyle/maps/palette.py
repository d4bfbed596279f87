"""Choosing colours for labels: far from each other, and each as near as that allows to what it stands for."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from skimage.color import rgb2lab

LEVELS = (0, 128, 255)


def well_separated(count: int) -> NDArray[np.uint8]:
    """Return ``count`` colours (at most 27), each the farthest in RGB from those before it: (count, 3).

    Eight are the corners of the cube, 255 apart or more; beyond, at least 127.
    """
    cube = np.array(list(itertools.product(LEVELS, repeat=3)))
    chosen = [0]
    while len(chosen) < count:
        gaps = np.square(cube[:, None] - cube[chosen][None]).sum(2).min(1)
        chosen.append(int(gaps.argmax()))
    return cube[chosen].astype(np.uint8)


def colors_like(means: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Deal out well separated colours, (K, 3), so that together they are nearest to ``means`` (K, 3) in 0..1."""
    palette = well_separated(len(means))
    wanted, offered = rgb2lab(means[None])[0], rgb2lab(palette[None] / 255)[0]
    distances = np.square(wanted[:, None] - offered[None]).sum(2)
    _, places = linear_sum_assignment(distances)
    dealt: NDArray[np.uint8] = palette[places]
    return dealt
