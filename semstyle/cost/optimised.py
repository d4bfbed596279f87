"""Counting the work of methods that optimise: semantic, patch and gram."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from semstyle.cost.quantity import Quantity, Work, times
from semstyle.cost.rates import CostRates, EncoderRates
from semstyle.cost.settling import expected_evaluations
from semstyle.cost.shapes import Shapes, canvas_of, pixels, views_of
from semstyle.engine.inputs.phases import Phase, Size, features_size, rematch_schedule
from semstyle.engine.layers import LAYERS, block_of
from semstyle.engine.parameters import Parameters

MAP_CHANNELS = 4
"""Channels of a map in colours, lifted onto a sphere."""


def optimised_work(phases: Sequence[Phase], parameters: Parameters, shapes: Shapes, rates: CostRates) -> Work:
    """Count the work of all phases, from the loaded inputs to the image."""
    encoder = rates.encoder(parameters.encoder)
    work = render_work(shapes)
    for phase in phases:
        counted = OptimisedPhase(phase, phase is phases[-1], parameters, shapes, encoder)
        work.update(counted.beginning())
        evaluations = expected_evaluations(phase, phases[-1], parameters)
        schedule = rematch_schedule(phase, phases[-1], parameters)
        work.update(times(counted.matching(), sum(islice(schedule, round(evaluations)))))
        work.update(times(counted.evaluation(), evaluations))
    return work


def render_work(shapes: Shapes) -> Work:
    """Count what is done once in a render, before its first phase."""
    mapped = pixels(shapes.target) + sum(map(pixels, shapes.styles)) if shapes.has_maps else 0
    return Work({Quantity.RENDER: 1, Quantity.MAPPED_PIXEL: mapped})


class OptimisedPhase:
    """The work of one phase.

    Args:
        is_finest: Whether it is the last, which has a margin.
    """

    def __init__(
        self, phase: Phase, is_finest: bool, parameters: Parameters, shapes: Shapes, encoder: EncoderRates
    ) -> None:
        self.parameters, self.encoder, self.regions = parameters, encoder, shapes.regions
        self.canvas = canvas_of(phase, is_finest)
        self.views = views_of(phase.styles, parameters)
        self.has_maps = shapes.has_maps and parameters.traits.uses_maps and parameters.semantic_weight > 0
        has_content = shapes.content is not None and parameters.weight_of_content(True) > 0
        self.content_layers = parameters.content_layers if has_content else ()

    @property
    def deepest(self) -> str:
        return max((*self.parameters.traced_layers, *self.content_layers), key=LAYERS.index)

    def evaluation(self) -> Work:
        """Count one evaluation that keeps the matches it has."""
        count = pixels(self.canvas)
        work = Work(
            {
                Quantity.EVALUATION: 1,
                Quantity.ENCODER: self.encoder.seconds(count, self.deepest),
                Quantity.OPTIMISED_PIXEL: count,
            }
        )
        if self.parameters.precondition == "frequency":
            work[Quantity.PRECONDITIONED_PIXEL] = count
        compared = sum(self.elements(layer) for layer in self.content_layers)
        if self.parameters.traits.matches:
            compared += sum(self.elements(layer) for layer in self.parameters.traced_layers)
        else:
            regions, layers = self.regions if self.has_maps else 1, self.parameters.style_layers
            work[Quantity.GRAM_ELEMENT] = sum(map(self.elements, layers))
            work[Quantity.GRAM_PRODUCT] = regions * sum(self.elements(layer) * self.width(layer) for layer in layers)
        work[Quantity.LOSS_ELEMENT] = compared
        return work

    def matching(self) -> Work:
        """Count what new matches add to an evaluation."""
        work = Work()
        if not self.parameters.traits.matches:
            return work
        for layer in self.parameters.style_layers:
            patches, candidates = self.area(self.canvas, layer), sum(self.area(view, layer) for view in self.views)
            pairs = patches * candidates
            channels = self.width(layer) + (MAP_CHANNELS if self.has_maps else 0)
            work[Quantity.MATCH] += 1
            work[Quantity.MATCHED_PAIR] += pairs
            work[Quantity.MATCHED_PRODUCT] += pairs * channels
            work[Quantity.MATCHED_PATCH] += patches + candidates
            work[Quantity.CONTINUED_PATCH] += patches * channels if self.parameters.coherence else 0
        work[Quantity.FOLLOWED_ELEMENT] = sum(self.elements(layer) for layer in self.parameters.detail_layers)
        return work

    def beginning(self) -> Work:
        """Count what is done once: the styles' and the content's features, the pools of patches."""
        traced = self.parameters.traced_layers
        deepest = max(traced, key=LAYERS.index)
        styles = sum(map(pixels, self.views))
        seconds = self.encoder.seconds(styles, deepest)
        if self.content_layers:
            seconds += self.encoder.seconds(pixels(self.canvas), max(self.content_layers, key=LAYERS.index))
        elements = sum(self.area(view, layer) * self.width(layer) for view in self.views for layer in traced)
        return Work({Quantity.PHASE: 1, Quantity.STYLE_ENCODER: seconds, Quantity.STYLE_ELEMENT: elements})

    def width(self, layer: str) -> int:
        return self.encoder.widths[block_of(layer) - 1]

    def area(self, size: Size, layer: str) -> int:
        return pixels(features_size(size, layer))

    def elements(self, layer: str) -> int:
        """How many elements the image's features have at ``layer``."""
        return self.area(self.canvas, layer) * self.width(layer)
