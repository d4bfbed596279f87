"""Manifests from strangers: a file that is none is one clear line, a row that is none is quarantined."""

from __future__ import annotations

import io
import json
import pickle
import resource
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from forged_maps import pickled
from settling import assert_is_one_clear_line

from semstyle.errors import SemstyleError
from semstyle.manifest import BadRow, Row, count_rows, manifest_digest, read_rows
from semstyle.manifest.folded import LONGEST_TEXT
from semstyle.manifest.row import LONGEST_URI

STYLE = {"style": ["style.png"]}


def parquet(table: pa.Table | dict[str, Any], **options: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), file, **options)
    return file.getvalue()


def renamed(name: bytes) -> bytes:
    """A column called ``name``, whatever Arrow thinks of it."""
    return parquet({**STYLE, "q" * len(name): ["x"]}).replace(b"q" * len(name), name)


def schema_of(columns: int, name: Callable[[int], str]) -> bytes:
    """A Parquet file without rows, its footer written by hand: Arrow needs a minute for a million columns."""
    leaves = (b"\x15\x0c\x25\x02\x18" + short_text(name(number)) + b"\0" for number in range(columns - 1))
    style = b"\x15\x0c\x25\x02\x18" + short_text("style") + b"\0"
    root = b"\x48" + short_text("schema") + b"\x15" + variable(2 * columns) + b"\0"
    elements = b"\x19\xfc" + variable(columns + 1) + root + style + b"".join(leaves)
    footer = b"\x15\x04" + elements + b"\x16\0" + b"\x19\x0c" + b"\0"
    return b"PAR1" + footer + len(footer).to_bytes(4, "little") + b"PAR1"


