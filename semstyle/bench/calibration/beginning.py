"""This module measures a worker process that begins: its start, and its memory by the size of what it renders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass

from semstyle.cost.rates import DeviceKind

FIRST_SIDE = 64


@dataclass(frozen=True)
class Beginning:
    """What a fresh process has taken to render one image.

    Attributes:
        seconds: Of its CPU until the image was there; with a GPU, those that passed.
        memory: The most bytes that it, or its part of the GPU, has held.
    """

    seconds: float
    memory: float


def begun(device: DeviceKind, size: int = FIRST_SIDE, iterations: int = 1) -> Beginning:
    """Start a process that renders an image of noise of ``size``."""
    arguments = [__name__, device, str(size), str(iterations)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    before, since = cpu_seconds_of_children(), time.perf_counter()
    done = subprocess.run([sys.executable, "-m", *arguments], env=environment, stdout=subprocess.PIPE, check=True)
    seconds = cpu_seconds_of_children() - before if device == "cpu" else time.perf_counter() - since
    return Beginning(seconds, float(json.loads(done.stdout)))


def cpu_seconds_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


def first_render(device: DeviceKind, size: int, iterations: int) -> None:
    """Import what a worker imports, render, judge, and print the most memory in bytes."""
    from semstyle.bench.device.request import counted_request
    from semstyle.engine import render_batch
    from semstyle.evaluate.judged import judged
    from semstyle.farm.demand import Demand
    from semstyle.farm.worker.worker_state import choose_device

    where = choose_device(Demand(float(device != "cpu"), 1.0))
    request = counted_request(size, iterations, 1)
    (rendering,) = render_batch([request], device=where)
    judged(request, rendering, where)
    print(json.dumps(rendering.metrics["peak_memory"]))


if __name__ == "__main__":
    kind, size_text, iterations_text = sys.argv[1:]
    first_render("cuda" if kind == "cuda" else "cpu", int(size_text), int(iterations_text))
