"""Reading a run's finished renders as rows, without their traces."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from semstyle.farm.many_at_once import in_order
from semstyle.farm.output.layout import RESULTS, finished_ids
from semstyle.farm.output.parts import is_part
from semstyle.farm.output.read_records import read_listed, read_record
from semstyle.report.order import PLACE
from semstyle.report.varying import INPUTS, PARAMETERS, Result
from semstyle.storage import Folder, MissingObjectError

COLUMNS = ("render_id", "image", "tags", *PLACE, *INPUTS, *PARAMETERS)


def read_results(
    folder: Folder, columns: Sequence[str] = COLUMNS, finished: Collection[str] | None = None
) -> Iterator[Result]:
    """Yield every render that has its record and its image now, whatever has changed since ``results/`` was written.

    A render that is not in ``results/`` is read from its record. A column that an older version
    did not write is null.

    Args:
        columns: The columns to read, ``render_id`` among them.
        finished: Ids of the renders that are there, when they are known.

    Raises:
        StorageError: when they cannot be read.
        FarmError: when a record is damaged.
    """
    unseen = set(finished_ids(folder) if finished is None else finished)
    for name in sorted(filter(is_part, folder.names(RESULTS))):
        with pq.ParquetFile(io.BytesIO(read_listed(folder, f"{RESULTS}/{name}"))) as part:
            table = part.read(list(columns))
        for result in rows_of(table, columns):
            if result["render_id"] in unseen:
                unseen.remove(result["render_id"])
                yield result

    def read(render_id: str) -> pa.Table | None:
        try:
            return read_record(folder, render_id, list(columns))
        except MissingObjectError:
            return None

    for record in in_order(read, sorted(unseen)):
        yield from rows_of(record, columns) if record is not None else ()


def rows_of(table: pa.Table, columns: Sequence[str]) -> Iterator[Result]:
    missing = dict.fromkeys(set(columns) - set(table.column_names))
    for batch in table.to_batches(1024):
        for row in batch.to_pylist():
            yield {**missing, **row}
