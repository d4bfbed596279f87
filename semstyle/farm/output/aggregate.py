"""Making tables of the records of all renders: ``results/``, ``traces/`` and ``summary.json``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from functools import partial
from itertools import groupby, islice
from operator import attrgetter

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel

from semstyle.evaluate.metrics import METRICS
from semstyle.farm.many_at_once import in_order
from semstyle.farm.output.failures import read_class
from semstyle.farm.output.layout import RESULTS, SUMMARY, TRACES, failed_ids, finished_ids
from semstyle.farm.output.lost_renders import Lost
from semstyle.farm.output.parts import PartsWriter
from semstyle.farm.output.read_records import read_record
from semstyle.farm.output.record import ORIGINS, TRACE, result_schema, trace_schema
from semstyle.storage import Folder, MissingObjectError

METRIC_COLUMN = "metric_"
"""What the names of metrics' columns begin with: a parameter and a metric are both called coherence."""
RECORDS_AT_ONCE = 256
RESULT_PART_ROWS = 100_000
TRACE_PART_ROWS = 1_000_000
LOST = "lost"
"""A class of failures in a summary besides those of attempts, and ``UNREADABLE``."""


class Summary(BaseModel):
    """``summary.json``, written last: the parts that it lists are complete and belong together.

    Attributes:
        failures: Rows in quarantine, by class; and ``lost`` ones, which the run had committed and which are gone.
        lost: Ids of the first lost renders.
        render_seconds: The sum over the renders that are here, without the attempts that failed.
        devices: How many renders each device has made.
    """

    renders: int
    failures: dict[str, int]
    render_seconds: float
    evaluations: int
    devices: dict[str, int]
    semstyle_versions: list[str]
    results: list[str]
    traces: list[str]
    lost: list[str] = []


class ResultTotals:
    """Sums over all renders, for the summary."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.evaluations = 0
        self.devices: Counter[str] = Counter()
        self.versions: set[str] = set()

    def add(self, results: pa.Table) -> None:
        self.seconds += pc.sum(results["render_seconds"]).as_py() or 0.0
        self.evaluations += pc.sum(results["evaluations"]).as_py() or 0
        self.devices.update(results["device"].to_pylist())
        self.versions.update(results["semstyle_version"].to_pylist())


def aggregate(out_uri: str, find_lost: Callable[[Collection[str]], Lost] = lambda gone: Lost()) -> Summary:
    """Write the tables of every render in ``out_uri`` that has its record and its image, in the order of their ids.

    The same records give the same bytes. The old summary is removed first, then the old parts, before new ones are
    written: whatever interrupts this, there is never a summary of old and new parts side by side.

    Args:
        find_lost: Finds what is lost, given the ids of records that vanished between their listing and their reading.

    Raises:
        StorageError: when the folder cannot be read or written.
        FarmError: when a record is damaged.
    """
    folder = Folder(out_uri)
    totals = ResultTotals()
    gone: set[str] = set()
    with (
        PartsWriter(table_schema(), RESULT_PART_ROWS) as results,
        PartsWriter(result_trace_schema(), TRACE_PART_ROWS) as traces,
    ):
        for records in record_batches(folder, gone):
            rows = [with_metrics(without_nested(table)) for table in records]
            results.append(rows)
            traces.append([traces_of(table) for table in records])
            for table in rows:
                totals.add(table)
        folder.delete(SUMMARY)
        parts = {"results": results.publish(folder, RESULTS), "traces": traces.publish(folder, TRACES)}
        lost = find_lost(gone)
        failures = Counter(failure_classes(folder))
        failures[LOST] += lost.count
        summary = Summary(
            renders=results.rows,
            failures=dict(sorted((+failures).items())),
            render_seconds=round(totals.seconds, 3),
            evaluations=totals.evaluations,
            devices=dict(sorted(totals.devices.items())),
            semstyle_versions=sorted(totals.versions),
            lost=list(lost.ids),
            **parts,
        )
    folder.write(SUMMARY, summary.model_dump_json(indent=2).encode())
    return summary


def table_schema() -> pa.Schema:
    """Return the columns of ``results/``: a record's, and one for each metric."""
    schema = result_schema()
    for metric in METRICS:
        schema = schema.append(pa.field(METRIC_COLUMN + metric.name, pa.float64()))
    return schema


def without_nested(records: pa.Table) -> pa.Table:
    """Return records without what has no place in ``results/``; those of older versions have no map of origins."""
    return records.drop_columns([name for name in (TRACE, ORIGINS) if name in records.column_names])


def with_metrics(records: pa.Table) -> pa.Table:
    """Return records with a column for each metric: in pandas a column of maps is one of lists of pairs."""
    for metric in METRICS:
        values = pc.map_lookup(records["metrics"], pa.scalar(metric.name), "first")
        records = records.append_column(METRIC_COLUMN + metric.name, values)
    return records


def result_trace_schema() -> pa.Schema:
    return pa.schema([("render_id", pa.string()), *trace_schema()])


def record_batches(folder: Folder, gone: set[str]) -> Iterator[list[pa.Table]]:
    """Yield every record with an image, some at a time; neighbours that used the same layers are one table.

    Args:
        gone: A set to which the ids of records are added that are not there any more.
    """

    def read(render_id: str) -> pa.Table | None:
        try:
            return read_record(folder, render_id)
        except MissingObjectError:
            gone.add(render_id)
            return None

    tables = in_order(read, sorted(finished_ids(folder)))
    records = (table for table in tables if table is not None)
    while batch := list(islice(records, RECORDS_AT_ONCE)):
        # Not one table with all layers: what records differ in is nested in their traces.
        yield [pa.concat_tables(alike) for _, alike in groupby(batch, attrgetter("schema"))]


def traces_of(records: pa.Table) -> pa.Table:
    """Return the records' traces as rows of their own, each with its render's id."""
    traces = records[TRACE].combine_chunks()
    render_ids = pc.take(records["render_id"], pc.list_parent_indices(traces))
    return pa.Table.from_struct_array(traces.flatten()).add_column(0, "render_id", render_ids)


def failure_classes(folder: Folder) -> Iterator[str]:
    """Yield the class of failure of every row in quarantine; one that has left it meanwhile is left out."""
    return filter(None, in_order(partial(read_class, folder), sorted(failed_ids(folder))))
