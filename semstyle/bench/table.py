"""A benchmark's result as a table, for the terminal and for docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from semstyle.bench.figure import Figure


@dataclass(frozen=True)
class BenchmarkTable:
    """The table of what one command measured.

    Attributes:
        command: The command that makes this table again.
        note: What the figures are compared with.
        series: Numbers by name, for plots.
        figures: The numbers that are compared from release to release, by name.
        took: Seconds that all of it took.
    """

    title: str
    command: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    series: Mapping[str, Sequence[float]] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    took: float = 0.0

    def as_markdown(self) -> str:
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        table = "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
        return f"## {self.title}\n\n`{self.command}`\n\n{table}\n\n{self.note}".rstrip() + "\n"


def figure_table(title: str, command: str, figures: Iterable[Figure], note: str = "") -> BenchmarkTable:
    """Make a table with one line for each figure, and its target."""
    figures = list(figures)
    rows = [(figure.name, f"{figure.value:,.4g} {figure.unit}", figure.promise, figure.note) for figure in figures]
    by_name = {figure.name.strip(): figure.value for figure in figures}
    return BenchmarkTable(title, command, ("", "measured", "target", ""), rows, note, figures=by_name)
