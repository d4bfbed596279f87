"""Time and memory by the size of the output, each in a process of its own."""

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
"""Bytes promised at most, of the whole process."""


@dataclass(frozen=True)
class SizeTiming:
    """One size.

    Attributes:
        phases: (height, width) of each.
        seconds: Of the render.
        peak_memory: Bytes, of the whole process.
    """

    size: int
    phases: tuple[tuple[int, int], ...]
    iterations: int
    seconds: float
    peak_memory: int

    @property
    def holds_promise(self) -> bool:
        return self.peak_memory <= MOST_MEMORY.get(self.size, self.peak_memory)


def size_timings(row: Row, sizes: Sequence[int], iterations: int) -> Iterable[SizeTiming]:
    """A timing of each size, in the order given."""
    context = multiprocessing.get_context("spawn")
    for size in sizes:
        parameters = dataclasses.replace(row.parameters, size=size, iterations=iterations)
        with ProcessPoolExecutor(1, context) as process:
            yield process.submit(size_timing, row, parameters).result()


def size_timing(row: Row, parameters: Parameters) -> SizeTiming:
    import torch

    from semstyle.engine.memory import keep_freed_memory
    from semstyle.engine.renderer import render_batch
    from semstyle.engine.scene import Request, Scene
    from semstyle.engine.weights import encoder_of
    from semstyle.manifest.inputs import load_inputs

    keep_freed_memory()
    request = Request(**load_inputs(row).as_dict(), parameters=parameters)
    phases = tuple(phase.output for phase in Scene(request, torch.device("cpu")).phases)
    (rendering,) = render_batch([request], encoder=encoder_of(parameters))
    metrics = rendering.metrics
    return SizeTiming(parameters.size, phases, parameters.iterations, metrics["seconds"], int(metrics["peak_memory"]))


def size_table(timings: Iterable[SizeTiming], command: str) -> BenchmarkTable:
    rows = [
        (
            str(timing.size),
            " ".join(str(max(phase)) for phase in timing.phases),
            str(timing.iterations),
            f"{timing.seconds:.1f}",
            f"{timing.peak_memory / 2**20:,.0f}" + ("" if timing.holds_promise else " (missed)"),
        )
        for timing in timings
    ]
    columns = ("size", "phases", "evaluations each", "seconds", "peak MiB")
    note = "Matching is exact at every size. Targets: 1024 pixels in 2,048 MiB of process memory, 2048 in 8,192."
    return BenchmarkTable("Sizes", command, columns, rows, note)
