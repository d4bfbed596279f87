"""This module measures what an encoder takes for each pixel, by the deepest layer that is asked for."""

from __future__ import annotations

from itertools import accumulate

import torch

from semstyle.bench.calibration.clock import least_seconds
from semstyle.bench.calibration.pictures import picture
from semstyle.cost.rates import EncoderRates
from semstyle.engine import Encoder
from semstyle.engine.layers import LAYERS, block_of

SIDES = {"cpu": (96, 288), "cuda": (128, 768)}
"""Sides of the squares that are encoded: the difference is what pixels cost, the rest what an evaluation does."""


def encoder_rates(encoder: Encoder, device: torch.device, largest: int | None = None) -> EncoderRates:
    """Measure ``encoder``, there and back.

    Args:
        largest: The side of the larger square, if it is another than usual.
    """
    small, large = SIDES[device.type]
    large = largest or large
    layers = [layer for layer in LAYERS if layer in encoder.convolutions]
    seconds = {side: [layer_seconds(encoder, layer, side, device) for layer in layers] for side in (small, large)}
    pairs = list(zip(seconds[small], seconds[large], strict=True))
    slopes = [(long - short) / (large**2 - small**2) for short, long in pairs]
    slopes = list(accumulate(slopes, max))  # a deeper layer costs no less
    fixed = [short - slope * small**2 for short, slope in zip(seconds[small], slopes, strict=True)]
    by_layer = dict(zip(layers, slopes, strict=True))
    return EncoderRates(
        widths=widths(encoder),
        pixel_seconds={layer: by_layer.get(layer, slopes[-1]) for layer in LAYERS},
        evaluation_seconds=max(0.0, sum(fixed) / len(fixed)),
    )


def pixel_encoder_rates() -> EncoderRates:
    """Return the rates of the encoder that is the identity, of which nothing can be measured."""
    blocks = block_of(LAYERS[-1])
    return EncoderRates(widths=(3,) * blocks, pixel_seconds=dict.fromkeys(LAYERS, 0.0), evaluation_seconds=0)


def layer_seconds(encoder: Encoder, layer: str, side: int, device: torch.device) -> float:
    image = picture((side, side), 0)[None].to(device)

    def there_and_back() -> None:
        point = image.clone().requires_grad_()
        encoder(point, [layer])[layer].square().mean().backward()

    return least_seconds(there_and_back, device, 2)


def widths(encoder: Encoder) -> tuple[int, ...]:
    """Return the channels of each block; a block that the encoder lacks has as many as the last."""
    found: dict[int, int] = {}
    for layer, convolution in encoder.convolutions.items():
        found.setdefault(block_of(layer), next(convolution.parameters()).shape[0])
    return tuple(found.get(block, found[max(found)]) for block in range(1, block_of(LAYERS[-1]) + 1))
