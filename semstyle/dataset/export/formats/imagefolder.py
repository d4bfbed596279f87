"""Folders of plain image files, each with a table of their rows."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from semstyle.dataset.export.formats.columns import row_schema
from semstyle.dataset.export.plan import Part

FILE_NAME = "file_name"
METADATA = "metadata.parquet"
"""Parquet, as columns of CSV and JSON have no types: one that is empty in one split alone would have another there."""


def folder_path(part: Part) -> str:
    """Return the folder of a part: the split's own, or one in it when it has several."""
    return part.split if part.count == 1 else f"{part.split}/{part.number:05d}"


def metadata_bytes(rows: Sequence[Mapping[str, Any]], tags: Mapping[str, str]) -> bytes:
    """Write the rows of a folder as ``metadata.parquet``.

    Args:
        rows: Each with the name of its image's file as ``file_name``.
    """
    schema = pa.schema([pa.field(FILE_NAME, pa.string()), *row_schema(tags)])
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), schema), stream, compression="zstd")
    return stream.getvalue()
