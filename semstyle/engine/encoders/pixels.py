"""The encoder without a network, whose features are the pixels."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from semstyle.engine.encoders.encoder import Encoder, Pooling
from semstyle.engine.layers import LAYERS, block_of

OPPONENTS = ((1.0, 1.0, 1.0), (1.0, 0.0, -1.0), (1.0, -2.0, 1.0))
"""Luminance, red against blue, and green against both; each at a right angle to the others."""
GREY = 0.5


class Pixels(Encoder):
    """An encoder whose features are luminance and two channels of colour, averaged to the size of a layer's block.

    Distances are those in RGB. Mid-grey is 0, so that dark and bright patches do not point the same way.
    """

    def __init__(self) -> None:
        nn.Module.__init__(self)
        self.layers = LAYERS

    def forward(self, image: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Features of ``image`` (N, 3, H, W) in 0..1 at each of ``layers``: (N, 3, H/2^b, W/2^b)."""
        opponents = torch.einsum("oc,nchw->nohw", opponent_axes().to(image), image - GREY)
        return {layer: averaged(opponents, 2 ** (block_of(layer) - 1)) for layer in layers}

    @property
    def dtype(self) -> torch.dtype:
        return torch.float32


@functools.cache
def only_one() -> Pixels:
    return Pixels()


def load_pixels(pooling: Pooling) -> Encoder:
    """Return the one encoder of pixels; it averages, whatever the pooling."""
    return only_one()


def opponent_axes() -> Tensor:
    """Return the axes of luminance and colour, (3, 3), a rotation of RGB."""
    axes = torch.tensor(OPPONENTS)
    lengths: Tensor = axes.norm(dim=1, keepdim=True)
    return axes / lengths


def averaged(images: Tensor, side: int) -> Tensor:
    return images if side == 1 else F.avg_pool2d(images, side)
