"""A whole render: ours against a plain port with unfolded patches, with the same optimiser and encoder."""

from __future__ import annotations

import cProfile
import dataclasses
import pstats
import time
from dataclasses import dataclass

import torch
from torch import Tensor

from semstyle.bench.unfolded import UnfoldedStyleLoss
from semstyle.engine import Encoder, Parameters, Request, StyleFeatures
from semstyle.engine.losses import StyleLoss
from semstyle.engine.objective import Objective, measure
from semstyle.engine.renderer import optimize
from semstyle.engine.scene import Scene, resized
from semstyle.engine.tracing import Tracer
from semstyle.manifest.inputs import Inputs

PARTS = {
    "matching": (("losses.py", "rematch"), ("unfolded.py", "rematch")),
    "encoder": (("encoder.py", "forward"), ("", "<method 'run_backward' of 'torch._C._EngineBase' objects>")),
    "optimiser": (("lbfgs.py", "propose"), ("lbfgs.py", "tell")),
}
"""Functions whose time, with all that they call, is a part's. The gradient's is nearly all the encoder's."""


@dataclass(frozen=True)
class RenderTiming:
    """One way to render.

    Attributes:
        seconds: Of optimisation.
        parts: Seconds by part: matching, encoder, optimiser, rest.
        final_loss: Of the finished image, by one fresh exact match.
    """

    name: str
    seconds: float
    parts: dict[str, float]
    final_loss: float


class PlainObjective(Objective):
    """Matches unfolded patches, and takes the loss of every one."""

    style_loss: type[StyleLoss] = UnfoldedStyleLoss


def render_timings(inputs: Inputs, parameters: Parameters, encoder: Encoder) -> list[RenderTiming]:
    """The plain port, then ours matching at every evaluation, then ours as scheduled."""
    every = dataclasses.replace(parameters, rematch="every")
    scheduled = dataclasses.replace(parameters, rematch="scheduled")
    return [
        render_timing("plain", inputs, every, encoder, PlainObjective),
        render_timing("every", inputs, every, encoder, Objective),
        render_timing("scheduled", inputs, scheduled, encoder, Objective),
    ]


def render_timing(
    name: str, inputs: Inputs, parameters: Parameters, encoder: Encoder, objective_type: type[Objective]
) -> RenderTiming:
    """Render as :func:`semstyle.engine.render` does, with another objective, and see where the time goes."""
    scene = Scene(Request(**inputs.as_dict(), parameters=parameters), torch.device("cpu"))
    features = StyleFeatures(0)
    image = scene.start()
    tracer = Tracer(scene.phases, parameters, None)
    profile = cProfile.Profile()
    started = time.perf_counter()
    for phase in scene.phases:
        objective = scene.objective(phase, encoder, features, objective_type)
        profile.enable()
        (image,) = optimize([objective], [resized(image, phase.output)], [phase], scene.phases[-1], [tracer])
        profile.disable()
    seconds = time.perf_counter() - started
    exact = scene.objective(scene.phases[-1], encoder, features)
    return RenderTiming(name, seconds, parts_of(profile), fresh_loss(exact, image))


def parts_of(profile: cProfile.Profile) -> dict[str, float]:
    """Seconds by part."""
    functions = {
        (file, name): cumulative
        for (file, _, name), (_, _, _, cumulative, _) in pstats.Stats(profile).stats.items()  # type: ignore[attr-defined]
    }
    parts = {
        part: sum(
            taken
            for (file, name), taken in functions.items()
            if any(name == wanted and file.endswith(suffix) for suffix, wanted in places)
        )
        for part, places in PARTS.items()
    }
    whole = sum(
        taken for (file, name), taken in functions.items() if file.endswith("renderer.py") and name == "optimize"
    )
    return {**parts, "rest": whole - sum(parts.values())}


def fresh_loss(objective: Objective, image: Tensor) -> float:
    return float(measure([objective], image[None], rematch=True)[0].loss)
