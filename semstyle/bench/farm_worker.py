"""This module measures what a fresh worker process costs, and how much of a worker's time is spent rendering."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from semstyle.bench.farm_ray import own_ray, ray_alone
from semstyle.bench.figure import Figure
from semstyle.bench.pretend import write_pictures, write_rows
from semstyle.farm import RunOptions, run_manifest
from semstyle.farm.attempt import Answer, Assignment, Committed, Started
from semstyle.farm.demand import Demand
from semstyle.farm.errors import FarmError
from semstyle.farm.output.layout import record_path
from semstyle.farm.worker.task import node_id, perform
from semstyle.manifest import Row, read_rows
from semstyle.storage import Folder

SMALL = {"size": 64, "phases": 1, "iterations": 10}
GPUS = 4
SLEEP = "sleep"
BUSY = "busy"
BUSY_TARGET = 0.97


@dataclass(frozen=True)
class WarmUp:
    """The seconds of one small render, from its submission to its commit.

    Attributes:
        cold: Time of the first render in a process that Ray has just started.
        warm: Median time of later renders in the same process.
    """

    cold: float
    warm: float

    def figures(self) -> list[Figure]:
        ratio = f"{self.cold / self.warm:.0f} times a warm one: imports, encoder, first run of each kernel"
        return [
            Figure("small render, cold worker", self.cold, "s", note=ratio),
            Figure("small render, warm worker", self.warm, "s", note="median"),
        ]


def warm_up(renders: int, folder: Path) -> WarmUp:
    """Time ``renders`` real renders (at least 2), one after another in one worker process."""
    write_pictures(folder)
    manifest = write_rows(folder / "small.parquet", renders, SMALL)
    out = str(folder / "small")
    seconds = []
    with own_ray(1):
        for row in read_rows(manifest):
            if isinstance(row, Row):
                begun = time.perf_counter()
                ray_alone(perform, [Assignment(row, out, "run", Demand(0, 1))], 1)
                seconds.append(time.perf_counter() - begun)
                if not Folder(out).exists(record_path(row.render_id)):
                    raise FarmError("a render of the benchmark failed; its time means nothing")
    return WarmUp(seconds[0], median(seconds[1:]))


def sleeping(assignment: Assignment) -> Iterator[Answer]:
    """Hold the GPU as long as the row's tag says, and note from when to when."""
    begun = time.time()
    yield Started(node_id(), os.getpid(), begun)
    time.sleep(float(assignment.row.tags[SLEEP]))
    note = {"gpu": os.environ.get("CUDA_VISIBLE_DEVICES"), "begun": begun, "ended": time.time()}
    Folder(assignment.out).write(f"{BUSY}/{assignment.row.render_id}.json", json.dumps(note).encode())
    yield Committed(time.time() - begun, True)


@dataclass(frozen=True)
class Busy:
    """The shares of a run's time in which four GPUs rendered.

    Attributes:
        share: Busy share of each GPU's time from its own first render to its own last.
        whole: Busy share of all GPUs' time from the first render to the last, with the ends, when not all have work.
        gap: Median seconds from one render to the next on a GPU.
    """

    seconds: float
    renders: int
    share: float
    whole: float
    gap: float

    def figures(self) -> list[Figure]:
        name = f"share of a GPU's time in {self.seconds:g}-second renders"
        note = f"{self.renders} renders on {GPUS} pretend GPUs; median gap {1e3 * self.gap:.0f} ms"
        return [
            Figure(name, self.share, "", BUSY_TARGET, False, note),
            Figure("  with starting and ending", self.whole, "", note="first start of any to last end of all"),
        ]


def busy_share(seconds: float, each: int, folder: Path) -> Busy:
    """Run renders that sleep on pretend GPUs, ``each`` (at least 2) to a GPU."""
    renders = GPUS * each
    write_pictures(folder)
    manifest = write_rows(folder / "sleeping.parquet", renders, {"tags": {SLEEP: str(seconds)}})
    out = folder / "sleeping"
    with own_ray(GPUS, GPUS):
        run_manifest(manifest, str(out), RunOptions(gpus_per_render=1, aggregate=False), perform=sleeping)
    notes = [json.loads(path.read_text(encoding="utf-8")) for path in (out / BUSY).iterdir()]
    return busy_of(notes, seconds)


def busy_of(notes: list[dict[str, float | str]], seconds: float) -> Busy:
    """Add up what the sleeping renders noted."""
    by_gpu: dict[str, list[tuple[float, float]]] = {}
    for note in notes:
        by_gpu.setdefault(str(note["gpu"]), []).append((float(note["begun"]), float(note["ended"])))
    lanes = [sorted(lane) for lane in by_gpu.values()]
    busy = sum(ended - begun for lane in lanes for begun, ended in lane)
    spans = sum(lane[-1][1] - lane[0][0] for lane in lanes)
    whole = max(lane[-1][1] for lane in lanes) - min(lane[0][0] for lane in lanes)
    gaps = [after[0] - before[1] for lane in lanes for before, after in pairwise(lane)]
    return Busy(seconds, len(notes), busy / spans, busy / (whole * GPUS), median(gaps))
