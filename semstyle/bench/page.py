"""This module writes docs/benchmarks.md: what the benchmarks printed as JSON, and a plot of time against size."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from pathlib import Path
from typing import Any

import torch

from semstyle import __version__
from semstyle.bench.figure import Figure
from semstyle.bench.table import BenchmarkTable, figure_table
from semstyle.errors import InputError

ORDER = ("match", "render400", "bfloat16", "render512", "schedule", "grid", "sizes", "large", "farm")
PACKAGES = ("torch", "numpy", "numba", "ray")
HEADINGS = {
    "render400": "A render at 400 pixels, 3×40",
    "bfloat16": "The same with the encoder in bfloat16",
    "render512": "A render at 512 pixels, 3×100",
    "large": "Large images",
    "farm": "The farm",
}


def write_page(folder: Path, out: Path) -> Path:
    """Write the page from the files of ``folder`` named in :data:`ORDER`; missing files are left out.

    Raises:
        InputError: when there are no such files, or one is not what a benchmark printed.
    """
    found = {path.stem: path for path in folder.glob("*.json")}
    tables = {name: read_table(name, found[name]) for name in ORDER if name in found}
    if not tables:
        raise InputError(f"{folder}: no benchmark's JSON in it; make bench makes them")
    gpu = "" if torch.cuda.is_available() else NO_GPU
    parts = [INTRODUCTION.format(machine=machine(), versions=versions(), gpu=gpu)]
    if "sizes" in tables:
        draw(tables["sizes"], out / "benchmarks.png")
        parts.append("![Seconds of a render by its size](benchmarks.png)\n")
    parts += [table.as_markdown() for table in tables.values()]
    page = out / "benchmarks.md"
    page.write_text("\n".join(parts), encoding="utf-8")
    return page


def read_table(name: str, path: Path) -> BenchmarkTable:
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if "figures" in document:
            figures = [
                Figure(**{key: value for key, value in one.items() if key != "is_met"}) for one in document["figures"]
            ]
            return figure_table(HEADINGS.get(name, name), f"semstyle bench {name}", figures)
        table = BenchmarkTable(**document)
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"{path}: not what semstyle bench printed with --json ({error})") from error
    return BenchmarkTable(**{**vars(table), "title": HEADINGS.get(name, table.title)})


def draw(sizes: BenchmarkTable, path: Path) -> None:
    """Plot time against size, with the floor beneath."""
    try:
        from matplotlib.figure import Figure as Plot
    except ModuleNotFoundError as error:
        raise InputError("the plot needs matplotlib; pip install semstyle[bench]") from error

    plot = Plot(figsize=(6, 4), dpi=110, layout="constrained")
    axes = plot.add_subplot()
    for name, style in (("seconds", "o-"), ("floor", "--")):
        axes.loglog(sizes.series["size"], sizes.series[name], style, label=LABELS[name])
    axes.set_xticks(sizes.series["size"], [f"{size:g}" for size in sizes.series["size"]])
    axes.minorticks_off()
    axes.set_xlabel("long side in pixels")
    axes.set_ylabel("seconds")
    axes.grid(alpha=0.3)
    axes.legend()
    plot.savefig(path)


LABELS = {"seconds": "a render", "floor": "its arithmetic alone"}


def machine() -> str:
    device = f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ", no GPU"
    return f"{processor()}, {torch.get_num_threads()} threads{device}"


def processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def versions() -> str:
    return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES) + f", semstyle {__version__}"


INTRODUCTION = """# Benchmarks

Made by `make bench`, which runs every command below and draws the plot. Measured on {machine}; {versions}.
Timings on another machine will differ; the ratios are measured in one run each, and are what to compare.
M is the demo's manifest.
{gpu}"""

NO_GPU = """
No GPU was at hand. The engine's tests take the device as a parameter, so a machine with one runs them on it too, and
`semstyle bench render M --device cuda` measures there. A batch should gain most on a GPU, where at 256 pixels launching
kernels takes longer than running them; that is an expectation and not a measurement.
"""
