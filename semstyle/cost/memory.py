"""Estimating the most memory that a worker holds while it renders."""

from __future__ import annotations

from collections.abc import Sequence

from semstyle.cost.rates import CostRates, EncoderRates
from semstyle.cost.shapes import Shapes, canvas_of, pixels, views_of
from semstyle.engine.inputs.phases import Phase, Size, features_size
from semstyle.engine.layers import LAYERS, block_of
from semstyle.engine.parameters import Parameters

PIXEL_CHANNELS = 12
"""Of analogy: channels of a pixel and what is compared at it."""
FILE_CHANNEL_BYTES = 4 * 3
WORKER_BYTES = 250 * 2**20
"""What a worker of a CPU holds besides: Ray, features of styles that it has rendered before, memory not given back."""


def peak_memory(phases: Sequence[Phase], parameters: Parameters, shapes: Shapes, rates: CostRates) -> float:
    """Return bytes of memory of the process, or of a GPU that renders in it."""
    memory = rates.memory
    total = memory.base + (WORKER_BYTES + file_bytes(shapes) if rates.device == "cpu" else 0.0)
    finest = phases[-1]
    views = views_of(finest.styles, parameters)
    count = pixels(canvas_of(finest, True))
    if not parameters.traits.optimises:
        return (
            total
            + memory.element * PIXEL_CHANNELS * count
            + memory.style_element * PIXEL_CHANNELS * sum(map(pixels, views))
        )
    encoder = rates.encoder(parameters.encoder)
    content = parameters.content_layers if shapes.content is not None else ()
    deepest = max((*parameters.traced_layers, *content), key=LAYERS.index)
    return (
        total
        + memory.pixel * count
        + memory.element * kept_elements(canvas_of(finest, True), deepest, encoder)
        + memory.style_element
        * sum(elements(view, layer, encoder) for view in views for layer in parameters.traced_layers)
    )


def file_bytes(shapes: Shapes) -> float:
    """Return the bytes of a render's decoded files; maps have about as many as their images."""
    sizes = [*shapes.styles, *([shapes.content] if shapes.content else [])]
    return FILE_CHANNEL_BYTES * sum(map(pixels, sizes)) * (2 if shapes.has_maps else 1)


def kept_elements(size: Size, deepest: str, encoder: EncoderRates) -> int:
    """Return how many elements of an image's features are kept for the way back, of all layers up to ``deepest``."""
    return sum(elements(size, layer, encoder) for layer in LAYERS[: LAYERS.index(deepest) + 1])


def elements(size: Size, layer: str, encoder: EncoderRates) -> int:
    return pixels(features_size(size, layer)) * encoder.widths[block_of(layer) - 1]
