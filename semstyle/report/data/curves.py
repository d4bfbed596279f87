"""Traces as the page draws them: fewer points, fewer digits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from semstyle.report.data.script import as_json
from semstyle.report.data.significant import significant

MOST_POINTS = 60
DIGITS = 4
MANY, VERY_MANY = 2_000, 20_000
CURVES = ("loss", "content_loss", "smoothness_loss", "match_score")
STYLE_LOSS = "style_loss_"


def points_for(renders: int) -> int:
    """Return how many points a phase's curve has at most: the traces of many renders would become gigabytes."""
    return MOST_POINTS if renders <= MANY else MOST_POINTS // 2 if renders <= VERY_MANY else MOST_POINTS // 4


def curves(traces: pa.Table, points: int) -> Iterator[tuple[str, str]]:
    """Yield (render id, JSON of its trace) for each render of ``traces``, whose rows stand together and in order.

    Args:
        traces: The columns of ``traces/``.
        points: How many evaluations of each phase are kept at most, the first and the last among them.
    """
    if not traces.num_rows:
        return
    traces = traces.combine_chunks()
    render_ids = traces["render_id"].combine_chunks().dictionary_encode()
    numbers = render_ids.indices.to_numpy()
    phases = traces["phase"].to_numpy()
    changes = np.flatnonzero((np.diff(numbers) != 0) | (np.diff(phases) != 0)) + 1
    bounds = [0, *changes.tolist(), len(numbers)]
    kept = [chosen(start, stop, points) for start, stop in pairwise(bounds)]
    columns = read_columns(traces, np.concatenate(kept))
    start, found = 0, []
    for place, (first, rows) in enumerate(zip(bounds, kept, strict=False)):
        stop = start + len(rows)
        found.append(phase_of(traces, phases, first, {name: values[start:stop] for name, values in columns.items()}))
        start = stop
        is_last = place + 1 == len(kept) or numbers[bounds[place + 1]] != numbers[first]
        if is_last:
            yield render_ids.dictionary[int(numbers[first])].as_py(), as_json({"phases": found})
            found = []


def chosen(start: int, stop: int, points: int) -> NDArray[np.int64]:
    """Return the numbers of up to ``points`` rows of ``start`` … ``stop``, spread evenly."""
    return np.unique(np.linspace(start, stop - 1, min(points, stop - start)).round().astype(np.int64))


def read_columns(traces: pa.Table, rows: NDArray[np.int64]) -> dict[str, list[float | None]]:
    """Return the curves that have any value, at ``rows``."""
    names = [name for name in traces.column_names if name in CURVES or name.startswith(STYLE_LOSS)]
    columns: dict[str, list[float | None]] = {
        "evaluation": [int(number) for number in traces["evaluation"].to_numpy()[rows]]
    }
    for name in names:
        values = traces[name].to_numpy()[rows].astype(np.float64)
        if np.isfinite(values).any():
            columns[name] = significant(values, DIGITS)
    return columns


def phase_of(
    traces: pa.Table, phases: NDArray[np.int32], first: int, columns: dict[str, list[float | None]]
) -> dict[str, object]:
    known = {name: values for name, values in columns.items() if any(value is not None for value in values)}
    size = {name: traces[name][first].as_py() for name in ("height", "width")}
    return {"phase": int(phases[first]), **size, **known}
