"""Properties: whatever bytes, tables and YAML strangers send, they get a result or one clear line."""

from __future__ import annotations

import io
import json
from typing import Any

import anything
import forged_maps
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seeds import MANIFESTS, SMALL_MAPS, SPECS

from semstyle.manifest.columns import COLUMNS

MANY = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

ARROW_TYPES = [
    *(pa.string(), pa.large_string(), pa.binary(), pa.bool_(), pa.null(), pa.date32(), pa.timestamp("us")),
    *(pa.int8(), pa.int64(), pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.decimal128(9, 2)),
    *(pa.list_(pa.string()), pa.list_(pa.int64()), pa.map_(pa.string(), pa.string()), pa.struct([("a", pa.string())])),
    *(pa.dictionary(pa.int32(), pa.string()), pa.map_(pa.string(), pa.int64()), pa.duration("s")),
]
TEXTS = ["", "a.png", "../a", "s3://b/a", "a::b", "\0", "\x1b[2J", "content", "3_1", "9_9", "é" * 300, "-1", "nan"]


@st.composite
def arrays(draw: st.DrawFn, length: int) -> pa.Array:
    """An array of any type that Parquet holds."""
    kind = draw(st.sampled_from(ARROW_TYPES))
    text = st.sampled_from(TEXTS) | st.text(st.characters(codec="utf-8"), max_size=8)
    numbers = st.integers(-3, 120) | st.sampled_from([0, 1, 64])
    plain: dict[bool, st.SearchStrategy[Any]] = {
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind): text,
        pa.types.is_binary(kind): st.binary(max_size=6),
        pa.types.is_boolean(kind): st.booleans(),
        pa.types.is_null(kind): st.none(),
        pa.types.is_floating(kind): st.floats(width=16),
        pa.types.is_struct(kind): st.fixed_dictionaries({"a": text}),
        pa.types.is_map(kind): st.lists(
            st.tuples(text, text if kind == pa.map_(pa.string(), pa.string()) else numbers), max_size=3
        ),
        pa.types.is_list(kind): st.lists(text if kind == pa.list_(pa.string()) else numbers, max_size=3),
    }
    whole = numbers.map(abs) if pa.types.is_unsigned_integer(kind) else numbers
    values = draw(st.lists(st.none() | plain.get(True, whole), min_size=length, max_size=length))
    return pa.array(values, kind)


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """A table with some of a manifest's columns, most of them of a wrong type."""
    length = draw(st.integers(0, 4))
    names = draw(st.lists(st.sampled_from(COLUMNS) | st.text(max_size=5), max_size=5))
    styles = pa.array(draw(st.lists(st.sampled_from(TEXTS), min_size=length, max_size=length)), pa.string())
    return pa.table([styles, *(draw(arrays(length)) for _ in names)], ["style", *names])


@MANY
@given(tables())
def test_any_table_is_a_manifest_or_an_error(table: pa.Table) -> None:
    file = io.BytesIO()
    pq.write_table(table, file)
    anything.as_manifest(file.getvalue())


@st.composite
def damaged(draw: st.DrawFn, files: list[bytes]) -> bytes:
    """One of ``files`` with some bytes changed, or cut."""
    data = bytearray(draw(st.sampled_from(files)))
    for _ in range(draw(st.integers(1, 6))):
        if data:
            data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


@MANY
@given(damaged(MANIFESTS))
def test_any_damage_to_a_manifest_is_seen_or_does_no_harm(data: bytes) -> None:
    anything.as_manifest(data)


@MANY
@given(damaged(SMALL_MAPS))
def test_any_damage_to_a_map_is_seen_or_does_no_harm(data: bytes) -> None:
    anything.as_map(data)


@MANY
@given(damaged(SPECS))
def test_any_damage_to_a_grid_spec_is_seen_or_does_no_harm(data: bytes) -> None:
    anything.as_grid_spec(data)


LEAVES_OF_RANGES = st.integers(-2, 1000) | st.floats()
WORDS = ["inputs", "jobs", "grid", "fixed", "tags", "style", "style_map", "target_map", "init", "encoder", "<<"]
WORDS += ["styles", "contents", "targets", "image", "map", "glob", "zip", "sample", "ranges", "n", "low", "high", "log"]
WORDS += ["choices", "seeds", "presets", "when", "exclude", "environment", "content"]
CONDITIONS = st.sampled_from(["size = 64", "not seed > 1", "variety in [1, null]", "preset = null", "tags.a = 1", "("])
RANGES = st.fixed_dictionaries({"low": LEAVES_OF_RANGES, "high": LEAVES_OF_RANGES}) | st.fixed_dictionaries(
    {"choices": st.lists(st.integers(), max_size=2)}
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(TEXTS)
    | st.text(max_size=6)
    | st.dates()
    | st.binary(max_size=4)
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*WORDS, *COLUMNS]) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
VALUES = st.lists(LEAVES, min_size=1, max_size=3)
LIKELY = st.fixed_dictionaries(
    {"inputs": st.lists(st.fixed_dictionaries({"style": st.sampled_from(["a.png", *TEXTS])}), min_size=1, max_size=2)},
    optional={
        "grid": st.dictionaries(st.sampled_from(COLUMNS), VALUES, max_size=3),
        "fixed": st.dictionaries(st.sampled_from(COLUMNS), LEAVES, max_size=3),
        "zip": st.dictionaries(st.sampled_from(COLUMNS), VALUES, max_size=2),
        "seeds": st.integers(-1, 4) | VALUES,
        "presets": st.lists(st.sampled_from(["faithful", "painterly", "loyal"]), max_size=2),
        "sample": st.fixed_dictionaries(
            {"n": st.integers(0, 5), "ranges": st.dictionaries(st.sampled_from(COLUMNS), RANGES, max_size=2)}
        ),
        "when": st.dictionaries(st.sampled_from(COLUMNS), CONDITIONS, max_size=2),
        "exclude": st.lists(CONDITIONS, max_size=2),
        "tags": st.dictionaries(st.text(max_size=3), LEAVES, max_size=2),
    },
)


@MANY
@given(DOCUMENTS | LIKELY, st.sampled_from(["yaml", "json"]))
def test_any_document_is_a_grid_spec_or_an_error(document: Any, form: str) -> None:
    text = json.dumps(document, default=str) if form == "json" else yaml.safe_dump(document)
    anything.as_grid_spec(text.encode())


@pytest.mark.parametrize("text", ['{inputs: [{style: a}], fixed: {init: "\\ud800"}}', '{inputs: [{style: "\\udfff"}]}'])
def test_half_a_character_is_no_path(text: str) -> None:
    assert not anything.as_grid_spec(text.encode())


def test_what_is_damaged_above_is_whole() -> None:
    assert all(anything.as_manifest(data) for data in MANIFESTS)
    assert all(anything.as_grid_spec(data) for data in SPECS[:4])
    assert all(anything.as_map(data) for data in forged_maps.ACCEPTED.values())
