"""This module has what is counted when nothing else is given: a doodle of noise, and encoders without their weights."""

from __future__ import annotations

import torch

from semstyle.engine import Encoder, Parameters, Request, load_encoder
from semstyle.engine.layers import LAYERS
from semstyle.engine.named_encoders import VGG19

LABELS_SIDE = 4
"""Maps are squares of labels, so many on a side."""


def counted_request(size: int, iterations: int, phases: int) -> Request:
    """Return a doodle by default parameters: a style of noise, and two maps of eight colours, all of them square."""
    random = torch.Generator().manual_seed(0)
    style = torch.rand(3, size, size, generator=random)
    style_map, target_map = torch.randint(2, (2, 3, LABELS_SIDE, LABELS_SIDE), generator=random).float()
    parameters = Parameters(size=size, iterations=iterations, phases=phases)
    return Request(style, style_map, target_map, parameters=parameters)


def counted_encoder(name: str) -> Encoder:
    """Return an encoder by its name; VGG-19 has random weights, for which as much has to be done as for its own.

    Raises:
        InputError: as :func:`semstyle.engine.load_encoder`.
    """
    if name != VGG19.name:
        return load_encoder(name)
    torch.manual_seed(0)
    encoder = Encoder(VGG19.widths, LAYERS[-1], pooling_gain=VGG19.pooling_gain)
    return encoder.requires_grad_(False).eval()
