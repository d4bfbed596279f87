"""Writing a manifest."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from semstyle.manifest.columns import written_schema
from semstyle.storage import Folder, parent

ROW_GROUP_ROWS = 10_000


def write_manifest(rows: Iterable[Mapping[str, Any]], columns: Iterable[str], uri: str) -> int:
    """Write ``rows`` (column → value; what is missing is null) as one Parquet file; whole or not at all.

    Returns:
        How many rows there were.

    Raises:
        StorageError: when ``uri`` cannot be written.
    """
    schema = written_schema(columns)
    with tempfile.TemporaryDirectory(prefix="semstyle-") as folder:
        draft = Path(folder) / "manifest.parquet"
        count = write_file(rows, schema, draft)
        Folder(parent(uri)).write(uri.rsplit("/", 1)[-1], draft.read_bytes())
    return count


def write_file(rows: Iterable[Mapping[str, Any]], schema: pa.Schema, path: Path) -> int:
    count = 0
    remaining = iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while group := list(itertools.islice(remaining, ROW_GROUP_ROWS)):
            writer.write_table(pa.Table.from_pylist([dict(row) for row in group], schema))
            count += len(group)
    return count
