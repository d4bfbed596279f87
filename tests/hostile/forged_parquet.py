"""Parquet files as strangers might send them: nested, folded, split, encrypted; and footers written by hand."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe

REQUIRED, OPTIONAL, REPEATED = 0, 1, 2
UTF8, MAP, LIST = 0, 1, 3
LONG = 65_000


def parquet(table: pa.Table | dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), file, compression="zstd", **options)
    return file.getvalue()


# A footer of Thrift's compact protocol.
def variable(number: int) -> bytes:
    digits = bytearray()
    while number > 127:
        digits.append(number & 127 | 128)
        number >>= 7
    return bytes([*digits, number])


def name_of(text: str) -> bytes:
    return b"\x18" + variable(len(text)) + text.encode()


def leaf(name: str, repetition: int = OPTIONAL) -> bytes:
    return b"\x15\x0c\x25" + bytes([2 * repetition]) + name_of(name) + b"\x25" + bytes([2 * UTF8]) + b"\0"


def group(name: str, children: int, repetition: int = OPTIONAL, kind: int | None = None) -> bytes:
    mark = b"" if kind is None else b"\x15" + bytes([2 * kind])
    return b"\x35" + bytes([2 * repetition]) + name_of(name) + b"\x15" + variable(2 * children) + mark + b"\0"


def schema(columns: int, elements: list[bytes]) -> bytes:
    """A file without rows."""
    root = b"\x48" + name_of("schema")[1:] + b"\x15" + variable(2 * columns) + b"\0"
    listed = b"\x19\xfc" + variable(len(elements) + 1) + root + b"".join(elements)
    footer = b"\x15\x04" + listed + b"\x16\0\x19\x0c\0"
    return b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def structs(depth: int) -> bytes:
    inner = [group("tags" if level == 0 else "s", 1) for level in range(depth)]
    return schema(2, [leaf("style"), *inner, leaf("x")])


def lists(depth: int) -> bytes:
    pairs = (
        (group("element" if level else "style", 1, kind=LIST), group("list", 1, REPEATED)) for level in range(depth)
    )
    return schema(1, [element for pair in pairs for element in pair] + [leaf("element")])


def maps(depth: int) -> bytes:
    levels = (
        (group("value" if level else "tags", 1, kind=MAP), group("key_value", 2, REPEATED), leaf("key", REQUIRED))
        for level in range(depth)
    )
    return schema(2, [leaf("style"), *(element for parts in levels for element in parts), leaf("value")])


def fields(count: int, name: Callable[[int], str], told: int | None = None) -> bytes:
    """Tags as a struct of ``count`` fields, of which the schema says that they are ``told``."""
    leaves = [leaf(name(number)) for number in range(count)]
    return schema(2, [leaf("style"), group("tags", count if told is None else told), *leaves])


def row_groups(count: int, table: pa.Table) -> bytes:
    """``table`` again and again."""
    file = io.BytesIO()
    with pq.ParquetWriter(file, table.schema) as writer:
        for _ in range(count):
            writer.write_table(table)
    return file.getvalue()


class OpenKeys(pe.KmsClient):  # type: ignore[misc]
    """Keeps keys in plain sight."""

    def __init__(self, _: object) -> None:
        super().__init__()

    def wrap_key(self, key_bytes: bytes, _: str) -> bytes:
        return key_bytes

    def unwrap_key(self, wrapped_key: bytes, _: str) -> bytes:
        return wrapped_key


def encrypted(with_plain_footer: bool) -> bytes:
    table = pa.table({"style": ["a.png"]})
    plan = pe.EncryptionConfiguration(footer_key="f", column_keys={"c": ["style"]}, plaintext_footer=with_plain_footer)
    properties = pe.CryptoFactory(OpenKeys).file_encryption_properties(pe.KmsConnectionConfig(), plan)
    file = io.BytesIO()
    with pq.ParquetWriter(file, table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
    return file.getvalue()


def extension(name: str, kind: pa.DataType = pa.string()) -> bytes:  # noqa: B008
    marks = {"ARROW:extension:name": name, "ARROW:extension:metadata": "{}"}
    return parquet(pa.table([pa.nulls(1, kind)], pa.schema([pa.field("style", kind, metadata=marks)])))


def folded(count: int, text: str = "a" * LONG) -> pa.Array:
    """One text, ``count`` times."""
    return pa.DictionaryArray.from_arrays(pa.array([0] * count, pa.int32()), pa.array([text]))


def in_lists(lengths: list[int], values: pa.Array) -> pa.Array:
    """Rows with so many of ``values`` each."""
    offsets = [0]
    for length in lengths:
        offsets.append(offsets[-1] + length)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values)


def tags_of(lengths: list[int], values: pa.Array) -> pa.Array:
    """Rows with so many tags each, whose names are numbers."""
    offsets = in_lists(lengths, values).offsets
    names = [f"t{number}" for length in lengths for number in range(length)]
    return pa.MapArray.from_arrays(offsets, pa.array(names), values)
