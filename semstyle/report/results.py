"""A run's finished renders as rows, without their traces."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import pyarrow.parquet as pq

from semstyle.farm.archive import in_order, read_record
from semstyle.farm.layout import RESULTS, committed_ids
from semstyle.report.varying import INPUTS, PARAMETERS, Result
from semstyle.storage import Folder

COLUMNS = ("render_id", "tags", *INPUTS, *PARAMETERS)


def read_results(folder: Folder, columns: Sequence[str] = COLUMNS) -> Iterator[Result]:
    """Every render, part by part of ``results/``; of a run that has not come to write that, record by record.

    Raises:
        StorageError: when they cannot be read.
        FarmError: when a record is damaged.
    """
    parts = sorted(folder.names(RESULTS))
    for name in parts:
        table = pq.read_table(io.BytesIO(folder.read(f"{RESULTS}/{name}")), columns=list(columns))
        for batch in table.to_batches(1024):
            yield from batch.to_pylist()
    if not parts:
        ids = sorted(committed_ids(folder))
        for record in in_order(lambda render_id: read_record(folder, render_id, list(columns)), ids):
            yield from record.to_pylist()