def short_text(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def variable(number: int) -> bytes:
    """Thrift's variable-length integer."""
    digits = bytearray()
    while number > 127:
        digits.append(number & 127 | 128)
        number >>= 7
    return bytes([*digits, number])


def repeated(text: str, rows: int) -> bytes:
    """``text`` once in the file, and ``rows`` times in the table."""
    indices = pa.array([0] * rows, pa.int32())
    return parquet({"style": pa.DictionaryArray.from_arrays(indices, pa.array([text]))}, compression="zstd")


def doubled_fields() -> bytes:
    fields = [pa.field("a", pa.string()), pa.field("a", pa.string())]
    tags = pa.StructArray.from_arrays([pa.array(["1"]), pa.array(["2"])], fields=fields)
    return parquet({**STYLE, "tags": tags})


def flipped(data: bytes, start: int, stop: int) -> bytes:
    return data[:start] + bytes(255 - byte for byte in data[start:stop]) + data[stop:]


WHOLE = parquet({"style": [f"{number}.png" for number in range(3000)]})

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "zero bytes": (lambda: b"", "not a readable Parquet"),
    "magic alone": (lambda: b"PAR1", "not a readable Parquet"),
    "magic twice": (lambda: b"PAR1PAR1", "not a readable Parquet"),
    "magic and a footer of 4 GB": (lambda: b"PAR1\xff\xff\xff\xffPAR1", "not a readable Parquet"),
    "csv": (lambda: b"style,size\na.png,64\n", "not a readable Parquet"),
    "json": (lambda: json.dumps([{"style": "a"}]).encode(), "not a readable Parquet"),
    "pickle": (lambda: pickle.dumps([{"style": "a"}]), "not a readable Parquet"),
    "first half": (lambda: WHOLE[: len(WHOLE) // 2], "not a readable Parquet"),
    "last half": (lambda: WHOLE[len(WHOLE) // 2 :], "not a readable Parquet"),
    "damaged pages": (lambda: flipped(WHOLE, 20, 4000), "not a readable Parquet"),
    "damaged footer": (lambda: flipped(WHOLE, len(WHOLE) - 200, len(WHOLE) - 8), "not a readable Parquet"),
    "encrypted": (lambda: WHOLE[:-4] + b"PARE", "not a readable Parquet"),
    "a million columns": (lambda: schema_of(10**6, lambda number: f"c{number}"), "not a readable Parquet"),
    "a million columns of one name": (lambda: schema_of(10**6, lambda _: "size"), "not a readable Parquet"),
    "as many columns as are read": (lambda: schema_of(90_000, lambda number: f"c{number}"), "there is no such column"),
    "no column": (lambda: parquet({}), "column style: the column is missing"),
    "no style": (lambda: parquet({"content": ["a"]}), "column style: the column is missing"),
    "unknown column": (lambda: parquet({**STYLE, "styel_map": ["a"]}), "did you mean style_map"),
    "a column of 10 kB": (lambda: parquet({**STYLE, "x" * 10_000: ["a"]}), "there is no such column"),
    "a column in another case": (lambda: parquet({**STYLE, "Size": [64]}), "did you mean size"),
    "a column named like a path": (lambda: parquet({**STYLE, "../../x": ["a"]}), "there is no such column"),
    "a column that commands a terminal": (lambda: parquet({**STYLE, "\x1b[2J\n": ["a"]}), "there is no such column"),
    "a column with a password": (
        lambda: parquet({**STYLE, "https://u:planted-password-5up3r@h/": ["a"]}),
        "there is no such column",
    ),
    "a column that is not UTF-8": (lambda: renamed(b"\xff\xfe\xff\xfe\xff"), "not a readable Parquet"),
    "a column twice": (
        lambda: parquet(pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["style", "style"])),
        "more than once",
    ),
    "numbers as styles": (lambda: parquet({"style": [1]}), "its type is int64"),
    "bytes as styles": (lambda: parquet({"style": [b"a"]}), "its type is binary"),
    "lists as contents": (lambda: parquet({**STYLE, "content": [["a"]]}), "its type is list"),
    "lists of lists as styles": (lambda: parquet({"style": [[["a"]]]}), "its type is list"),
    "structs as styles": (lambda: parquet({"style": [{"uri": "a"}]}), "its type is struct"),
    "a struct of 2,000 fields as styles": (
        lambda: parquet({"style": [{f"field{number}": 1 for number in range(2000)}]}),
        "should be string",
    ),
    "text as a number": (lambda: parquet({**STYLE, "size": ["64"]}), "its type is string"),
    "decimals as a number": (lambda: parquet({**STYLE, "style_weight": [Decimal("25.0")]}), "its type is decimal"),
    "truth as a number": (lambda: parquet({**STYLE, "seed": [True]}), "its type is bool"),
    "moments as a number": (lambda: parquet({**STYLE, "seed": pa.array([0], pa.timestamp("us"))}), "its type is time"),
    "numbers as a word": (lambda: parquet({**STYLE, "method": [1]}), "its type is int64"),
    "numbers as an id": (lambda: parquet({**STYLE, "render_id": [1]}), "its type is int64"),
    "numbers as layers": (lambda: parquet({**STYLE, "style_layers": [[31]]}), "its type is list"),
    "text as tags": (lambda: parquet({**STYLE, "tags": ["a=b"]}), "its type is string"),
    "numbers as tags": (lambda: parquet({**STYLE, "tags": [{"a": 1}]}), "its type is struct"),
    "tags of tags": (lambda: parquet({**STYLE, "tags": [{"a": {"b": "c"}}]}), "its type is struct"),
    "tags with a name twice": (doubled_fields, "its type is struct"),
    "20 MB of text 5,000 times": (lambda: repeated("a" * 20_000_000, 5_000), "holds a text of 20,000,000 bytes"),
    "a text just too long": (lambda: parquet({"style": ["a" * (LONGEST_TEXT + 1)]}), "holds a text of 65,537 bytes"),
    "a tag just too long": (
        lambda: parquet({**STYLE, "tags": pa.array([[("a", "b" * (LONGEST_TEXT + 1))]], pa.map_("string", "string"))}),
        "column tags: holds a text of 65,537 bytes",
    ),
    "a layer just too long": (
        lambda: parquet({**STYLE, "style_layers": [["b" * (LONGEST_TEXT + 1)]]}),
        "column style_layers: holds a text of 65,537 bytes",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_is_no_manifest_is_one_clear_line(case: str, tmp_path: Path) -> None:
    make, message = REFUSED[case]
    path = tmp_path / "m.parquet"
    path.write_bytes(make())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SemstyleError, match=message) as caught:
        list(read_rows(str(path)))
    assert str(caught.value).startswith(f"{path}")
    assert_is_one_clear_line(str(caught.value))
    assert "5up3r" not in str(caught.value)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024


def test_the_footer_written_by_hand_is_one() -> None:
    names = pq.read_schema(io.BytesIO(schema_of(200, lambda number: f"c{number}"))).names
    assert names == ["style", *(f"c{number}" for number in range(199))]


def test_an_arrow_extension_type_that_is_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    """Older versions of Arrow kept Python types so."""
    mark = tmp_path / "made"
    pickle.loads(pickled(mark))  # noqa: S301
    mark.rmdir()  # the trap works
    pretended = {
        "ARROW:extension:name": "arrow.py_extension_type",
        "ARROW:extension:metadata": pickled(mark).decode("latin-1"),
    }
    schema = pa.schema([pa.field("style", pa.string(), metadata=pretended)])
    pq.write_table(pa.table([pa.array(["style.png"])], schema), tmp_path / "m.parquet")
    (row,) = read_rows(str(tmp_path / "m.parquet"))
    assert isinstance(row, Row)
    assert not mark.exists()


NOT_TEXT = pa.array([b"\xff\xfe", b"fine"]).view(pa.string())
BAD_ROWS: dict[str, tuple[dict[str, Any], str]] = {
    "nulls": ({"style": pa.array([None, "a"], pa.string())}, "style"),
    "empty text": ({"style": ["", "a"]}, "style"),
    "a URI just too long": ({"style": ["a" * (LONGEST_URI + 1), "a"]}, "style"),
    "text that is not UTF-8": ({"style": NOT_TEXT}, "style"),
    "tags that are not UTF-8": (
        {"style": ["a", "b"], "tags": pa.MapArray.from_arrays([0, 1, 2], NOT_TEXT, pa.array(["v", "v"]))},
        "tags",
    ),
    "layers that are not UTF-8": (
        {
            "style": ["a", "b"],
            "style_layers": pa.ListArray.from_arrays([0, 1, 2], pa.array([b"\xff\xfe", b"3_1"]).view(pa.string())),
        },
        "style_layers",
    ),
    "a number beyond its column": ({"style": ["a", "b"], "size": pa.array([2**64 - 1, 64], pa.uint64())}, "size"),
    "half a number": ({"style": ["a", "b"], "size": [64.5, 64]}, "size"),
    "no layers": (
        {"style": ["a", "b"], "style_layers": pa.array([[], ["3_1"]], pa.list_(pa.string()))},
        "style_layers",
    ),
    "a null among layers": ({"style": ["a", "b"], "style_layers": [["3_1", None], ["3_1"]]}, "style_layers"),
    "a tag twice": (
        {"style": ["a", "b"], "tags": pa.array([[("k", "1"), ("k", "2")], []], pa.map_("string", "string"))},
        "tags",
    ),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_one_bad_row_does_not_stop_the_next(case: str, tmp_path: Path) -> None:
    columns, column = BAD_ROWS[case]
    pq.write_table(pa.table(columns), tmp_path / "m.parquet")
    bad, good = read_rows(str(tmp_path / "m.parquet"))
    assert isinstance(bad, BadRow) and isinstance(good, Row)
    assert bad.column == column
    assert bad.render_id.isalnum()
    assert_is_one_clear_line(str(bad))


ODD: dict[str, dict[str, Any]] = {
    "nulls everywhere else": {**STYLE, "size": pa.nulls(1), "tags": pa.nulls(1), "content": pa.nulls(1)},
    "large text": {"style": pa.array(["a"], pa.large_string())},
    "text views": {"style": pa.array(["a"], pa.string_view())},
    "dictionaries": {"style": pa.array(["a"]).dictionary_encode()},
    "halves": {**STYLE, "style_weight": pa.array([25], pa.float16())},
    "bytes as whole numbers": {**STYLE, "size": pa.array([64], pa.uint8())},
    "large lists": {**STYLE, "style_layers": pa.array([["3_1"]], pa.large_list(pa.string()))},
    "tags as a struct": {**STYLE, "tags": [{"a": "b"}]},
    "a text just short enough": {**STYLE, "tags": pa.array([[("a", "b" * LONGEST_TEXT)]], pa.map_("string", "string"))},
    "a URI just short enough": {"style": ["a" * LONGEST_URI]},
    "no rows": {"style": pa.array([], pa.string())},
}


@pytest.mark.parametrize("case", ODD)
def test_odd_but_legal(case: str, tmp_path: Path) -> None:
    pq.write_table(pa.table(ODD[case]), tmp_path / "m.parquet")
    rows = list(read_rows(str(tmp_path / "m.parquet")))
    assert all(isinstance(row, Row) for row in rows)
    assert len(rows) == count_rows(str(tmp_path / "m.parquet")) == len(ODD[case]["style"])


@pytest.mark.parametrize("case", ["zero bytes", "numbers as styles"])
def test_the_command_says_so_and_leaves_nothing_behind(case: str, tmp_path: Path) -> None:
    (tmp_path / "m.parquet").write_bytes(REFUSED[case][0]())
    command = [sys.executable, "-m", "semstyle.cli", "run", "m.parquet", "-o", "out"]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert finished.returncode == 2
    assert finished.stdout == ""
    (line,) = finished.stderr.splitlines()
    assert_is_one_clear_line(line)
    assert [path.name for path in tmp_path.iterdir()] == ["m.parquet"]


def test_the_digest_of_anything_is_a_digest(tmp_path: Path) -> None:
    (tmp_path / "m.parquet").write_bytes(b"anything")
    assert len(manifest_digest(str(tmp_path / "m.parquet"))) == 64
