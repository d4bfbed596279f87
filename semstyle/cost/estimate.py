"""Estimating what a row takes: seconds and memory."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Any

from semstyle.cost.around import judging_work, loading_work, storing_work
from semstyle.cost.memory import peak_memory
from semstyle.cost.optimised import optimised_work
from semstyle.cost.pixelwise import analogy_work, color_work
from semstyle.cost.quantity import Work
from semstyle.cost.rates import CostRates
from semstyle.cost.shapes import Shapes
from semstyle.engine.inputs.phases import Phase, Size
from semstyle.engine.parameters import Parameters

WITHOUT_COST = ("seed", "style_weight", "semantic_weight", "content_weight", "smoothness", "map_encoding", "init")
"""Parameters that a render takes as long with, whatever they are."""
COSTLY = attrgetter(*(spec.name for spec in dataclasses.fields(Parameters) if spec.name not in WITHOUT_COST))
REMEMBERED = 2**14


@dataclass(frozen=True)
class Estimate:
    """What a render is expected to take.

    Attributes:
        load, render, judge, store: Seconds of each part, of one thread of a CPU or a whole GPU.
        memory: The most bytes that its process holds; on a GPU, of the GPU's memory.
        output: (height, width) of its image; None when its inputs are too small to be rendered.
    """

    load: float = 0.0
    render: float = 0.0
    judge: float = 0.0
    store: float = 0.0
    memory: float = 0.0
    output: Size | None = None

    @property
    def seconds(self) -> float:
        return self.load + self.render + self.judge + self.store


@dataclass(frozen=True, eq=False)
class EstimateKey:
    """What an estimate depends on, as a key to remember it by."""

    parameters: Parameters
    shapes: Shapes
    key: tuple[Any, ...]

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EstimateKey) and self.key == other.key


class Estimator:
    """Estimates renders by the rates of one kind of device; what it has estimated it remembers."""

    def __init__(self, rates: CostRates) -> None:
        self.rates = rates
        self._remembered = lru_cache(REMEMBERED)(self._estimate)

    def estimate(self, parameters: Parameters, shapes: Shapes) -> Estimate:
        """Estimate a render of one worker that is warm and has one thread, or a whole GPU."""
        has_content_loss = parameters.weight_of_content(shapes.content is not None) > 0
        has_map_loss = parameters.semantic_weight > 0
        key = (shapes, has_content_loss, has_map_loss, COSTLY(parameters))
        return self._remembered(EstimateKey(parameters, shapes, key))

    def _estimate(self, asked: EstimateKey) -> Estimate:
        parameters, shapes = asked.parameters, asked.shapes
        load = self.rates.of(loading_work(shapes))
        phases = shapes.phases(parameters)
        if not phases:
            return Estimate(load=load, memory=self.rates.memory.base)
        return Estimate(
            load=load,
            render=self.rates.of(self._render_work(phases, parameters, shapes)),
            judge=self.rates.of(judging_work(phases, shapes)),
            store=self.rates.of(storing_work(phases)),
            memory=peak_memory(phases, parameters, shapes, self.rates),
            output=phases[-1].output,
        )

    def _render_work(self, phases: list[Phase], parameters: Parameters, shapes: Shapes) -> Work:
        if parameters.traits.optimises:
            return optimised_work(phases, parameters, shapes, self.rates)
        count = analogy_work if parameters.traits.matches else color_work
        return count(phases, parameters, shapes)
