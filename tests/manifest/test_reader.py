"""Reading manifests: what is accepted, what is refused and how, and with how much memory."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semstyle.engine import Parameters
from semstyle.engine.presets import PRESETS
from semstyle.manifest import BadRow, ManifestError, Position, Row, count_rows, manifest_digest, read_rows
from semstyle.manifest.row import make_row
from semstyle.storage import Folder, MissingObjectError, StorageError


def save(path: Path, **columns: Any) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return str(path)


def rows_of(uri: str) -> list[Row]:
    rows = list(read_rows(uri))
    assert all(isinstance(row, Row) for row in rows), rows
    return [row for row in rows if isinstance(row, Row)]


def test_a_preset_becomes_numbers_beneath_those_of_the_row(tmp_path: Path) -> None:
    presets = ["faithful", "painterly", "painterly", "balanced", None]
    uri = save(
        tmp_path / "m.parquet",
        style=["a.png"] * 5,
        preset=presets,
        style_weight=[None, None, 31.0, None, None],
    )
    rows = rows_of(uri)
    assert [row.parameters for row in rows] == [
        Parameters.from_mapping({"preset": preset, "style_weight": weight})
        for preset, weight in zip(presets, [None, None, 31.0, None, None], strict=True)
    ]
    ids = [row.render_id for row in rows]
    assert len(set(ids)) == 4 and ids[3] == ids[4]


def test_a_preset_has_the_id_of_its_numbers_and_a_row_without_one_keeps_its_own() -> None:
    def id_of(**values: Any) -> str:
        row = make_row({"style": "/style.png", **values}, Position("m", 1), "/")
        assert isinstance(row, Row)
        return row.render_id

    for preset, numbers in PRESETS.items():
        assert id_of(preset=preset) == id_of(**numbers)
    assert id_of(preset=None, content_weights=None, style_weight=50) == "7a48977a7ed198b807e1"


def test_an_unknown_preset_is_a_bad_row(tmp_path: Path) -> None:
    row = the_bad_row(save(tmp_path / "m.parquet", style=["a.png"], preset=["paintely"]))
    assert (row.column, row.message) == (
        "preset",
        "'paintely' is not one of faithful, balanced, painterly; did you mean painterly?",
    )


def test_a_preset_is_text(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="column preset: its type is int64, and should be string"):
        list(read_rows(save(tmp_path / "m.parquet", style=["a.png"], preset=[3])))


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"content_weights": "red=1"}, "content_weights"),
        ({"content_weights": "#f00=1"}, "content"),
        ({"content_weights": "#f00=1", "content": "c.png"}, "target_map"),
    ],
)
def test_content_weights_need_content_and_maps(values: dict[str, str], column: str) -> None:
    row = make_row({"style": "style.png", **values}, Position("m", 1), "/")
    assert isinstance(row, BadRow) and row.column == column
    full = {"style_map": "m.png", "target_map": "t.png", "content": "c.png", "content_weights": ["#f00=1", "#00F=2"]}
    made = make_row({"style": "style.png", **full}, Position("m", 1), "/")
    assert isinstance(made, Row) and made.parameters.content_weights == ("#ff0000=1", "#0000ff=2")


def the_bad_row(uri: str) -> BadRow:
    (row,) = read_rows(uri)
    assert isinstance(row, BadRow)
    return row


def test_a_row_with_everything(tmp_path: Path) -> None:
    uri = save(
        tmp_path / "m.parquet",
        style=["in/style.png"],
        style_map=["s3://bucket/map.png"],
        target_map=["/maps/target.png"],
        content=["../content.png"],
        style_weight=[100.0],
        semantic_weight=pa.array([None], pa.float64()),
        style_layers=[["3_1", "4_1"]],
        size=[256],
        tags=pa.array([[("grid", "a"), ("note", "b")]], pa.map_(pa.string(), pa.string())),
        render_id=["first.one"],
    )
    (row,) = rows_of(uri)
    assert row.styles[0] == str(tmp_path / "in/style.png")
    assert row.style_maps == ("s3://bucket/map.png",)
    assert row.target_map == "/maps/target.png"
    assert row.content == str(tmp_path.parent / "content.png")
    assert row.parameters == Parameters(style_weight=100.0, size=256)
    assert row.tags == {"grid": "a", "note": "b"}
    assert row.render_id == "first.one"
    assert (row.position.file, row.position.row) == (uri, 1)
    assert not row.has_default_id


def test_only_a_style_is_needed_and_empty_text_is_nothing(tmp_path: Path) -> None:
    (row,) = rows_of(save(tmp_path / "m.parquet", style=["a.png"], content=[""], render_id=[""]))
    assert row.content is None
    assert row.parameters == Parameters()
    assert row.has_default_id


def test_whole_numbers_that_came_as_floats(tmp_path: Path) -> None:
    """Pandas turns a whole-number column with a gap into floats."""
    first, second = rows_of(save(tmp_path / "m.parquet", style=["a", "b"], size=[128.0, None]))
    assert first.parameters.size == 128
    assert second.parameters.size == 512


def test_dictionary_text_struct_tags_and_null_columns(tmp_path: Path) -> None:
    uri = save(
        tmp_path / "m.parquet",
        style=pa.array(["a", "a"]).dictionary_encode(),
        content=pa.nulls(2),
        tags=[{"x": "1", "y": None}, None],
    )
    first, second = rows_of(uri)
    assert first.tags == {"x": "1"}
    assert second.tags == {}


def test_init_and_encoder_uris_start_from_the_manifest_too(tmp_path: Path) -> None:
    uri = save(tmp_path / "m.parquet", style=["a"], init=["start.png"], encoder=["w/vgg.safetensors"])
    (row,) = rows_of(uri)
    assert row.parameters.init == str(tmp_path / "start.png")
    assert row.parameters.encoder == str(tmp_path / "w/vgg.safetensors")
    assert dict(row.uris()) == {
        "style": str(tmp_path / "a"),
        "init": str(tmp_path / "start.png"),
        "encoder": str(tmp_path / "w/vgg.safetensors"),
    }


def test_the_id_is_of_what_is_rendered(tmp_path: Path) -> None:
    uri = save(
        tmp_path / "m.parquet",
        style=["a", "./a", "b", "a", "a"],
        style_weight=[None, 25.0, None, 26.0, None],
        tags=[{"t": "1"}, {"t": "2"}, None, None, None],
        content=[None, None, None, None, "a"],
    )
    ids = [row.render_id for row in rows_of(uri)]
    assert ids[0] == ids[1], "a default written out, another spelling and tags change nothing"
    assert len(set(ids)) == 4
    assert all(len(render_id) == 20 for render_id in ids)


def test_ids_do_not_change_between_releases(tmp_path: Path) -> None:
    """Resuming a run needs the same ids from a later version."""
    uri = save(tmp_path / "m.parquet", style=["s3://b/a.png"], size=[256], style_layers=["3_1"])
    (row,) = rows_of(uri)
    assert row.render_id == "5979b0db9e114cf9961b"


@pytest.mark.parametrize(
    ("columns", "column", "message"),
    [
        ({"style": [None]}, "style", "is empty"),
        ({"style": [""]}, "style", "is empty"),
        ({"style": ["a"], "style_map": ["m"]}, "target_map", "each image has its own map"),
        ({"style": ["a"], "target_map": ["m"]}, "style_map", "each image has its own map"),
        ({"style": ["a"], "init": ["content"]}, "content", "init is content"),
        ({"style": ["a"], "style_weight": [-1.0]}, "style_weight", "not between"),
        ({"style": ["a"], "style_weight": [float("nan")]}, "style_weight", "not between"),
        ({"style": ["a"], "size": [256.5]}, "size", "not a whole number"),
        ({"style": ["a"], "size": [2**62]}, "size", "not between"),
        ({"style": ["a"], "style_layers": ["9_9"]}, "style_layers", "no layer"),
        ({"style": ["a"], "style_layers": pa.array([[]], pa.list_(pa.string()))}, "style_layers", "at least one"),
        ({"style": ["a"], "method": ["nonsense"]}, "method", "not one of"),
        ({"style": ["a\0b"]}, "style", "NUL"),
        ({"style": ["simplecache::s3://b/a"]}, "style", "chained"),
        ({"style": ["a"], "init": ["filecache::b"]}, "init", "chained"),
        ({"style": ["a"], "render_id": ["../../etc/passwd"]}, "render_id", "is not an id"),
        ({"style": ["a"], "render_id": ["a/b"]}, "render_id", "is not an id"),
        ({"style": ["a"], "render_id": ["ok\n"]}, "render_id", "is not an id"),
        ({"style": ["a"], "render_id": [".hidden"]}, "render_id", "is not an id"),
        ({"style": ["a"], "render_id": ["x" * 129]}, "render_id", "is not an id"),
        (
            {"style": ["a"], "tags": pa.array([[("k", "1"), ("k", "2")]], pa.map_(pa.string(), pa.string()))},
            "tags",
            "more than once",
        ),
    ],
)
def test_bad_rows_say_why(columns: dict[str, Any], column: str, message: str, tmp_path: Path) -> None:
    bad = the_bad_row(save(tmp_path / "m.parquet", **columns))
    assert bad.column == column
    assert message in bad.message
    assert bad.position.row == 1
    assert "\n" not in str(bad)
    assert bad.render_id.isalnum()


def test_a_bad_row_does_not_stop_the_others(tmp_path: Path) -> None:
    uri = save(tmp_path / "m.parquet", style=["a", None, "c"], render_id=["one", "two", "three"])
    one, two, three = read_rows(uri)
    assert isinstance(one, Row) and isinstance(two, BadRow) and isinstance(three, Row)
    assert two.render_id == "two"
    assert two.position.row == 2


def test_a_relative_uri_cannot_leave_the_manifests_bucket(s3: str) -> None:
    folder = Folder(f"{s3}/{uuid.uuid4().hex}")
    with folder.filesystem.open(folder.path("m.parquet"), "wb") as file:
        pq.write_table(pa.table({"style": ["../../../other-bucket/secret.png"]}), file)
    assert "leaves s3://renders" in the_bad_row(folder.location("m.parquet")).message


def test_text_that_is_not_utf8_is_one_bad_row(tmp_path: Path) -> None:
    text = pa.array([b"good", b"\xff\xfe", b"fine"]).view(pa.string())
    first, second, third = read_rows(save(tmp_path / "m.parquet", style=text))
    assert isinstance(first, Row) and isinstance(third, Row)
    assert isinstance(second, BadRow)
    assert (second.column, second.position.row) == ("style", 2)
    assert "UTF-8" in second.message


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"style": ["a"], "style_wieght": [1.0]}, "column style_wieght.*did you mean style_weight"),
        ({"style": ["a"], "Style-Map": ["b"]}, "column Style-Map.*did you mean style_map"),
        ({"style": ["a"], "zzzzzz": ["b"]}, "column zzzzzz: there is no such column; there are style, "),
        ({"content": ["a"]}, "column style: the column is missing"),
        ({"style": [1]}, "column style: its type is int64, and should be string"),
        ({"style": [b"a"]}, "column style: its type is binary"),
        ({"style": ["a"], "size": ["256"]}, "column size: its type is string, and should be a whole number"),
        ({"style": ["a"], "size": [True]}, "column size: its type is bool"),
        ({"style": ["a"], "style_layers": [[31]]}, "column style_layers: its type is list"),
        ({"style": ["a"], "tags": ["x=1"]}, "column tags: its type is string, and should be map"),
        ({"style": ["a"], "tags": [{"x": 1}]}, "column tags: its type is struct"),
    ],
)
def test_wrong_schemas_are_refused_before_any_row(table: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=message):
        next(read_rows(save(tmp_path / "m.parquet", **table)))


def test_a_doubled_column_is_refused(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["style", "style"])
    pq.write_table(table, tmp_path / "m.parquet")
    with pytest.raises(ManifestError, match="more than once"):
        next(read_rows(str(tmp_path / "m.parquet")))


def test_a_folder_of_files_is_one_manifest_in_name_order(tmp_path: Path) -> None:
    folder = tmp_path / "m"
    save(folder / "part-2.parquet", style=["c"])
    save(folder / "part-1.parquet", style=["a", "b"])
    (folder / "_SUCCESS").write_text("")
    (folder / ".part-3.parquet").write_text("not finished")
    rows = rows_of(str(folder))
    assert [Path(row.styles[0]).name for row in rows] == ["a", "b", "c"]
    assert rows[0].styles[0] == str(folder / "a")
    assert [(Path(row.position.file).name, row.position.row) for row in rows] == [
        ("part-1.parquet", 1),
        ("part-1.parquet", 2),
        ("part-2.parquet", 1),
    ]
    assert count_rows(str(folder)) == 3


def test_a_bad_second_file_is_found_before_the_first_row(tmp_path: Path) -> None:
    save(tmp_path / "m/1.parquet", style=["a"])
    save(tmp_path / "m/2.parquet", styel=["a"])
    with pytest.raises(ManifestError, match=r"2\.parquet, column styel"):
        next(read_rows(str(tmp_path / "m")))


def test_manifests_in_a_bucket(s3: str) -> None:
    folder = Folder(f"{s3}/{uuid.uuid4().hex}")
    for name in ("1.parquet", "2.parquet"):
        with folder.filesystem.open(folder.path(f"m/{name}"), "wb") as file:
            pq.write_table(pa.table({"style": [f"in/{name}.png"]}), file)
    rows = rows_of(folder.location("m"))
    assert [row.styles[0] for row in rows] == [folder.location(f"m/in/{name}.parquet.png") for name in (1, 2)]
    (single,) = rows_of(folder.location("m/1.parquet"))
    assert single.styles[0] == rows[0].styles[0]
    assert count_rows(folder.location("m")) == 2
    with pytest.raises(MissingObjectError, match="no such manifest"):
        list(read_rows(folder.location("nothing")))


def test_missing_and_empty_places(tmp_path: Path) -> None:
    with pytest.raises(MissingObjectError, match="no such manifest"):
        list(read_rows(str(tmp_path / "none.parquet")))
    with pytest.raises(ManifestError, match="holds no"):
        list(read_rows(str(tmp_path)))


@pytest.mark.parametrize("damage", ["text", "empty", "cut", "flipped"])
def test_damaged_files_are_one_clear_error(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    save(path, style=[f"image-{number}" for number in range(5000)])
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(
        {
            "text": b"style,content\na,b\n",
            "empty": b"",
            "cut": whole[:middle],
            "flipped": whole[:20] + bytes(255 - byte for byte in whole[20:middle]) + whole[middle:],
        }[damage]
    )
    with pytest.raises((ManifestError, StorageError), match=r"m\.parquet: not a readable Parquet file") as caught:
        list(read_rows(str(path)))
    assert "\n" not in str(caught.value)


def test_the_digest_is_of_the_content_and_the_names(tmp_path: Path) -> None:
    first = save(tmp_path / "a/1.parquet", style=["a"])
    second = save(tmp_path / "b/1.parquet", style=["a"])
    assert manifest_digest(first) == manifest_digest(second)
    assert manifest_digest(str(tmp_path / "a")) == manifest_digest(str(tmp_path / "b"))
    other = save(tmp_path / "c/2.parquet", style=["a"])
    assert manifest_digest(str(tmp_path / "c")) != manifest_digest(str(tmp_path / "a"))
    save(Path(other), style=["b"])
    assert manifest_digest(other) != manifest_digest(first)


# VmHWM, as ru_maxrss begins with the size of the process that started this one.
MEASURE = """
import json, re, sys
from pathlib import Path
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
from semstyle.manifest import count_rows, read_rows
assert count_rows(sys.argv[1]) == int(sys.argv[2])
rows = read_rows(sys.argv[1])
next(rows)
before = peak()
count = 1 + sum(1 for _ in rows)
after = peak()
print(json.dumps({"count": count, "before": before, "after": after}))
"""


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """50,000 rows in one row group, of distinct long names: 40 MB of text in the file."""
    count = 50_000
    style = pa.array([f"s3://bucket/{'photographs/' * 70}{number:09}.png" for number in range(count)])
    table = pa.table({"style": style, "seed": pa.array(range(count), pa.int64())})
    pq.write_table(table, tmp_path / "m.parquet", row_group_size=count, use_dictionary=False, compression="none")
    assert (tmp_path / "m.parquet").stat().st_size > 35e6
    command = [sys.executable, "-c", MEASURE, str(tmp_path / "m.parquet"), str(count)]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    measured = json.loads(finished.stdout)
    assert measured["count"] == count
    assert measured["after"] - measured["before"] < 20, measured
    assert measured["after"] < 350, measured


def test_several_styles_are_a_list_and_one_is_the_same_as_text(tmp_path: Path) -> None:
    styles = [["a.png", "s3://b/b.png"], ["a.png"]]
    path = tmp_path / "lists.parquet"
    shares = pa.array([[3, 1], None], pa.list_(pa.int64()))
    pq.write_table(pa.table({"style": styles, "style_shares": shares}), path)
    two, one = read_rows(str(path))
    assert isinstance(two, Row) and isinstance(one, Row)
    assert two.styles == (str(tmp_path / "a.png"), "s3://b/b.png")
    assert two.parameters.style_shares == (3, 1)
    assert [uri for _, uri in two.uris()] == list(two.styles)
    text = tmp_path / "text.parquet"
    pq.write_table(pa.table({"style": ["a.png"]}), text)
    (alone,) = read_rows(str(text))
    assert one.render_id == alone.render_id != two.render_id


@pytest.mark.parametrize(
    ("values", "column", "message"),
    [
        ({"style": []}, "style", "is empty"),
        ({"style": ["a", None]}, "style", "holds an empty path or URI"),
        ({"style": ["a", ""]}, "style", "holds an empty path or URI"),
        ({"style": ["a", 3]}, "style", "3 is not a path or URI"),
        ({"style": ["a"] * 17}, "style", "holds 17 paths or URIs; the most is 16"),
        ({"style": ["a", "x::y"]}, "style", "chained"),
        ({"style": ["a", "b"], "style_map": "m", "target_map": "t"}, "style_map", "holds 1 map for 2 styles"),
        ({"style": "a", "style_map": ["m", "n"], "target_map": "t"}, "style_map", "holds 2 maps for 1 style"),
        ({"style": ["a", "b"], "style_map": ["m", "n"]}, "target_map", "each image has its own map"),
        ({"style": ["a", "b"], "style_shares": "1,2,3"}, "style_shares", "holds 3 numbers for 2 styles"),
        ({"style": ["a", "b"], "style_shares": "0,0"}, "style_shares", "all are 0"),
        ({"style": "a", "target_map": ["t"], "style_map": "m"}, "target_map", "is not a path or URI"),
        ({"style": ["a"] * 16, "rotations": "0,1,2", "scales": "1,2"}, "style", "has 96 views"),
        ({"style": "a", "rotations": "0,0"}, "rotations", "name each number once"),
        ({"style": "a", "scales": "9"}, "scales", "not between 0.25 and 4"),
        ({"style": "a", "preserve_color": "content"}, "content", "is empty while preserve_color is content"),
        ({"style": "a", "preserve": "photo"}, "content", "is empty while preserve is photo"),
    ],
)
def test_lists_that_make_no_render(values: dict[str, Any], column: str, message: str) -> None:
    row = make_row(values, Position("m", 1), "/in")
    assert isinstance(row, BadRow)
    assert row.column == column
    assert message in row.message


@given(st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=5)), max_size=20))
def test_any_list_is_styles_or_a_bad_row(styles: list[Any]) -> None:
    row = make_row({"style": styles}, Position("m", 1), "/in")
    if isinstance(row, BadRow):
        assert row.column == "style"
    else:
        assert len(row.styles) == len(styles) <= 16
