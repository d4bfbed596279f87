"""Real photographs and small encoders to distil from."""

from __future__ import annotations

import pytest
import torch
from skimage import data

from semstyle.distillation.photographs import Photograph
from semstyle.engine.encoders.encoder import Encoder

TINY = (4, 6, 8, 8, 8)


@pytest.fixture(scope="session")
def photographs() -> list[Photograph]:
    """Twenty different pieces of four photographs that scikit-image carries, 96 pixels square."""
    pieces = []
    for piece in range(5):
        for name in ("astronaut", "chelsea", "coffee", "rocket"):
            pixels = torch.from_numpy(getattr(data, name)()).permute(2, 0, 1)
            top, left = 40 * piece, 60 * piece
            pieces.append(Photograph(f"{name}-{piece}.png", pixels[:, top : top + 96, left : left + 96].contiguous()))
    return pieces


@pytest.fixture(scope="session")
def squares(photographs: list[Photograph]) -> torch.Tensor:
    """(20, 3, 32, 32) in 0..1."""
    return torch.stack([photograph.square(32) for photograph in photographs])


@pytest.fixture
def teacher() -> Encoder:
    """A small VGG with random weights, scaled so that its features neither die nor explode."""
    torch.manual_seed(7)
    encoder = Encoder(TINY, "5_1").requires_grad_(False)
    for convolution in encoder.convolutions.values():
        assert isinstance(convolution, torch.nn.Conv2d)
        torch.nn.init.kaiming_normal_(convolution.weight)
    return encoder
