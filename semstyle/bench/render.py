"""This module compares a whole render with a plain port by unfolded patches, with the same optimiser and encoder."""

from __future__ import annotations

import cProfile
import dataclasses
import pstats
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from semstyle.bench.floor import Operations, Rates
from semstyle.bench.table import BenchmarkTable
from semstyle.bench.unfolded import UnfoldedStyleLoss
from semstyle.engine import Encoder, Request, StyleFeatures
from semstyle.engine.inputs.canvas import Canvas
from semstyle.engine.inputs.resizing import image_size
from semstyle.engine.inputs.scene import Scene
from semstyle.engine.optimised.losses import StyleLoss
from semstyle.engine.optimised.method import optimize
from semstyle.engine.optimised.objective import Objective, measure, objective_of
from semstyle.engine.tracing import Tracer

PARTS = {
    "matching": (("losses.py", "rematch"), ("unfolded.py", "rematch")),
    "encoder": (("encoder.py", "forward"), ("", "<method 'run_backward' of 'torch._C._EngineBase' objects>")),
    "optimiser": (("lbfgs.py", "propose"), ("lbfgs.py", "tell")),
}
"""The functions whose time, with all that they call, makes up each part. Most of the gradient's is the encoder's."""


@dataclass(frozen=True)
class RenderTiming:
    """The timing of one way to render.

    Attributes:
        seconds: Time of the optimisation.
        parts: Seconds by part: matching, encoder, optimiser, rest.
        final_loss: Loss of the finished image, by one fresh exact match.
    """

    name: str
    seconds: float
    parts: dict[str, float]
    final_loss: float


class PlainObjective(Objective):
    """An objective that matches unfolded patches, and takes the loss of every one."""

    style_loss: type[StyleLoss] = UnfoldedStyleLoss


def render_timings(request: Request, encoder: Encoder, device: torch.device) -> list[RenderTiming]:
    """Time the plain port, then ours matching at every evaluation, then ours as scheduled, then ours by default."""
    return [
        render_timing("plain", rematching(request, "every"), encoder, device, PlainObjective),
        render_timing("every", rematching(request, "every"), encoder, device),
        render_timing("scheduled", rematching(request, "scheduled"), encoder, device),
        render_timing("default", request, encoder, device),
    ]


def rematching(request: Request, schedule: str) -> Request:
    """Return the request for the paper's own algorithm, whose losses can be compared."""
    parameters = dataclasses.replace(request.parameters, rematch=schedule, detail_layers=(), coherence=0.0, variety=0.0)
    return dataclasses.replace(request, parameters=parameters)


def warm_up(request: Request, encoder: Encoder, device: torch.device) -> None:
    """Run everything once, so that what is loaded or compiled at first use is not timed."""
    parameters = dataclasses.replace(request.parameters, size=128, iterations=2, phases=1)
    render_timing("warm-up", dataclasses.replace(request, parameters=parameters), encoder, device)


def render_timing(
    name: str, request: Request, encoder: Encoder, device: torch.device, kind: type[Objective] = Objective
) -> RenderTiming:
    """Render as :func:`semstyle.engine.render` does, with an objective of ``kind``, and time the parts.

    On a GPU the parts are times of the host, which asks for work and does not wait for it.
    """
    encoder = encoder.to(device)
    scene = Scene(request, device)
    features = StyleFeatures(0)
    image = scene.start()
    tracer = Tracer(scene.phases, scene.parameters, None)
    profile = cProfile.Profile()
    started = time.perf_counter()
    for number, phase in enumerate(scene.phases):
        objective = objective_of(scene, phase, encoder, features, kind)
        profile.enable()
        (image,) = optimize([objective], [image], number, [scene], [tracer])
        profile.disable()
    seconds = time.perf_counter() - started
    exact = objective_of(scene, scene.phases[-1], encoder, features)
    return RenderTiming(name, seconds, parts_of(profile), fresh_loss(exact, image))


def render_table(timings: Sequence[RenderTiming], work: Operations, rates: Rates, command: str) -> BenchmarkTable:
    """Make a table with one line for each way, compared with the first, and one for the least time of the last."""
    rows = [
        (
            timing.name,
            f"{timing.seconds:.2f}",
            f"{timings[0].seconds / timing.seconds:.1f}×",
            *(f"{seconds:.2f}" for seconds in timing.parts.values()),
            f"{timing.final_loss:.5f}",
        )
        for timing in timings
    ]
    floor = work.seconds(rates)
    parts = (work.matching / rates.matmul, work.encoder / rates.matmul, work.optimiser / rates.copy)
    rows.append(
        ("floor", f"{floor:.2f}", f"{timings[0].seconds / floor:.1f}×", *(f"{part:.2f}" for part in parts), "", "")
    )
    note = f"{RENDER_NOTE} floor: of scheduled, its arithmetic on this machine ({rates})."
    return BenchmarkTable("A render", command, ("", "seconds", "faster", *timings[0].parts, "loss"), rows, note)


RENDER_NOTE = (
    "plain: a straightforward port with unfolded patches, all of their losses at every evaluation, the same optimiser "
    "and encoder. every: ours, matching at every evaluation. scheduled: ours as matches are scheduled by default. "
    "default: with coherence, prices and detail layers, too, which are in its loss. Seconds are of optimisation; loss: "
    "of the finished image, by one fresh exact match."
)


def schedule_table(requests: Sequence[Request], encoder: Encoder, device: torch.device, command: str) -> BenchmarkTable:
    """Tabulate the scheduled render's final loss over that of matching at every evaluation, with the mean."""
    rows, excesses = [], []
    for number, request in enumerate(requests, 1):
        every, scheduled = (
            render_timing(schedule, rematching(request, schedule), encoder, device)
            for schedule in ("every", "scheduled")
        )
        excesses.append(scheduled.final_loss / every.final_loss - 1)
        rows.append((str(number), f"{every.seconds:.2f}", f"{scheduled.seconds:.2f}", f"{excesses[-1]:+.2%}"))
    rows.append(("mean", "", "", f"{sum(excesses) / len(excesses):+.2%}"))
    note = "Target: final losses within 1 %, mean over 8 rows."
    return BenchmarkTable("The schedule", command, ("row", "every s", "scheduled s", "loss"), rows, note)


def parts_of(profile: cProfile.Profile) -> dict[str, float]:
    """Return the seconds that each part took."""
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
    whole = sum(taken for (file, name), taken in functions.items() if name == "optimize" and "optimised/" in file)
    return {**parts, "rest": whole - sum(parts.values())}


def fresh_loss(objective: Objective, image: Tensor) -> float:
    canvas = Canvas(image_size(image))
    return float(measure([objective], canvas.around(image)[None], rematch=True)[0].loss)
