"""The rows of a Parquet file as plain values; a small file cannot unfold to fill the memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as kinds

from semstyle.manifest.columns import check_schema
from semstyle.manifest.errors import ManifestError

BATCH_ROWS = 1024
BUFFER_BYTES = 1 << 20
LONGEST_TEXT = 64 * 2**10
"""Bytes of one value; longer ones would multiply by the rows that repeat them."""
MOST_PARTS = 100_000
"""Columns, and row groups, of a file."""
# Without pre-buffering and with a small buffer a row group of any length streams.
READING = {"buffer_size": BUFFER_BYTES, "pre_buffer": False, "thrift_container_size_limit": MOST_PARTS}


@dataclass(frozen=True)
class UndecodableText:
    """A row of which ``column`` is not UTF-8, which Arrow finds only when asked for the text."""

    column: str


class ManifestParquet:
    """One Parquet file, its schema that of a manifest.

    Args:
        file: What to call it in errors.

    Raises:
        ManifestError: when it is not a manifest's schema.
        ArrowException: when it is not Parquet; also ``OSError`` and ``ValueError``, here and while it is read.
    """

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self._stream, self._file = stream, file
        self._parquet = pq.ParquetFile(stream, **READING)
        check_schema(self._parquet.schema_arrow, file)

    @property
    def row_count(self) -> int:
        rows: int = self._parquet.metadata.num_rows
        return rows

    def values(self) -> Iterator[dict[str, Any] | UndecodableText]:
        """The rows as column → value.

        Raises:
            ManifestError: for a text that is longer than ``LONGEST_TEXT``.
        """
        for row_group in range(self._parquet.num_row_groups):
            check_lengths(self._first_row_folded(row_group), self._file)
            for batch in self._parquet.iter_batches(BATCH_ROWS, row_groups=[row_group]):
                check_lengths(batch, self._file)
                yield from batch_values(batch)

    def _first_row_folded(self, row_group: int) -> pa.RecordBatch:
        """The first row, with the dictionaries of texts that all rows of the group refer to, not yet repeated."""
        columns = [self._parquet.schema.column(number) for number in range(len(self._parquet.schema))]
        texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
        folded = pq.ParquetFile(self._stream, metadata=self._parquet.metadata, read_dictionary=texts, **READING)
        return next(folded.iter_batches(1, row_groups=[row_group]), pa.record_batch({}))


def check_lengths(batch: pa.RecordBatch, file: str) -> None:
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        for texts in distinct_texts(column):
            longest = pc.max(pc.binary_length(texts)).as_py() or 0
            if longest > LONGEST_TEXT:
                raise ManifestError(
                    f"holds a text of {longest:,} bytes; the most is {LONGEST_TEXT:,}", file, column=name
                )


def distinct_texts(array: pa.Array) -> Iterator[pa.Array]:
    """The texts of each part of ``array``, once where they stand in a dictionary."""
    kind = array.type
    if kinds.is_dictionary(kind):
        yield array.dictionary
    elif kinds.is_map(kind):
        yield from distinct_texts(array.keys)
        yield from distinct_texts(array.items)
    elif kinds.is_struct(kind):
        for number in range(kind.num_fields):
            yield from distinct_texts(array.field(number))
    elif kinds.is_list(kind) or kinds.is_large_list(kind):
        yield from distinct_texts(array.values)
    elif kinds.is_string(kind) or kinds.is_large_string(kind):
        yield array


def batch_values(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | UndecodableText]:
    """The batch's rows as column → value."""
    try:
        yield from batch.to_pylist()
    except UnicodeDecodeError:
        for number in range(batch.num_rows):
            yield row_values(batch.slice(number, 1))


def row_values(single: pa.RecordBatch) -> dict[str, Any] | UndecodableText:
    values = {}
    for column in single.schema.names:
        try:
            values[column] = single.column(column)[0].as_py()
        except UnicodeDecodeError:
            return UndecodableText(column)
    return values
