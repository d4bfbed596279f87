"""This module measures what records cost once they are there: listing them, and gathering them into tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from semstyle.bench.farm_ray import Cost, Stopwatch
from semstyle.bench.figure import Figure
from semstyle.bench.pretend import write_records
from semstyle.farm.output.aggregate import aggregate
from semstyle.farm.output.layout import committed_ids
from semstyle.storage import Folder

EVALUATIONS = 300
"""A render makes so many evaluations by default: three phases of a hundred."""


@dataclass(frozen=True)
class ArchiveCost:
    """The costs of one record on local disk.

    Attributes:
        records: Number of records that were measured.
        listing: Seconds to list one record.
        aggregation: Cost of reading one record and writing its rows of results and traces.
        record_bytes: Size of one record in bytes.
    """

    records: int
    listing: float
    aggregation: Cost
    record_bytes: int

    def figures(self) -> list[Figure]:
        rows = f"{self.records:,} records of {self.record_bytes / 1e3:.0f} kB"
        return [
            Figure("listing, per 1,000 records", 1e6 * self.listing, "ms", note=f"local disk, {rows}"),
            Figure("aggregation, CPU per record", 1e3 * self.aggregation.cpu, "ms", note=rows),
            Figure("aggregation, per record", 1e3 * self.aggregation.wall, "ms", note="on the clock"),
        ]


def archive_cost(records: int, folder: Path) -> ArchiveCost:
    """List and aggregate ``records`` made-up records of real size, and return what one costs."""
    out = folder / "archive"
    size = write_records(out, records, EVALUATIONS)
    watch = Stopwatch()
    listed = sum(1 for _ in committed_ids(Folder(str(out))))
    listing = watch.read().per_row(listed)
    watch = Stopwatch()
    renders = aggregate(str(out)).renders
    aggregation = watch.read().per_row(renders)
    return ArchiveCost(records, listing.wall, aggregation, size)
