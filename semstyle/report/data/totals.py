"""Sums over all renders of a run, taken some thousand rows at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from semstyle.evaluate.metrics import METRICS, Metric
from semstyle.report.data.spool import BATCH_ROWS, Spool
from semstyle.storage import redact

PARTS = ("load", "render", "store")
COUNTED = (
    "device",
    "semstyle_version",
    "semstyle_commit",
    "torch_version",
    "ray_version",
    "python_version",
    "driver_version",
)
MOST_NODES = 1_000
READ = (*COUNTED, "node", "seconds", *(f"{part}_seconds" for part in PARTS), "metrics")


@dataclass
class Range:
    """The smallest, mean and largest value of one metric."""

    metric: Metric
    count: int = 0
    total: float = 0.0
    smallest: float = float("inf")
    largest: float = float("-inf")

    def add(self, values: pa.Array) -> None:
        values = values.filter(pc.fill_null(pc.is_finite(values), False))
        if len(values):
            self.count += len(values)
            self.total += pc.sum(values).as_py()
            self.smallest = min(self.smallest, pc.min(values).as_py())
            self.largest = max(self.largest, pc.max(values).as_py())

    @property
    def mean(self) -> float:
        return self.total / self.count


@dataclass
class Totals:
    """Sums over renders, so that there may be any number of them."""

    count: int = 0
    times: dict[str, float] = field(default_factory=lambda: dict.fromkeys((*PARTS, "judge"), 0.0))
    ranges: list[Range] = field(default_factory=lambda: [Range(metric) for metric in METRICS])
    _counted: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in COUNTED})
    _nodes: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def add(self, rows: pa.Table) -> None:
        """Add the rows of some renders."""
        self.count += rows.num_rows
        whole = total(rows["seconds"])
        for part in PARTS:
            seconds = total(rows[f"{part}_seconds"])
            self.times[part] += seconds
            whole -= seconds
        self.times["judge"] += max(0.0, whole)
        for found in self.ranges:
            found.add(pc.map_lookup(rows["metrics"].combine_chunks(), pa.scalar(found.metric.name), "first"))
        for name, counter in self._counted.items():
            counter.update(value for value in rows[name].to_pylist() if value is not None)
        self._add_nodes(rows)

    def _add_nodes(self, rows: pa.Table) -> None:
        sums = rows.select(["node", "device", "seconds"]).group_by(["node", "device"])
        for row in sums.aggregate([("seconds", "sum"), ("seconds", "count")]).to_pylist():
            node = self._nodes.setdefault((row["node"] or "", row["device"] or ""), [0, 0.0])
            node[0] += row["seconds_count"]
            node[1] += row["seconds_sum"] or 0.0

    @property
    def seconds(self) -> float:
        """Time spent in rendering, in all."""
        return self.times["render"]

    @property
    def nodes(self) -> list[dict[str, Any]]:
        """The nodes that rendered most, the first of them first."""
        most = sorted(self._nodes.items(), key=lambda item: (-item[1][0], item[0]))[:MOST_NODES]
        return [
            {"name": redact(name), "device": redact(device), "renders": count, "seconds": round(seconds, 3)}
            for (name, device), (count, seconds) in most
        ]

    def values(self, name: str) -> list[str]:
        """Return the different values of a column, such as the devices."""
        return sorted(map(redact, self._counted[name]))

    @property
    def known_ranges(self) -> list[Range]:
        return [found for found in self.ranges if found.count]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        return [
            {
                "name": found.metric.name,
                "meaning": found.metric.meaning,
                "best": found.metric.best,
                "smallest": found.smallest,
                "mean": found.mean,
                "largest": found.largest,
                "count": found.count,
            }
            for found in self.known_ranges
        ]


def total(values: pa.ChunkedArray) -> float:
    return float(pc.sum(values).as_py() or 0.0)


def totals_of(spool: Spool) -> Totals:
    totals = Totals()
    for rows in spool.pages(BATCH_ROWS, READ):
        totals.add(rows)
    return totals
