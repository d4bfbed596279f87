"""Counting the work around a render: loading, making maps, judging, storing."""

from __future__ import annotations

from collections.abc import Sequence

from semstyle.cost.quantity import Quantity, Work
from semstyle.cost.shapes import Shapes, pixels
from semstyle.engine.inputs.phases import Phase, Size, features_size

JUDGED_PIXELS = 384 * 384
JUDGED_LAYERS = ("3_1", "4_1")
"""At what size and by which layers images are judged; see semstyle/evaluate/sight.py."""


def loading_work(shapes: Shapes) -> Work:
    """Count loading a render's files; a worker that has just had them takes less."""
    content = 0 if shapes.content is None else pixels(shapes.content)
    images = sum(map(pixels, shapes.styles)) + content
    maps = images if shapes.has_maps and not shapes.made_maps else 0
    work = Work({Quantity.LOAD: 1, Quantity.DECODED_PIXEL: images + maps})
    if shapes.made_maps:
        work.update({Quantity.MADE_MAP: len(shapes.styles) + 1, Quantity.MADE_MAP_PIXEL: images})
    return work


def judging_work(phases: Sequence[Phase], shapes: Shapes) -> Work:
    """Count the metrics of a finished image."""
    finest = phases[-1]
    scale = min(1.0, (JUDGED_PIXELS / pixels(finest.output)) ** 0.5)
    output, *styles = (judged(size, scale) for size in (finest.output, *finest.styles))
    pairs = sum(
        pixels(features_size(output, layer)) * pixels(features_size(style, layer))
        for layer in JUDGED_LAYERS
        for style in styles
    )
    seen = pixels(output) * (2 if shapes.content else 1) + sum(map(pixels, styles))
    inspected = pixels(finest.output) + sum(map(pixels, finest.styles))
    return Work(
        {
            Quantity.JUDGE: 1,
            Quantity.JUDGED_PIXEL: seen,
            Quantity.JUDGED_PAIR: pairs,
            Quantity.INSPECTED_PIXEL: inspected,
        }
    )


def judged(size: Size, scale: float) -> Size:
    return round(size[0] * scale), round(size[1] * scale)


def storing_work(phases: Sequence[Phase]) -> Work:
    """Count the image's file and its record."""
    return Work({Quantity.STORE: 1, Quantity.STORED_PIXEL: pixels(phases[-1].output)})
