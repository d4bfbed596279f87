"""This module compares a whole render with a plain port by unfolded patches, with the same optimiser and encoder."""

from __future__ import annotations

import cProfile
import dataclasses
import pstats
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from semstyle.bench.equal_loss import EqualLoss, equal_losses
from semstyle.bench.floor import Operations, Rates
from semstyle.bench.machine import products_as_in_renders, wait_for
from semstyle.bench.table import BenchmarkTable
from semstyle.bench.unfolded import UnfoldedStyleLoss
from semstyle.engine import Encoder, Request, StyleFeatures
from semstyle.engine.inputs.canvas import Canvas
from semstyle.engine.inputs.resizing import image_size
from semstyle.engine.inputs.scene import Scene
from semstyle.engine.optimised.losses import StyleLoss
from semstyle.engine.optimised.method import optimize
from semstyle.engine.optimised.objective import Objective, measure, objective_of
from semstyle.engine.rendering import Evaluation
from semstyle.engine.tracing import Tracer

SCHEDULED, PRECONDITIONED = "scheduled", "preconditioned"

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
        trace: One row per evaluation.
    """

    name: str
    seconds: float
    parts: dict[str, float]
    final_loss: float
    trace: list[Evaluation]


class PlainObjective(Objective):
    """An objective that matches unfolded patches, and takes the loss of every one."""

    style_loss: type[StyleLoss] = UnfoldedStyleLoss


def render_timings(
    request: Request, encoder: Encoder, device: torch.device, has_plain: bool = True
) -> list[RenderTiming]:
    """Time each way to render of :data:`RENDER_NOTE`, in its order; ``has_plain`` says whether the plain port, too."""
    every, scheduled = rematching(request, "every"), rematching(request, "scheduled")
    plain = [render_timing("plain", every, encoder, device, PlainObjective)] if has_plain else []
    return [
        *plain,
        render_timing("every", every, encoder, device),
        render_timing(SCHEDULED, scheduled, encoder, device),
        render_timing(PRECONDITIONED, changed(scheduled, precondition="frequency"), encoder, device),
        render_timing("default", request, encoder, device),
    ]


def rematching(request: Request, schedule: str) -> Request:
    """Return the request for the paper's own algorithm by plain L-BFGS, whose losses can be compared."""
    paper = {"detail_layers": (), "coherence": 0.0, "variety": 0.0, "precondition": "none", "tolerance": 0.0}
    return changed(request, rematch=schedule, **paper)


def changed(request: Request, **parameters: Any) -> Request:
    return dataclasses.replace(request, parameters=dataclasses.replace(request.parameters, **parameters))


def warm_up(request: Request, encoder: Encoder, device: torch.device) -> None:
    """Run everything once, so that what is loaded or compiled at first use is not timed."""
    render_timing("warm-up", changed(request, size=128, iterations=2, phases=1), encoder, device)


def render_timing(
    name: str, request: Request, encoder: Encoder, device: torch.device, kind: type[Objective] = Objective
) -> RenderTiming:
    """Render as :func:`semstyle.engine.render` does, with an objective of ``kind``, and time the parts.

    On a GPU the parts are times of the host, which asks for work and does not wait for it.
    """
    with products_as_in_renders() if device.type == "cuda" else nullcontext():
        return timing_of(name, request, encoder, device, kind)


def timing_of(
    name: str, request: Request, encoder: Encoder, device: torch.device, kind: type[Objective]
) -> RenderTiming:
    encoder = encoder.to(device)
    scene = Scene(request, device)
    features = StyleFeatures(0)
    image = scene.start()
    tracer = Tracer(scene.phases, scene.parameters, None, device)
    profile = cProfile.Profile()
    started = time.perf_counter()
    for number, phase in enumerate(scene.phases):
        objective = objective_of(scene, phase, encoder, features, kind)
        profile.enable()
        (image,) = optimize([objective], [image], number, [scene], [tracer])
        profile.disable()
    wait_for(device)
    seconds = time.perf_counter() - started
    exact = objective_of(scene, scene.phases[-1], encoder, features)
    return RenderTiming(name, seconds, parts_of(profile), fresh_loss(exact, image), tracer.trace)


