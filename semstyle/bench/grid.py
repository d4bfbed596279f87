"""This module compares a grid's renders one after another, sharing nothing, with one batch that shares what it can."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import product

import torch

from semstyle.bench.figure import Figure
from semstyle.engine import Encoder, Parameters, Request, StyleFeatures, render_batch
from semstyle.engine.encoders.loading import encoder_of
from semstyle.manifest.inputs import Inputs

TARGET = 0.7
CACHE_BYTES = 2**28
START = "import semstyle.engine.renderer, torch; ones = torch.ones(2, device='{device}'); float(ones @ ones)"
COMPILED = "; import semstyle.engine.patches.match_cpu"


def grid_requests(inputs: Inputs, parameters: Parameters, columns: int, rows: int) -> list[Request]:
    """Return the requests of a grid as in the paper's figure 5: semantic weight by style weight."""
    weights = product([10.0 * 2**column for column in range(columns)], [25.0 * 2**row for row in range(rows)])
    return [
        Request(
            **inputs.as_dict(),
            parameters=dataclasses.replace(parameters, semantic_weight=semantic, style_weight=style),
        )
        for semantic, style in weights
    ]


def grid_figures(requests: Sequence[Request], batch: int, device: torch.device) -> list[Figure]:
    """Measure the seconds per render of the grid: in separate processes, one after another, in batches of ``batch``."""
    encoder, features = encoder_of(requests[0].parameters), StyleFeatures(CACHE_BYTES)
    render_batch([quick(requests[0])], encoder=encoder, device=device)  # loads what is loaded once
    start = process_start(device)
    alone = timed(requests, 1, encoder, None, device)
    cached = timed(requests, 1, encoder, features, device)
    together = timed(requests, batch, encoder, features, device)
    return [
        Figure("a render in a process of its own", alone + start, "s", note=f"{start:.1f} s of it starts the process"),
        Figure("a render after another", alone, "s"),
        Figure("  with the style's features kept", cached, "s"),
        Figure(f"in batches of {batch}", together, "s"),
        Figure("start of a process", start, "s", note="Python, torch and what is compiled"),
        Figure("batches over processes", together / (alone + start), "", TARGET),
        Figure("batches over one after another", together / alone, "", TARGET),
    ]


def timed(
    requests: Sequence[Request], batch: int, encoder: Encoder, features: StyleFeatures | None, device: torch.device
) -> float:
    """Render ``requests`` in batches of ``batch``, and return the seconds per request."""
    started = time.perf_counter()
    for first in range(0, len(requests), batch):
        render_batch(requests[first : first + batch], encoder=encoder, device=device, style_features=features)
    return (time.perf_counter() - started) / len(requests)


def process_start(device: torch.device) -> float:
    """Return the seconds until a fresh process could render: those for Python, torch, and compiled sums or the GPU."""
    program = START.format(device=device) + (COMPILED if device.type == "cpu" else "")
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - started


def quick(request: Request) -> Request:
    return dataclasses.replace(request, parameters=dataclasses.replace(request.parameters, iterations=1))
