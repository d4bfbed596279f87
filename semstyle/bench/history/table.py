"""This module makes the table of the figures of the last releases."""

from __future__ import annotations

from collections.abc import Sequence

from semstyle.bench.history.figures import PANELS
from semstyle.bench.history.release import Release
from semstyle.bench.table import BenchmarkTable

SHOWN = 6
"""How many releases the table has, the last ones; the plot has all."""


def history_table(releases: Sequence[Release]) -> BenchmarkTable:
    """Tabulate the figures that are plotted, a column for each of the last ``releases`` (oldest first)."""
    shown = releases[-SHOWN:]
    rows = [
        (f"{panel.title}: {line.label}", *map(cell, line.of(shown)))
        for panel in PANELS
        for line in panel.lines
        if any(value is not None for value in line.of(shown))
    ]
    return BenchmarkTable("History", "semstyle bench report", ("", *(one.version for one in shown)), rows, note(shown))


def cell(value: float | None) -> str:
    return "" if value is None else f"{value:,.4g}"


def note(releases: Sequence[Release]) -> str:
    machines = [f"{release.version} on {release.measured}: {release.machine}" for release in releases]
    return f"Of each figure the smaller is the better. Empty: not measured. {'; '.join(machines)}."
