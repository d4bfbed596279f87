"""Making plots, for which matplotlib is needed."""

from __future__ import annotations

from typing import Any

from semstyle.errors import InputError

DOTS_PER_INCH = 110


def new_plot(size: tuple[float, float]) -> Any:
    """Return an empty figure of matplotlib, ``size`` (width, height) in inches.

    Raises:
        InputError: without matplotlib.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise InputError("the plot needs matplotlib; pip install semstyle[bench]") from error
    return Figure(figsize=size, dpi=DOTS_PER_INCH, layout="constrained")
