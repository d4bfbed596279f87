"""Reading a run's records, many at a time and in a fixed order."""

from __future__ import annotations

import time

import pyarrow as pa
import pyarrow.parquet as pq

from semstyle.farm.errors import FarmError
from semstyle.farm.output.layout import record_path
from semstyle.storage import Folder, MissingObjectError

LOOKS = 3
LOOK_SECONDS = 0.5
"""How long to wait between two looks for a file that is listed and not there."""


def read_record(folder: Folder, render_id: str, columns: list[str] | None = None) -> pa.Table:
    """Read a record as a table of one row.

    Raises:
        FarmError: when it is not a record.
        MissingObjectError: when there is none, not even at the third look.
    """
    content = read_listed(folder, record_path(render_id))
    try:
        # `read_table` takes several times as long: it makes a data set of the file first.
        with pq.ParquetFile(pa.BufferReader(content)) as parquet:
            table: pa.Table = parquet.read(columns, use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise FarmError(
            f"{folder.location(record_path(render_id))}: not a readable record ({error}); "
            "`semstyle verify --repair` removes it"
        ) from None
    return table


def read_listed(folder: Folder, path: str) -> bytes:
    """Read a file that a listing, or another program, has named; the store may take a moment to show it."""
    for _ in range(LOOKS - 1):
        try:
            return folder.read(path)
        except MissingObjectError:
            time.sleep(LOOK_SECONDS)
    return folder.read(path)
