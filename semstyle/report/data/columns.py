"""What a report's columns hold: which values there are, and those of some renders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from semstyle.report.data.column import Column, Kind, Source
from semstyle.report.data.significant import rounded
from semstyle.report.data.sources import sources, tags_of_most
from semstyle.report.data.spool import BATCH_ROWS, Spool
from semstyle.report.varying import short
from semstyle.storage import redact

MOST_CATEGORIES = 1_000
MOST_INPUTS = 5_000
"""Text of more different values than these is no category: pages have it whole."""
EXACT = 2**53
"""JavaScript's numbers hold no larger integers."""
DIGITS = 6
AS_TEXT = pa.string()


def described(spool: Spool, picture_of: Callable[[str, str], str | None]) -> list[Column]:
    """Describe the columns of which any render has a value.

    Args:
        picture_of: Returns the picture of an input, given its column and the text of its cell.
    """
    tags = tags_of_most(spool.pages(BATCH_ROWS, ["tags"]))
    found = (describe(source, spool, picture_of) for source in sources(tags))
    return [column for column in found if column is not None]


def describe(source: Source, spool: Spool, picture_of: Callable[[str, str], str | None]) -> Column | None:
    """Describe a column; None when no render has a value."""
    different = different_values(source, spool)
    if different is None or different.null_count == len(different):
        return None
    is_text = not is_number(different.type) or has_large_numbers(different)
    if len(different) == 1:
        value = different.cast(AS_TEXT)[0].as_py() if is_text else different[0].as_py()
        return constant(source, value, picture_of)
    if not is_text:
        return Column(source, "number")
    texts = different.drop_null().cast(AS_TEXT).to_pylist()
    if len(texts) > (MOST_INPUTS if source.group == "input" else MOST_CATEGORIES):
        return Column(source, "text")
    pictures = [picture_of(source.name, text) for text in texts] if source.group == "input" else []
    return Column(source, "category", texts, in_words(source, texts), pictures=pictures)


def different_values(source: Source, spool: Spool) -> pa.Array | None:
    """Return the values that a column has, in the order of the manifest; of numbers, all or the largest and others."""
    different: pa.Array | None = None
    for rows in spool.pages(4 * BATCH_ROWS, [source.column]):
        values = pc.unique(values_of(rows, source))
        different = values if different is None else pc.unique(pa.concat_arrays([different, values]))
        if is_number(different.type) and len(different) > MOST_INPUTS:  # the farthest from 0 say all that is asked
            different = pa.concat_arrays([different[:2], different.take(pc.sort_indices(different)[-1:])])
    return different


def is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def has_large_numbers(values: pa.Array) -> bool:
    """Whether any is an integer that JavaScript's numbers do not hold."""
    return bool(pa.types.is_int64(values.type) and (pc.max(values).as_py() or 0) > EXACT)


def constant(source: Source, value: Any, picture_of: Callable[[str, str], str | None]) -> Column:
    kind: Kind = "category" if isinstance(value, str) else "number"
    pictures = [picture_of(source.name, value)] if source.group == "input" else []
    shown = in_words(source, [value])[0] if isinstance(value, str) else rounded([value], 15)[0]
    if isinstance(value, int):
        shown = value
    return Column(source, kind, constant=shown, has_constant=True, pictures=pictures)


def in_words(source: Source, texts: Sequence[str]) -> list[str]:
    """Write values as the page shows them: of a file's URI the last part, unless others end the same."""
    safe = [redact(text) for text in texts]
    if source.group != "input":
        return safe
    ends = [short(text) for text in safe]
    return (
        [end if ends.count(end) == 1 else text for end, text in zip(ends, safe, strict=True)] if small(ends) else safe
    )


def small(texts: Sequence[str]) -> bool:
    return len(texts) <= MOST_CATEGORIES


def values_of(rows: pa.Table, source: Source) -> pa.Array:
    """Return a column's values: numbers or strings, of which some are null."""
    column = rows[source.column].combine_chunks()
    if source.key is not None:
        return pc.map_lookup(column, pa.scalar(source.key), "first")
    if pa.types.is_list(column.type):
        return pc.list_value_length(column)
    return column


def cells(rows: pa.Table, column: Column) -> list[Any]:
    """Return the values of ``rows`` as a page has them: numbers, numbers of categories, or text."""
    values = values_of(rows, column.source)
    if column.kind == "category":
        values = pc.fill_null(pc.index_in(values.cast(AS_TEXT), pa.array(column.values, AS_TEXT)), -1)
    elif column.kind == "text":
        return [None if value is None else redact(value) for value in values.cast(AS_TEXT).to_pylist()]
    elif pa.types.is_floating(values.type):
        return list(rounded(values.to_pylist(), 15 if column.source.group == "parameter" else DIGITS))
    found: list[Any] = values.to_pylist()
    return found
