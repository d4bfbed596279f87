"""This module plots the figures of all releases, a panel for each kind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from semstyle.bench.history.figures import PANELS, Panel
from semstyle.bench.history.release import Release
from semstyle.bench.plotting import new_plot

COLUMNS = 3
PANEL_SIZE = (3.6, 2.5)
"""Width and height of a panel in inches."""


def draw_history(releases: Sequence[Release], path: Path) -> None:
    """Plot all panels over ``releases``, oldest first, into a PNG; what was not measured is left out.

    Raises:
        InputError: without matplotlib.
    """
    rows = -(-len(PANELS) // COLUMNS)
    plot = new_plot((COLUMNS * PANEL_SIZE[0], rows * PANEL_SIZE[1]))
    for axes, panel in zip(plot.subplots(rows, COLUMNS, squeeze=False).flat, PANELS, strict=False):
        draw_panel(axes, panel, releases)
    plot.savefig(path)


def draw_panel(axes: Any, panel: Panel, releases: Sequence[Release]) -> None:
    places = range(len(releases))
    for line in panel.lines:
        values = [math.nan if value is None else value for value in line.of(releases)]
        axes.plot(places, values, "o-", label=line.label)
    axes.set_title(panel.title, fontsize="medium")
    axes.set_xticks(places, [release.version for release in releases], rotation=45 if len(releases) > 5 else 0)
    axes.set_xlim(-0.5, len(releases) - 0.5)
    axes.margins(y=0.15)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
