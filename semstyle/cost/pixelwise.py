"""Counting the work of the methods that work on pixels: analogy and color."""

from __future__ import annotations

import math
from collections.abc import Sequence

from semstyle.cost.optimised import MAP_CHANNELS
from semstyle.cost.quantity import Quantity, Work
from semstyle.cost.shapes import Shapes, pixels, views_of
from semstyle.engine.inputs.phases import Phase
from semstyle.engine.parameters import Parameters

EXACT_PAIRS = 2**27
"""Up to so many pairs analogy compares all; see semstyle/engine/analogy/method.py."""
COLORS = 3
NEIGHBOURS = 8
"""A patch is looked for where its neighbours' matches go on, and at random places ever nearer to its own."""


def analogy_work(phases: Sequence[Phase], parameters: Parameters, shapes: Shapes) -> Work:
    """Count the work of all passes over all scales."""
    work = Work()
    for phase in phases:
        work.update(scale_work(phase, parameters))
        channels = analogy_channels(phase, parameters, shapes)
        for _ in range(parameters.passes):
            work.update(pass_work(phase, channels, parameters))
    return work


def scale_work(phase: Phase, parameters: Parameters) -> Work:
    """Count what is done once at a scale."""
    return Work({Quantity.SCALE_PIXEL: pixels(phase.output) + sum(map(pixels, views_of(phase.styles, parameters)))})


def pass_work(phase: Phase, channels: int, parameters: Parameters) -> Work:
    """Count a pass over a scale whose patches are compared by so many channels."""
    patches = pixels(phase.output)
    work = Work({Quantity.PASS: 1, Quantity.COHERENT_PRODUCT: patches * channels if parameters.coherence else 0})
    if parameters.rematch == "every" or phase.pairs <= EXACT_PAIRS:
        pairs = patches * sum(map(pixels, views_of(phase.styles, parameters)))
        work.update({Quantity.PASS_PAIR: pairs, Quantity.PASS_PRODUCT: pairs * channels})
    else:
        reach = max(max(size) for size in phase.styles)
        work[Quantity.SEARCHED_PRODUCT] = patches * channels * round(NEIGHBOURS + math.log2(reach))
    return work


def analogy_channels(phase: Phase, parameters: Parameters, shapes: Shapes) -> int:
    """Return by how many channels patches are compared: see :class:`semstyle.engine.analogy.scale.Scale`."""
    has_maps = shapes.has_maps and parameters.semantic_weight > 0
    coarser = COLORS if phase.number > 1 else 0
    return COLORS + coarser + (MAP_CHANNELS if has_maps else 0) + (1 if shapes.content else 0)


def color_work(phases: Sequence[Phase], parameters: Parameters, shapes: Shapes) -> Work:
    """Count the work of changing the content's colours."""
    phase = phases[-1]
    regions = shapes.regions if shapes.has_maps else 0
    count = pixels(phase.output) + sum(map(pixels, phase.styles))
    return Work({Quantity.RECOLOR: 1, Quantity.RECOLORED_PIXEL: count, Quantity.RECOLORED_REGION: count * regions})
