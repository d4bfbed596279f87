"""This module makes the table of ``semstyle bench device``: what is asked of a GPU, and the least time of that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from semstyle.bench.device.counting import Counts
from semstyle.bench.device.peaks import CAPTURED_SECONDS, LAUNCH_SECONDS, Peaks, launch_seconds
from semstyle.bench.device.phases import PhaseWork, Step
from semstyle.bench.floor import Operations
from semstyle.bench.table import BenchmarkTable

COLUMNS = ("phase", "", "times", "operations", "MB", "GFLOP", "asking ms", "memory ms", "products ms")


def device_table(works: Iterable[PhaseWork], floor: Operations, peaks: Peaks, command: str) -> BenchmarkTable:
    """Make a table with the steps of each phase and their parts, a render's total, and its floor."""
    works = list(works)
    steps = [step for work in works for step in work.steps]
    total = sum((step.total for step in steps), Counts())
    least = sum(step.times * peaks.least_seconds(step.counts) for step in steps)
    captured = sum(step.times * peaks.captured_seconds(step.counts) for step in steps)
    vital = Counts(0, int(floor.optimiser), int(floor.matching + floor.encoder))
    vital_seconds = peaks.memory_seconds(vital) + peaks.product_seconds(vital)
    taken = measured_seconds(steps)
    rows = [
        *(row for work in works for row in phase_rows(work, peaks)),
        ("", "a render", "1", *counts_cells(total, peaks), milliseconds(taken)),
        ("", "its floor", "1", *counts_cells(vital, peaks), ""),
    ]
    columns = COLUMNS if taken is None else (*COLUMNS, "measured ms")
    figures = {
        "thousands of operations": total.operations / 1e3,
        "GB": total.bytes / 1e9,
        f"least on {peaks.name} by arithmetic, seconds": least,
        f"captured on {peaks.name} by arithmetic, seconds": captured,
        f"floor on {peaks.name} by arithmetic, seconds": vital_seconds,
        **({} if taken is None else {"measured, seconds": taken}),
    }
    rows = [row[: len(columns)] for row in rows]
    note = f"{NOTE} {arithmetic_note(peaks, least, captured, vital_seconds)}"
    return BenchmarkTable("What a render asks of a GPU", command, columns, rows, note, figures=figures)


def phase_rows(work: PhaseWork, peaks: Peaks) -> Iterator[tuple[str, ...]]:
    """Yield a line for each step of a phase, and one for each of its parts."""
    height, width = work.canvas
    for step in work.steps:
        phase = f"{work.number}: {width}×{height}"
        yield (phase, step.name, f"{step.times:,}", *counts_cells(step.counts, peaks), milliseconds(step.seconds))
        for part, counts in step.parts.items():
            yield ("", f"  {part}", "", *counts_cells(counts, peaks), "")


def counts_cells(counts: Counts, peaks: Peaks) -> tuple[str, ...]:
    seconds = (launch_seconds(counts), peaks.memory_seconds(counts), peaks.product_seconds(counts))
    in_units = (f"{counts.operations:,}", f"{counts.bytes / 1e6:,.0f}", f"{counts.flop / 1e9:,.1f}")
    return (*in_units, *map(milliseconds, seconds))


def milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{1e3 * seconds:,.2f}"


def measured_seconds(steps: Sequence[Step]) -> float | None:
    """Return what all steps of a render took on a device, or None where one was not timed."""
    taken = [step.seconds * step.times for step in steps if step.seconds is not None]
    return sum(taken) if len(taken) == len(steps) else None


NOTE = (
    "Counted, without asking a device: all times are arithmetic but those measured, where there is such a column. "
    "times: in a whole render. operations: each launches at least one kernel. MB: if each operation reads and writes "
    "its tensors once, and nothing stays in a cache. GFLOP: of products and convolutions. Borders are those by our own "
    "kernels; nearest patches and continuation are those by torch's own operations."
)


def arithmetic_note(peaks: Peaks, least: float, captured: float, floor: float) -> str:
    return (
        f"asking: what a host takes to ask for operations one by one, at about {1e6 * LAUNCH_SECONDS:g} µs each; what "
        f"is compiled or captured together takes less. memory and products: by the data sheet of {peaks.name}, "
        f"{peaks.bandwidth / 1e12:g} TB/s and {peaks.products / 1e12:g} TFLOP/s of TF32 without sparsity. As the three "
        f"go on at once, a render as it is takes {least:.2f} s at least, and {captured:.2f} s if each evaluation and "
        f"each search were a captured graph, at {1e6 * CAPTURED_SECONDS:g} µs a kernel. its floor: Gram matrices, "
        f"convolutions and the optimiser's vectors, and nothing else: {floor:.2f} s."
    )
