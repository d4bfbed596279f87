"""Writing a manifest."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as kinds

from semstyle.manifest.schema import written_schema
from semstyle.storage import Folder, parent

ROW_GROUP_ROWS = 10_000


def write_manifest(
    rows: Iterable[Mapping[str, Any]], columns: Iterable[str], uri: str, lists: Collection[str] = ()
) -> int:
    """Write ``rows`` (column → value; what is missing is null) as one Parquet file, whole or not at all.

    Args:
        lists: The columns that hold lists of text; a single text becomes a list of one.

    Returns:
        How many rows there were.

    Raises:
        StorageError: when ``uri`` cannot be written.
    """
    schema = written_schema(columns, lists)
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
            writer.write_table(pa.Table.from_pylist([stored(row, schema) for row in group], schema))
            count += len(group)
    return count


def stored(row: Mapping[str, Any], schema: pa.Schema) -> dict[str, Any]:
    """Return ``row`` with each value in the form in which its column is stored."""
    return {
        column: [value] if isinstance(value, str) and kinds.is_list(schema.field(column).type) else value
        for column, value in row.items()
        if column in schema.names
    }
