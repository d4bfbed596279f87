"""This module measures time and memory by the size of the output, each size in a process of its own."""

from __future__ import annotations

import dataclasses
import multiprocessing
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from semstyle.bench.table import BenchmarkTable
from semstyle.engine.parameters import Parameters
from semstyle.manifest.row import Row

MOST_MEMORY = {1024: 2 * 2**30, 2048: 8 * 2**30}
"""Bytes of memory that the whole process may take at most, as promised, by size."""


@dataclass(frozen=True)
class SizeTiming:
    """The timing of one size.

    Attributes:
        phases: (height, width) of each phase.
        seconds: Time of the render.
        floor: Seconds of the arithmetic alone, at the rates measured just before.
        peak_memory: Peak memory of the whole process in bytes.
    """

    size: int
    phases: tuple[tuple[int, int], ...]
    iterations: int
    seconds: float
    floor: float
    peak_memory: int

    @property
    def holds_promise(self) -> bool:
        return self.peak_memory <= MOST_MEMORY.get(self.size, self.peak_memory)


def size_timings(row: Row, sizes: Sequence[int], iterations: int) -> Iterable[SizeTiming]:
    """Yield a timing of each size, in the order given."""
    context = multiprocessing.get_context("spawn")
    for size in sizes:
        parameters = dataclasses.replace(row.parameters, size=size, iterations=iterations, tolerance=0.0)
        with ProcessPoolExecutor(1, context) as process:
            yield process.submit(size_timing, row, parameters).result()


def size_timing(row: Row, parameters: Parameters) -> SizeTiming:
    import torch

    from semstyle.bench.floor import Rates, work_of
    from semstyle.engine.encoders.loading import encoder_of
    from semstyle.engine.inputs.request import Request
    from semstyle.engine.inputs.scene import Scene
    from semstyle.engine.memory import keep_freed_memory, release_freed_memory
    from semstyle.engine.renderer import render_batch
    from semstyle.manifest.inputs import load_inputs

    keep_freed_memory()
    request = Request(**load_inputs(row).as_dict(), parameters=parameters)
    phases = tuple(phase.output for phase in Scene(request, torch.device("cpu")).phases)
    encoder = encoder_of(parameters)
    floor = work_of(request, encoder).seconds(Rates.measured())
    quick = dataclasses.replace(parameters, size=128, iterations=1, phases=1)
    render_batch([dataclasses.replace(request, parameters=quick)], encoder=encoder)  # loads what is loaded once
    release_freed_memory()
    (rendering,) = render_batch([request], encoder=encoder)
    seconds, peak_memory = rendering.metrics["seconds"], int(rendering.metrics["peak_memory"])
    return SizeTiming(parameters.size, phases, parameters.iterations, seconds, floor, peak_memory)


def size_table(timings: Iterable[SizeTiming], command: str) -> BenchmarkTable:
    timings = list(timings)
    rows = [
        (
            str(timing.size),
            " ".join(str(max(phase)) for phase in timing.phases),
            str(timing.iterations),
            f"{timing.seconds:.1f}",
            f"{timing.seconds / timing.floor:.2f}×",
            f"{timing.peak_memory / 2**20:,.0f}" + ("" if timing.holds_promise else " (missed)"),
        )
        for timing in timings
    ]
    columns = ("size", "phases", "evaluations each", "seconds", "of the floor", "peak MiB")
    series: dict[str, list[float]] = {
        "size": [timing.size for timing in timings],
        "seconds": [timing.seconds for timing in timings],
        "floor": [timing.floor for timing in timings],
    }
    figures = {f"{timing.size} pixels, times the floor": timing.seconds / timing.floor for timing in timings}
    figures |= {f"{timing.size} pixels, seconds": timing.seconds for timing in timings}
    figures |= {f"{timing.size} pixels, peak MiB": timing.peak_memory / 2**20 for timing in timings}
    return BenchmarkTable("Sizes", command, columns, rows, SIZE_NOTE, series, figures)


SIZE_NOTE = (
    "Matching is exact at every size. The floor is the arithmetic of Gram matrices and convolutions at this machine's "
    "best matrix product, and the optimiser's memory traffic at its copy rate, both measured in the same process. "
    "Targets: 1024 pixels in 2,048 MiB of process memory, 2048 in 8,192."
)
