"""Images of textures whose right segmentation is known."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

HEIGHT, WIDTH = 128, 192


def stripes() -> NDArray[np.float64]:
    rows = 0.5 + 0.35 * np.sin(np.arange(HEIGHT) * 2 * np.pi / 6)[:, None, None]
    return np.broadcast_to(rows * [0.9, 0.6, 0.3], (HEIGHT, WIDTH, 3))


def speckle() -> NDArray[np.float64]:
    return np.random.default_rng(1).uniform(0, 1, (HEIGHT, WIDTH, 1)) * [0.3, 0.9, 0.4]


def plain() -> NDArray[np.float64]:
    ramp = np.linspace(0.75, 0.85, WIDTH)[None, :, None]
    return np.broadcast_to(ramp * [0.7, 0.85, 1.0], (HEIGHT, WIDTH, 3))


TEXTURES = (stripes(), speckle(), plain())


def picture(truth: NDArray[np.int64]) -> Tensor:
    """(3, H, W) in 0..1 of the textures that ``truth`` (H, W) numbers."""
    pixels = np.choose(truth[:, :, None], TEXTURES)
    return torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1).contiguous()


def columns(*order: int, at: tuple[float, ...] = ()) -> NDArray[np.int64]:
    """Textures side by side from the left, the edges between them ``at`` parts of the width."""
    edges = at or tuple((number + 1) / len(order) for number in range(len(order) - 1))
    places = np.searchsorted(np.array(edges) * WIDTH, np.arange(WIDTH), side="right")
    return np.broadcast_to(np.array(order)[places], (HEIGHT, WIDTH)).copy()


def disc(inside: int, outside: int) -> NDArray[np.int64]:
    rows, across = np.mgrid[:HEIGHT, :WIDTH]
    return np.where(np.hypot(rows - HEIGHT / 2, across - WIDTH / 2) < 42, inside, outside)
