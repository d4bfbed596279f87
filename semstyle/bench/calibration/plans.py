"""This module has the renders that are timed: few and small, yet with everything that the model tells apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from semstyle.bench.calibration.pictures import picture, semantic_map
from semstyle.cost.rates import DeviceKind
from semstyle.engine import Parameters, Request
from semstyle.engine.named_encoders import VGG19

FILE_SIZE = (300, 450)
ITERATIONS = 14
"""Enough for matches to be kept now and then, and for L-BFGS to have its history."""


@dataclass(frozen=True)
class TimedPlan:
    """A render to time.

    Attributes:
        styles: How many styles it has.
    """

    size: int
    has_maps: bool = False
    has_content: bool = False
    styles: int = 1
    parameters: dict[str, Any] = field(default_factory=dict)

    def request(self, scale: int = 1) -> Request:
        """Return what to render, so many times as large; the loss is not looked at to end sooner."""
        styles = tuple(picture(FILE_SIZE, number) for number in range(self.styles))
        maps = tuple(semantic_map(FILE_SIZE) for _ in styles) if self.has_maps else None
        given = {"size": self.size * scale, "iterations": ITERATIONS, "tolerance": 0.0, **self.parameters}
        target_map = semantic_map(FILE_SIZE) if self.has_maps else None
        content = picture(FILE_SIZE, len(styles)) if self.has_content else None
        return Request(styles, maps, target_map, content, Parameters(**given))


SINGLE = TimedPlan(64, parameters={"iterations": 1, "phases": 1})
"""What is rendered first, so that code is compiled and weights are loaded."""
OPTIMISED = (
    TimedPlan(384, has_maps=True, has_content=True),
    TimedPlan(512, has_maps=True),
    TimedPlan(256, parameters={"detail_layers": "none", "coherence": 0, "variety": 0}),
    TimedPlan(128, has_maps=True, has_content=True),
    TimedPlan(192, has_content=True, parameters={"method": "patch", "style_layers": "2_1,3_1"}),
    TimedPlan(192, has_maps=True, styles=2, parameters={"rotations": (0, 20)}),
    TimedPlan(256, has_maps=True, has_content=True, parameters={"method": "gram"}),
    TimedPlan(384, parameters={"method": "gram"}),
    TimedPlan(192, has_maps=True, has_content=True, parameters={"encoder": VGG19.name}),
    TimedPlan(128, parameters={"method": "gram", "encoder": VGG19.name}),
)
ANALOGIES = (
    TimedPlan(128, parameters={"method": "analogy"}),
    TimedPlan(256, has_maps=True, has_content=True, parameters={"method": "analogy"}),
    TimedPlan(256, has_maps=True, parameters={"method": "analogy", "coherence": 0}),
    TimedPlan(512, has_maps=True, has_content=True, parameters={"method": "analogy"}),
)
COLORS = (
    TimedPlan(128, has_maps=True, has_content=True, parameters={"method": "color"}),
    TimedPlan(512, has_maps=True, has_content=True, parameters={"method": "color"}),
    TimedPlan(512, has_content=True, parameters={"method": "color"}),
)
SCALES: dict[DeviceKind, int] = {"cpu": 1, "cuda": 3}
"""A GPU is only busy with larger images."""


def all_plans() -> Sequence[TimedPlan]:
    return (*OPTIMISED, *ANALOGIES, *COLORS)
