"""This module writes docs/benchmarks.md of what benchmarks printed as JSON, its plots, and the release's figures."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from semstyle import __version__
from semstyle.bench.figure import Figure
from semstyle.bench.history.plot import draw_history
from semstyle.bench.history.release import FOLDER, Release, keep, releases_in
from semstyle.bench.history.table import history_table
from semstyle.bench.plotting import new_plot
from semstyle.bench.table import BenchmarkTable, figure_table
from semstyle.errors import InputError
from semstyle.version import release_of

ORDER = ("match", "render400", "bfloat16", "render512", "schedule", "grid", "sizes", "large", "device", "farm")
PACKAGES = ("torch", "numpy", "numba", "ray")
HEADINGS = {
    "render400": "A render at 400 pixels, 3×40",
    "bfloat16": "The same with the encoder in bfloat16",
    "render512": "A render at 512 pixels, 3×100",
    "large": "Large images",
    "farm": "The farm",
}


def write_page(folder: Path, out: Path) -> Path:
    """Write the page from the files of ``folder`` named in :data:`ORDER`, and this release's figures beside it.

    What is missing is left out. The plot of the history is of all releases whose figures are in ``out``.

    Raises:
        InputError: when there are no such files, or one is not what a benchmark printed.
    """
    found = {path.stem: path for path in folder.glob("*.json")}
    tables = {name: read_table(name, found[name]) for name in ORDER if name in found}
    if not tables:
        raise InputError(f"{folder}: no benchmark's JSON in it; make bench makes them")
    releases = releases_with(tables, out / FOLDER)
    gpu = "" if torch.cuda.is_available() else NO_GPU
    took = sum(table.took for table in tables.values()) / 60
    parts = [INTRODUCTION.format(machine=machine(), versions=versions(), gpu=gpu, minutes=f"{took:.0f}")]
    if "sizes" in tables:
        draw(tables["sizes"], out / "benchmarks.png")
        parts.append("![Seconds of a render by its size](benchmarks.png)\n")
    parts += [table.as_markdown() for table in tables.values()]
    draw_history(releases, out / FOLDER / "history.png")
    parts.append(f"{history_table(releases).as_markdown()}\n![Figures by release]({FOLDER}/history.png)\n")
    page = out / "benchmarks.md"
    page.write_text("\n".join(parts), encoding="utf-8")
    return page


def releases_with(tables: Mapping[str, BenchmarkTable], folder: Path) -> list[Release]:
    """Keep this release's figures in ``folder``, and return all releases that are there, the oldest first."""
    figures = {name: dict(table.figures) for name, table in tables.items()}
    today = datetime.now(UTC).date().isoformat()
    now = Release(
        version=release_of(__version__), measured=today, machine=machine(), packages=versions(), figures=figures
    )
    keep(now, folder)
    return releases_in(folder)


def read_table(name: str, path: Path) -> BenchmarkTable:
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if "columns" not in document:
            figures = [
                Figure(**{key: value for key, value in one.items() if key != "is_met"}) for one in document["figures"]
            ]
            command = document.get("command", f"semstyle bench {name}")
            table = figure_table(HEADINGS.get(name, name), command, figures)
            return replace(table, took=float(document.get("took", 0)))
        table = BenchmarkTable(**document)
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(f"{path}: not what semstyle bench printed with --json ({error})") from error
    return replace(table, title=HEADINGS.get(name, table.title))


def draw(sizes: BenchmarkTable, path: Path) -> None:
    """Plot time against size, with the floor beneath."""
    plot = new_plot((6, 4))
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

Made by `make bench`, which runs every command below and draws the plots, in {minutes} minutes.
Measured on {machine}; {versions}.
Timings on another machine will differ; the ratios are measured in one run each, and are what to compare.
M is the demo's manifest. At the end is what each release measured.
{gpu}"""

NO_GPU = """
No GPU was at hand, and nothing here was measured on one: what a render asks of a GPU is counted. On a machine that has
one, `semstyle bench render M --device cuda` and `semstyle bench device --device cuda` measure there.
"""