def render_table(timings: Sequence[RenderTiming], work: Operations, rates: Rates, command: str) -> BenchmarkTable:
    """Make a table with a line for each way, compared with the first, one for equal loss, and one for the floor."""
    by_name = {timing.name: timing for timing in timings}
    first, floor = timings[0].seconds, work.seconds(rates)
    equal = equal_losses(by_name[SCHEDULED].trace, by_name[PRECONDITIONED].trace)
    parts = (work.matching / rates.matmul, work.encoder / rates.matmul, work.optimiser / rates.copy)
    rows = [
        *(timing_row(timing, first) for timing in timings),
        ("floor", f"{floor:.2f}", f"{first / floor:.1f}×", "", *(f"{part:.2f}" for part in parts), "", ""),
    ]
    rows.insert(list(by_name).index(PRECONDITIONED) + 1, equal_loss_row(equal, first))
    note = (
        f"{RENDER_NOTE if 'plain' in by_name else RENDER_NOTE.removeprefix(PLAIN_NOTE)} equal loss: preconditioned "
        "until, in the finest phase, it has the loss at which scheduled ends; it has those losses in "
        f"{', '.join(one.in_words for one in equal)} evaluations. "
        f"floor: of scheduled, its arithmetic on this machine ({rates})."
    )
    columns = ("", "seconds", "faster", "evaluations", *timings[0].parts, "loss")
    return BenchmarkTable("A render", command, columns, rows, note, figures=render_figures(timings, equal, floor))


def timing_row(timing: RenderTiming, first: float) -> tuple[str, ...]:
    """Return a way's line; ``first`` is the seconds of the first way."""
    return (
        timing.name,
        f"{timing.seconds:.2f}",
        f"{first / timing.seconds:.1f}×",
        str(len(timing.trace)),
        *(f"{seconds:.2f}" for seconds in timing.parts.values()),
        f"{timing.final_loss:.5f}",
    )


def equal_loss_row(equal: Sequence[EqualLoss], first: float) -> tuple[str, ...]:
    finest = equal[-1]
    if finest.reached is None or finest.reached_seconds is None:
        return ("equal loss", "never", *[""] * 7)
    evaluations = sum(one.evaluations for one in equal[:-1]) + finest.reached
    ratio = f"{first / finest.reached_seconds:.1f}×"
    return ("equal loss", f"{finest.reached_seconds:.2f}", ratio, str(evaluations), *[""] * 5)


def render_figures(timings: Sequence[RenderTiming], equal: Sequence[EqualLoss], floor: float) -> dict[str, float]:
    """Return the numbers that are compared from release to release."""
    figures = {f"{timing.name}, seconds": timing.seconds for timing in timings}
    figures |= {f"{timing.name}, times the floor": timing.seconds / floor for timing in timings}
    if timings[0].name == "plain":
        figures |= {f"{timing.name}, times faster": timings[0].seconds / timing.seconds for timing in timings[1:]}
    finest = equal[-1]
    if finest.reached is not None and finest.reached_seconds is not None:
        figures["equal loss, share of evaluations"] = finest.reached / finest.evaluations
        figures["equal loss, seconds"] = finest.reached_seconds
    return figures


PLAIN_NOTE = (
    "plain: a straightforward port with unfolded patches, all of their losses at every evaluation, the same optimiser "
    "and encoder. "
)
RENDER_NOTE = (
    f"{PLAIN_NOTE}every: ours, matching at every evaluation. scheduled: ours as matches are scheduled by default. "
    "preconditioned: that, with precondition=frequency. default: scheduled with coherence, prices and detail layers, "
    "too, which are in its loss, and a finest phase that may end before. Seconds are of optimisation; loss: of the "
    "finished image, by one fresh exact match."
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
    mean = sum(excesses) / len(excesses)
    rows.append(("mean", "", "", f"{mean:+.2%}"))
    note = "Target: final losses within 1 %, mean over 8 rows."
    columns = ("row", "every s", "scheduled s", "loss")
    return BenchmarkTable("The schedule", command, columns, rows, note, figures={"loss in excess": mean})


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
