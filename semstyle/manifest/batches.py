"""Reading the rows of a Parquet file as plain values, so that no small file can fill the memory when it is unfolded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, compress
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from semstyle.manifest.columns import PRIORITY_COLUMN
from semstyle.manifest.folded import check_lengths, in_parts
from semstyle.manifest.priority_column import priorities_of
from semstyle.manifest.schema import check_schema

BATCH_ROWS = 1024
FEWEST_BATCH_ROWS = 16
PRIORITIES_AT_ONCE = 65_536
BUFFER_BYTES = 1 << 20
MOST_PARTS = 100_000
"""Most columns, and most row groups, that a file may have."""
MOST_UNFOLDED_BYTES = 256 * 2**20
"""Most bytes of a batch, or of all lists of a row group, that is read without being looked at folded first."""
# Without pre-buffering and with a small buffer a row group of any length streams.
READING = {"buffer_size": BUFFER_BYTES, "pre_buffer": False, "thrift_container_size_limit": MOST_PARTS}


@dataclass(frozen=True)
class UndecodableText:
    """A row whose ``column`` is not UTF-8, which Arrow notices only when it is asked for the text."""

    column: str


Values = dict[str, Any] | UndecodableText
"""A row as column → value."""


class ManifestParquet:
    """One Parquet file of a manifest.

    A text that many rows or values of a list share stands in the file once, so that a few kilobytes may stand for many
    gigabytes. A row group that is so large is read folded, as numbers that refer to texts.

    Args:
        file: What to call it in errors.

    Raises:
        ManifestError: when its schema is not a manifest's.
        ArrowException: when it is not Parquet, here or while it is read; so are ``OSError`` and ``ValueError``.
    """

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self._file = file
        self._parquet = pq.ParquetFile(stream, **READING)
        check_schema(self._parquet.schema_arrow, file)
        columns = [self._parquet.schema.column(number) for number in range(len(self._parquet.schema))]
        self._leaves = [(column.path.partition(".")[0], column.max_repetition_level > 0) for column in columns]
        self._is_nested = any(column.path != column.name for column in columns)
        texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
        self._folded = pq.ParquetFile(stream, metadata=self._parquet.metadata, read_dictionary=texts, **READING)

    @property
    def row_count(self) -> int:
        rows: int = self._parquet.metadata.num_rows
        return rows

    @property
    def has_priorities(self) -> bool:
        return PRIORITY_COLUMN in self._parquet.schema_arrow.names

    def priorities(self, groups: list[int] | None = None) -> set[int]:
        """Return the different priorities of the rows, or of those in some row groups; only their column is read."""
        if not self.has_priorities:
            return {0} if self.row_count else set()
        found: set[int] = set()
        for batch in self._parquet.iter_batches(PRIORITIES_AT_ONCE, row_groups=groups, columns=[PRIORITY_COLUMN]):
            found.update(priorities_of(batch.column(0)).tolist())
        return found

    def rows(self, priority: int | None = None) -> Iterator[tuple[int, Values]]:
        """Yield the number of each row, counted from 1, and the row as column → value.

        Args:
            priority: Leaves out the rows of other priorities; None leaves out none.

        Raises:
            ManifestError: for a text that is longer than ``LONGEST_TEXT``, or a row larger than ``MOST_ROW_BYTES``.
        """
        last = 0
        for groups, rows in self._runs():
            first, last = last + 1, last + rows
            if priority is not None and priority not in self.priorities(groups):
                continue
            for batch in self._batches(groups, rows):
                check_lengths(batch, self._file)
                for part in in_parts(batch, self._file):
                    numbered = zip(range(first, first + part.num_rows), batch_values(part), strict=True)
                    yield from numbered if priority is None else compress(numbered, self._is_of(part, priority))
                    first += part.num_rows

    def _is_of(self, batch: pa.RecordBatch, priority: int) -> list[bool]:
        """Say of each row whether it has this priority."""
        if not self.has_priorities:
            return [priority == 0] * batch.num_rows
        chosen: list[bool] = (priorities_of(batch.column(PRIORITY_COLUMN)) == priority).tolist()
        return chosen

    def _runs(self) -> Iterator[tuple[list[int], int]]:
        """Yield (row groups, their number of rows): one group, or several that together make no more than a batch."""
        run: list[int] = []
        total = 0
        for group in range(self._parquet.num_row_groups):
            rows = self._parquet.metadata.row_group(group).num_rows
            if run and total + rows > BATCH_ROWS:
                yield run, total
                run, total = [], 0
            run, total = [*run, group], total + rows
        if run:
            yield run, total

    def _batches(self, groups: list[int], rows: int) -> Iterator[pa.RecordBatch]:
        if rows <= BATCH_ROWS:
            # Arrow does not join lists whose texts stand in several dictionaries.
            together = [[group] for group in groups] if self._is_nested else [groups]
            return chain.from_iterable(in_batches(self._folded, BATCH_ROWS, part) for part in together)
        first = next(in_batches(self._folded, 1, groups), pa.record_batch({}))
        longest = check_lengths(first, self._file)
        in_lists = sum(count * longest.get(name, 0) for name, count in self._list_values(groups[0]))
        if in_lists > MOST_UNFOLDED_BYTES:
            return in_batches(self._folded, BATCH_ROWS, groups)
        fitting = MOST_UNFOLDED_BYTES // max(1, sum(longest.values()))
        return in_batches(self._parquet, max(FEWEST_BATCH_ROWS, min(BATCH_ROWS, fitting)), groups)

    def _list_values(self, group: int) -> Iterator[tuple[str, int]]:
        """Yield (column, number of values) for each part of the row group in which a row may hold several values."""
        metadata = self._parquet.metadata.row_group(group)
        for number, (name, is_repeated) in enumerate(self._leaves):
            if is_repeated:
                yield name, metadata.column(number).num_values


def in_batches(parquet: pq.ParquetFile, rows: int, groups: list[int]) -> Iterator[pa.RecordBatch]:
    yield from parquet.iter_batches(rows, row_groups=groups)


def batch_values(batch: pa.RecordBatch) -> Iterator[Values]:
    """Yield the batch's rows as column → value."""
    try:
        yield from batch.to_pylist()
    except UnicodeDecodeError:
        for number in range(batch.num_rows):
            yield row_values(batch.slice(number, 1))


def row_values(single: pa.RecordBatch) -> Values:
    values = {}
    for column in single.schema.names:
        try:
            values[column] = single.column(column)[0].as_py()
        except UnicodeDecodeError:
            return UndecodableText(column)
    return values
