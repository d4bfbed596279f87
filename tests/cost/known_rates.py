"""Rates by which estimates can be worked out by hand."""

from __future__ import annotations

from semstyle.cost.quantity import Quantity
from semstyle.cost.rates import CostRates, EncoderRates, MemoryRates
from semstyle.engine.layers import LAYERS

WIDTHS = (2, 4, 8, 16, 16)


def rates_of(**seconds: float) -> CostRates:
    """Return the rates of a CPU on which nothing takes time but what is named, and encoders are twice as slow."""
    encoder = EncoderRates(widths=WIDTHS, pixel_seconds=dict.fromkeys(LAYERS, 2.0), evaluation_seconds=0.0)
    return CostRates(
        device="cpu",
        source="measured",
        machine="a machine for tests",
        start_seconds=0.0,
        run_seconds=0.0,
        parallel=0.5,
        seconds={quantity: seconds.get(quantity.value, 0.0) for quantity in Quantity},
        encoders=dict.fromkeys(("compact", "vgg19", "pixels"), encoder),
        memory=MemoryRates(base=1000.0, element=1.0, pixel=1.0, style_element=1.0),
    )
