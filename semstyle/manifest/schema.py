"""The types that a manifest's columns have in Parquet: those that we write, and those that we accept."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyarrow as pa
import pyarrow.types as kinds

from semstyle.engine.parameter import element_type, parameter_type
from semstyle.manifest.columns import (
    COLUMNS,
    LIST_COLUMNS,
    PARAMETER_FIELDS,
    PRIORITY_COLUMN,
    TAGS_COLUMN,
    nearest,
)
from semstyle.manifest.errors import ManifestError

MOST_FIELDS = 1_000
"""Most fields of a struct of tags, each of which every row has."""
TAGS_TYPE = pa.map_(pa.string(), pa.string())
WRITTEN_TYPES = {str: pa.string(), int: pa.int64(), float: pa.float64(), tuple: pa.string()}


def written_type(column: str) -> pa.DataType:
    """Return the type in which ``column`` is written; lists of layers and of numbers are comma-separated text."""
    if column == TAGS_COLUMN:
        return TAGS_TYPE
    if column == PRIORITY_COLUMN:
        return pa.int64()
    if column in PARAMETER_FIELDS:
        return WRITTEN_TYPES[parameter_type(PARAMETER_FIELDS[column])]
    return pa.string()


def written_schema(columns: Iterable[str], lists: Iterable[str] = ()) -> pa.Schema:
    """Return the schema of a manifest with these columns, in the usual order; those in ``lists`` hold lists of text."""
    wanted, several = set(columns), set(lists)
    return pa.schema(
        [
            (column, pa.list_(pa.string()) if column in several else written_type(column))
            for column in COLUMNS
            if column in wanted
        ]
    )


def check_schema(schema: pa.Schema, file: str) -> None:
    """Refuse a Parquet schema that is not a manifest's.

    Raises:
        ManifestError: for an unknown (naming the nearest known), doubled or missing column, or a wrong type.
    """
    for name in schema.names:
        if name not in COLUMNS:
            raise ManifestError(f"there is no such column{nearest(name, COLUMNS)}", file, column=name)
        if schema.names.count(name) > 1:
            raise ManifestError("the column is there more than once; keep one", file, column=name)
    if "style" not in schema.names:
        raise ManifestError("the column is missing; each row names its style image", file, column="style")
    for field in schema:
        accepts, wanted = accepted_type(field.name)
        if field.type.num_fields > MOST_FIELDS:
            message = (
                f"its type has {field.type.num_fields:,} fields, and the most is {MOST_FIELDS:,}; it should be {wanted}"
            )
            raise ManifestError(message, file, column=field.name)
        if not accepts(field.type):
            raise ManifestError(f"its type is {field.type}, and should be {wanted}", file, column=field.name)


def accepted_type(column: str) -> tuple[Callable[[pa.DataType], bool], str]:
    """Return a test for the types that ``column`` may have in a file, which are more than we write, and their name."""
    if column == TAGS_COLUMN:
        return is_tags, "map<string, string>"
    if column == PRIORITY_COLUMN:
        return is_number, "a whole number"
    if column in LIST_COLUMNS:
        return is_texts, "string or list<string>"
    if column not in PARAMETER_FIELDS:
        return is_text, "string"
    kind = parameter_type(PARAMETER_FIELDS[column])
    if kind is str:
        return is_text, "string"
    if kind is tuple and element_type(PARAMETER_FIELDS[column]) is str:
        return is_texts, "string (comma-separated) or list<string>"
    if kind is tuple:
        return is_numbers, "a list of numbers, or string (comma-separated)"
    return is_number, "a whole number" if kind is int else "a number"


def is_text(kind: pa.DataType) -> bool:
    if kinds.is_dictionary(kind):
        return is_text(kind.value_type)
    return bool(
        kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind) or kinds.is_null(kind)
    )


def is_number(kind: pa.DataType) -> bool:
    # Whole numbers may come as floats: pandas makes them so where a value is missing. Each value is checked later.
    return bool(kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_null(kind))


def is_texts(kind: pa.DataType) -> bool:
    return is_text(kind) or (is_list(kind) and is_text(kind.value_type))


def is_numbers(kind: pa.DataType) -> bool:
    return is_text(kind) or is_number(kind) or (is_list(kind) and is_number(kind.value_type))


def is_list(kind: pa.DataType) -> bool:
    return bool(kinds.is_list(kind) or kinds.is_large_list(kind))


def is_tags(kind: pa.DataType) -> bool:
    if kinds.is_map(kind):
        return is_text(kind.key_type) and is_text(kind.item_type)
    if kinds.is_struct(kind):  # what pandas makes of a column of dictionaries
        names = [field.name for field in kind]
        return len(set(names)) == len(names) and all(is_text(field.type) for field in kind)
    return bool(kinds.is_null(kind))
