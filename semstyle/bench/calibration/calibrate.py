"""This module measures the rates of this machine's CPU or GPU, from a few renders and from what is around them."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import torch

from semstyle import __version__
from semstyle.bench.calibration.around import map_samples, samples_around
from semstyle.bench.calibration.beginning import begun
from semstyle.bench.calibration.clock import least_seconds
from semstyle.bench.calibration.encoders import encoder_rates, pixel_encoder_rates
from semstyle.bench.calibration.pictures import picture
from semstyle.bench.calibration.plans import ANALOGIES, COLORS, OPTIMISED, SCALES, SINGLE, TimedPlan
from semstyle.bench.calibration.renders import TimedRender, samples_of, timed_render
from semstyle.bench.calibration.timed_work import TimedWork, deviations, fitted
from semstyle.bench.device.request import counted_encoder
from semstyle.cost.built_in_rates import built_in
from semstyle.cost.memory import peak_memory
from semstyle.cost.pixelwise import color_work
from semstyle.cost.quantity import Quantity
from semstyle.cost.rates import CostRates, DeviceKind, EncoderRates, MemoryRates
from semstyle.cost.shapes import Shapes
from semstyle.engine import Encoder, Parameters
from semstyle.engine.exactness import exact
from semstyle.engine.memory import keep_freed_memory
from semstyle.engine.named_encoders import COMPACT, PIXELS, VGG19
from semstyle.engine.optimised.preconditioner import FrequencyFilter

MEMORY_SIDES: dict[DeviceKind, int] = {"cpu": 768, "cuda": 2048}
LARGER_SIDES: dict[DeviceKind, int] = {"cpu": 192, "cuda": 512}
"""Sides of the larger square that VGG-19 is measured by."""

Tell = Callable[[str], None]
"""Called with what is measured next."""


@dataclass(frozen=True)
class Calibration:
    """CostRates, and how well they fit what they were fitted to.

    Attributes:
        parts: What was measured → fitted over measured seconds, for each sample of it.
    """

    rates: CostRates
    parts: dict[str, Sequence[float]]


def calibrate(kind: DeviceKind, tell: Tell = lambda part: None) -> Calibration:
    """Measure this machine: a minute on a quiet CPU.

    Each CPU rate is of one thread, in seconds of its own time: what others compute meanwhile does not count.

    Raises:
        SemstyleError: when the device cannot render.
    """
    device = torch.device(kind)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    keep_freed_memory()
    try:
        with exact(device):
            return measured(device, kind, tell)
    finally:
        torch.set_num_threads(threads)


def measured(device: torch.device, kind: DeviceKind, tell: Tell) -> Calibration:
    tell("encoders")
    networks = {name: counted_encoder(name).to(device) for name in (COMPACT.name, VGG19.name)}
    encoders = {
        COMPACT.name: encoder_rates(networks[COMPACT.name], device),
        VGG19.name: encoder_rates(networks[VGG19.name], device, LARGER_SIDES[kind]),
        PIXELS.name: pixel_encoder_rates(),
    }
    seconds: dict[Quantity, float] = {}
    parts: dict[str, Sequence[float]] = {}
    timed = {"optimising": OPTIMISED, "analogy": ANALOGIES, "color": COLORS}
    for name, plans in timed.items():
        tell(name)
        renders = timed_renders(plans, networks, device, SCALES[kind])
        samples = [one for timed in renders for one in samples_in(timed, encoders)]
        found = fitted(samples)
        seconds |= found
        parts[name] = deviations(samples, found)
    for name, around in {"loading, judging, storing": samples_around(device), "maps": map_samples()}.items():
        tell(name)
        samples = list(around)
        found = fitted(samples)
        seconds |= found
        parts[name] = deviations(samples, found)
    seconds[Quantity.PRECONDITIONED_PIXEL] = filter_seconds(device)
    tell("the start of a worker, and memory")
    return Calibration(rates_of(kind, device, encoders, seconds), parts)


def timed_renders(
    plans: Sequence[TimedPlan], networks: dict[str, Encoder], device: torch.device, scale: int
) -> Iterator[TimedRender]:
    """Yield the timed renders of plans, after one that is not timed."""
    for network in networks.values():
        timed_render(SINGLE.request(), network, device)
    for plan in plans:
        request = plan.request(scale)
        if not request.parameters.traits.optimises:
            timed_render(request, networks[COMPACT.name], device)  # compiles what only it needs
        yield timed_render(request, networks[request.parameters.encoder], device)


def samples_in(timed: TimedRender, encoders: dict[str, EncoderRates]) -> Iterator[TimedWork]:
    parameters = timed.parameters
    if parameters.traits.matches or parameters.traits.optimises:
        yield from samples_of(timed, encoders[parameters.encoder])
    else:
        seconds = timed.marks[-1].seconds - timed.marks[0].seconds
        yield TimedWork(color_work(timed.phases, parameters, timed.shapes), seconds)


def filter_seconds(device: torch.device) -> float:
    """Measure what preconditioning takes for a pixel."""
    image = picture((256, 384), 0).to(device)
    filtered = FrequencyFilter(image)
    return least_seconds(lambda: filtered(image), device, 5) / (256 * 384)


def rates_of(
    kind: DeviceKind, device: torch.device, encoders: dict[str, EncoderRates], seconds: dict[Quantity, float]
) -> CostRates:
    """Return all rates, once those of work are known."""
    first, larger = begun(kind), begun(kind, MEMORY_SIDES[kind], 2)
    before = built_in(kind)
    return CostRates(
        device=kind,
        source="measured",
        machine=machine_in_words(device),
        measured_at=datetime.now(UTC).replace(microsecond=0),
        semstyle_version=__version__,
        start_seconds=first.seconds,
        run_seconds=before.run_seconds,
        parallel=before.parallel,
        seconds={quantity: seconds.get(quantity, 0.0) for quantity in Quantity},
        encoders=encoders,
        memory=memory_rates(before, encoders, MEMORY_SIDES[kind], first.memory, larger.memory),
    )


def memory_rates(
    before: CostRates, encoders: dict[str, EncoderRates], side: int, small: float, large: float
) -> MemoryRates:
    """Return memory rates by which a process takes what two were measured to take.

    Args:
        before: Has the proportions of the rates.
        small, large: Bytes of a render of hardly any pixels, and of one of a square of ``side``.
    """
    size = (side, side)
    bare = before.memory.model_copy(update={"base": 1.0})
    parameters, shapes = Parameters(size=side, phases=1), Shapes((size,), None, size, has_maps=True)
    counted = peak_memory(
        shapes.phases(parameters), parameters, shapes, before.model_copy(update={"memory": bare, "encoders": encoders})
    )
    factor = max(0.1, (large - small) / counted)
    changed = {name: factor * getattr(bare, name) for name in ("element", "pixel", "style_element")}
    return MemoryRates(base=small, **changed)


def machine_in_words(device: torch.device) -> str:
    """Return what was measured, without the machine's name."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{os.cpu_count()} CPUs, {platform.machine()}"
