"""The figures that are shown release by release. Of each the smaller is the better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semstyle.bench.history.release import Release


@dataclass(frozen=True)
class Line:
    """One figure over the releases.

    Attributes:
        label: What it is called beside others of its panel.
        benchmark, name: Where it is in a release.
    """

    label: str
    benchmark: str
    name: str

    def of(self, releases: Sequence[Release]) -> list[float | None]:
        """Return the figure in each of ``releases``; None where it was not measured."""
        return [release.figure(self.benchmark, self.name) for release in releases]


@dataclass(frozen=True)
class Panel:
    """Figures that are shown together."""

    title: str
    lines: tuple[Line, ...]


PANELS = (
    Panel(
        "a render, seconds",
        (
            Line("400 pixels, 3×40", "render400", "default, seconds"),
            Line("512 pixels, 3×100", "render512", "default, seconds"),
        ),
    ),
    Panel(
        "a render, times its arithmetic",
        (
            Line("400 pixels", "render400", "scheduled, times the floor"),
            Line("512 pixels", "render512", "scheduled, times the floor"),
            Line("1024 pixels", "sizes", "1024 pixels, times the floor"),
        ),
    ),
    Panel(
        "preconditioned, share of evaluations to equal loss",
        (
            Line("400 pixels", "render400", "equal loss, share of evaluations"),
            Line("512 pixels", "render512", "equal loss, share of evaluations"),
        ),
    ),
    Panel("matching, times the Gram matrix", (Line("median", "match", "times the Gram matrix, median"),)),
    Panel(
        "a batch, share of the time",
        (
            Line("of renders in turn", "grid", "batches over one after another"),
            Line("of processes", "grid", "batches over processes"),
        ),
    ),
    Panel("start of a process, seconds", (Line("until it can render", "grid", "start of a process"),)),
    Panel(
        "memory, MiB",
        (
            Line("1024 pixels", "sizes", "1024 pixels, peak MiB"),
            Line("2048 pixels", "large", "2048 pixels, peak MiB"),
        ),
    ),
    Panel(
        "the driver, ms of CPU a row",
        (
            Line("all", "farm", "driver, CPU per row"),
            Line("semstyle's own", "farm", "semstyle's own"),
        ),
    ),
    Panel(
        "a GPU, thousands of operations a render",
        (Line("VGG-19, 512 pixels", "device", "thousands of operations"),),
    ),
)
