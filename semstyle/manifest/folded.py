"""Telling how large rows will be whose texts stand in a dictionary, before they are made in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from semstyle.manifest.errors import ManifestError

LONGEST_TEXT = 64 * 2**10
"""Most bytes of one text; a longer one would take as much again for each row that repeats it."""
MOST_ROW_BYTES = 64 * 2**20
VALUE_BYTES = 64
"""Bytes that a value takes in Python beside its text."""


def check_lengths(batch: pa.RecordBatch, file: str) -> dict[str, int]:
    """Return the bytes of each column's longest text, in its dictionary or in a row.

    Raises:
        ManifestError: for a text that is longer than ``LONGEST_TEXT``.
    """
    longest = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        longest[name] = max(
            (pc.max(pc.binary_length(texts)).as_py() or 0 for texts in distinct_texts(column)), default=0
        )
        if longest[name] > LONGEST_TEXT:
            raise ManifestError(
                f"holds a text of {longest[name]:,} bytes; the most is {LONGEST_TEXT:,}", file, column=name
            )
    return longest


def distinct_texts(array: pa.Array) -> Iterator[pa.Array]:
    """Yield the texts of each part of ``array``; those that stand in a dictionary come once."""
    for part in parts_of(array):
        if kinds.is_dictionary(part.type):
            yield part.dictionary
        elif is_plain_text(part.type):
            yield part


def in_parts(batch: pa.RecordBatch, file: str) -> Iterator[pa.RecordBatch]:
    """Yield ``batch`` in pieces, none of which takes more than ``MOST_ROW_BYTES`` in Python.

    Raises:
        ManifestError: when a single row takes more.
    """
    size = sum(unfolded_bytes(part) for column in batch.columns for part in parts_of(column))
    if size <= MOST_ROW_BYTES:
        yield batch
    elif batch.num_rows == 1:
        raise ManifestError(f"holds a row of about {size:,} bytes; the most is {MOST_ROW_BYTES:,}", file)
    else:
        half = batch.num_rows // 2
        yield from in_parts(batch.slice(0, half), file)
        yield from in_parts(batch.slice(half), file)


def unfolded_bytes(part: pa.Array) -> int:
    """Return how many bytes the values of an array without parts will take in Python."""
    texts = 0
    if kinds.is_dictionary(part.type):
        texts = pc.sum(pc.take(pc.binary_length(part.dictionary), part.indices)).as_py() or 0
    elif is_plain_text(part.type):
        texts = pc.sum(pc.binary_length(part)).as_py() or 0
    return len(part) * VALUE_BYTES + int(texts)


def parts_of(array: pa.Array) -> Iterator[pa.Array]:
    """Yield the arrays without parts that ``array`` is made of, cut to the rows that it shows."""
    kind = array.type
    if kinds.is_map(kind):
        start, stop = array.offsets[0].as_py(), array.offsets[-1].as_py()
        for part in (array.keys, array.items):
            yield from parts_of(part.slice(start, stop - start))
    elif kinds.is_struct(kind):
        for part in array.flatten():
            yield from parts_of(part)
    elif kinds.is_list(kind) or kinds.is_large_list(kind):
        yield from parts_of(array.flatten())
    else:
        yield array.cast(pa.large_string()) if kinds.is_string_view(kind) else array


def is_plain_text(kind: pa.DataType) -> bool:
    return bool(kinds.is_string(kind) or kinds.is_large_string(kind))
