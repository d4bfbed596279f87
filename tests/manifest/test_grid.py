"""Grid specs: the rows they stand for, and errors that name the file and the key."""

from __future__ import annotations

import itertools
import time
import uuid
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semstyle.engine import Parameters
from semstyle.engine.presets import PRESETS
from semstyle.manifest import ManifestError, Row, build_manifest, read_rows
from semstyle.manifest.yaml_loader import load_yaml
from semstyle.storage import Folder, MissingObjectError


def spec(folder: Path, text: str, name: str = "spec.yaml") -> str:
    path = folder / name
    path.write_text(text)
    return str(path)


def rows_of(spec_uri: str, out: Path) -> list[Row]:
    count = build_manifest(spec_uri, str(out))
    rows = [row for row in read_rows(str(out)) if isinstance(row, Row)]
    assert len(rows) == count == pq.ParquetFile(out).metadata.num_rows
    return rows


FIGURE = """
inputs:
  - style: in/monet.jpg
    style_map: in/monet.png
    target_map: in/coast.png
    content: s3://photos/sea.jpg
    tags: {subject: coast, figure: 5}
  - style: /photos/gogh.jpg
grid:
  style_weight: [25, 250.0]
  semantic_weight: [10, 50, 250]
fixed:
  content_weight: 10
  style_layers: [3_1, 4_1]
  iterations: 5
tags: {paper: figure 5}
"""


def test_every_input_with_every_combination(tmp_path: Path) -> None:
    rows = rows_of(spec(tmp_path, FIGURE), tmp_path / "m.parquet")
    assert [(row.parameters.style_weight, row.parameters.semantic_weight) for row in rows] == 2 * list(
        itertools.product([25, 250], [10, 50, 250])
    )
    assert [Path(row.styles[0]).name for row in rows] == ["monet.jpg"] * 6 + ["gogh.jpg"] * 6
    first, last = rows[0], rows[-1]
    assert first.styles[0] == str(tmp_path / "in/monet.jpg")
    assert first.content == "s3://photos/sea.jpg"
    assert first.tags == {"paper": "figure 5", "subject": "coast", "figure": "5"}
    assert first.parameters.content_weight == 10
    assert first.parameters.style_layers == ("3_1", "4_1")
    assert last.style_maps is None and last.content is None
    assert last.tags == {"paper": "figure 5"}
    assert len({row.render_id for row in rows}) == 12


def test_several_jobs_share_what_stands_above_them(tmp_path: Path) -> None:
    text = """
    fixed: {size: 128, seed: 3}
    tags: {suite: demo, job: none}
    jobs:
      - inputs: [{style: a.png}]
        grid: {seed: [1, 2]}
      - inputs: [{style: b.png}]
        fixed: {size: 64}
        tags: {job: second}
    """
    rows = rows_of(spec(tmp_path, text), tmp_path / "m.parquet")
    assert [(row.parameters.size, row.parameters.seed, row.tags["job"]) for row in rows] == [
        (128, 1, "none"),
        (128, 2, "none"),
        (64, 3, "second"),
    ]


def test_only_the_columns_in_use_are_written(tmp_path: Path) -> None:
    rows_of(spec(tmp_path, "{inputs: [{style: a}], grid: {size: [64, 128]}}"), tmp_path / "m.parquet")
    assert pq.read_schema(tmp_path / "m.parquet").names == ["style", "size"]


def test_values_are_written_in_their_own_types(tmp_path: Path) -> None:
    text = "{inputs: [{style: a}], grid: {size: ['64', 128.0]}, fixed: {style_weight: 1e-3, style_layers: '3_1'}}"
    rows = rows_of(spec(tmp_path, text), tmp_path / "m.parquet")
    assert [row.parameters.size for row in rows] == [64, 128]
    assert rows[0].parameters.style_weight == 0.001
    assert rows[0].parameters.style_layers == ("3_1",)


def test_presets_in_a_grid_and_fixed(tmp_path: Path) -> None:
    grid = "{preset: [faithful, balanced, painterly, null]}"
    text = f"{{inputs: [{{style: a, content: b}}], grid: {grid}, fixed: {{size: 64}}}}"
    rows = rows_of(spec(tmp_path, text), tmp_path / "m.parquet")
    assert [row.parameters for row in rows] == [
        Parameters.from_mapping({"preset": preset, "size": 64}) for preset in [*PRESETS, None]
    ]
    assert len({row.render_id for row in rows}) == 3  # the defaults are there twice
    assert pq.read_schema(tmp_path / "m.parquet").names == ["style", "content", "preset", "size"]
    text = "{inputs: [{style: a}], grid: {style_weight: [25, 31]}, fixed: {preset: painterly}}"
    rows = rows_of(spec(tmp_path, text), tmp_path / "m.parquet")
    assert [row.parameters.style_weight for row in rows] == [25, 31]


def test_content_weights_in_quotes(tmp_path: Path) -> None:
    inputs = "inputs: [{style: a, style_map: am, target_map: tm, content: c}]"
    text = f"{{{inputs}, grid: {{content_weights: ['#F00=3,#00f=.5', null]}}, fixed: {{size: 64}}}}"
    rows = rows_of(spec(tmp_path, text), tmp_path / "m.parquet")
    assert [row.parameters.content_weights for row in rows] == [("#ff0000=3", "#0000ff=0.5"), None]
    assert len({row.render_id for row in rows}) == 2


def test_null_is_the_default(tmp_path: Path) -> None:
    rows = rows_of(spec(tmp_path, "{inputs: [{style: a}], grid: {size: [null, 64]}}"), tmp_path / "m.parquet")
    assert [row.parameters.size for row in rows] == [512, 64]


def test_uris_resolve_from_wherever_the_manifest_is(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    text = "{inputs: [{style: a.png}], fixed: {init: start.png}}"
    uri = spec(tmp_path / "specs", text)
    beside = rows_of(uri, tmp_path / "specs/m.parquet")[0]
    above = rows_of(uri, tmp_path / "m.parquet")[0]
    elsewhere = rows_of(uri, tmp_path / "out/deep/m.parquet")[0]
    assert beside.styles[0] == above.styles[0] == elsewhere.styles[0] == str(tmp_path / "specs/a.png")
    assert beside.parameters.init == elsewhere.parameters.init == str(tmp_path / "specs/start.png")
    assert beside.render_id == above.render_id == elsewhere.render_id

    def written(path: str) -> list[str]:
        return [pq.read_table(tmp_path / path).column(name)[0].as_py() for name in ("style", "init")]

    assert written("specs/m.parquet") == ["a.png", "start.png"]
    assert written("m.parquet") == ["specs/a.png", "specs/start.png"]
    assert written("out/deep/m.parquet") == [str(tmp_path / "specs/a.png"), str(tmp_path / "specs/start.png")]


def test_words_for_init_and_encoder_are_not_paths(tmp_path: Path) -> None:
    text = "{inputs: [{style: a, content: c}], grid: {init: [noise, content], encoder: [compact, vgg19]}}"
    rows = rows_of(spec(tmp_path, text), tmp_path / "m.parquet")
    assert {(row.parameters.init, row.parameters.encoder) for row in rows} == set(
        itertools.product(["noise", "content"], ["compact", "vgg19"])
    )


def test_from_bucket_to_bucket(s3: str) -> None:
    folder = Folder(f"{s3}/{uuid.uuid4().hex}")
    folder.write("specs/grid.yaml", b"{inputs: [{style: a.png}, {style: ../b.png}]}")
    out = folder.location("m.parquet")
    assert build_manifest(folder.location("specs/grid.yaml"), out) == 2
    styles = [row.styles[0] for row in read_rows(out) if isinstance(row, Row)]
    assert styles == [folder.location("specs/a.png"), folder.location("b.png")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty; begin it with inputs:"),
        ("- a", "a grid spec is a mapping"),
        ("inputs: [", "line 1, column 10: "),
        ("inputs: []", "inputs: is empty; give at least one value; for example inputs: "),
        ("grid: {size: [64]}", "inputs: is missing; for example inputs: "),
        ("jobs: []", "jobs: is empty"),
        ("inputs: [{stile: a}]", r"inputs\[0\]\.stile: there is no such key; did you mean style"),
        ("inputs: [{style: a, size: 64}]", r"inputs\[0\]\.size: there is no such key; size is a parameter"),
        ("{inputs: {style: a}}", "inputs: is no list; put a dash before each item; for example "),
        ("inputs: [a.png]", r"inputs\[0\]: is no mapping of names to values; for example "),
        ("{inputs: [{style: a}], grid: [{size: 64}]}", "grid: is no mapping of names to values; for example "),
        ("inputs:\n  - style: a\n   style_map: b", "line 3, column 4: this line is indented otherwise"),
        ("inputs:\n\t- style: a", "line 2, column 1: a tab; indent with spaces"),
        ("inputs:\n  - style: a: b", "line 2, column 13: a colon that begins no value"),
        ("inputs: [{style: 'a}]", "line 1, column 22: a quote that is not closed"),
        ("inputs: [{style: a", "line 1, column 19: a bracket or brace that is not closed"),
        (
            "{inputs: [{style: a, stile_map: b}]}",
            r"inputs\[0\]\.stile_map: there is no such key; did you mean style_map",
        ),
        ("{inputs: [{style: a}], girds: {}}", "girds: there is no such key; did you mean grid"),
        ("{inputs: [{style: 3}]}", r"inputs\[0\]\.style: a number is not a path or URI, or a list of them"),
        ("{inputs: [{style: ''}]}", r"inputs\[0\]\.style: is empty"),
        ("{inputs: [{style: a, style_map: b}]}", r"inputs\[0\]\.target_map: .*each image has its own map"),
        ("{inputs: [{style: a}, {style: 'x::y'}]}", r"inputs\[1\]\.style: .*chained"),
        ("{inputs: [{style: a}], grid: {style_wieght: [1]}}", r"grid\.style_wieght: .*did you mean style_weight"),
        ("{inputs: [{style: a}], grid: {presets: [faithful]}}", r"grid\.presets: .*did you mean preset\?"),
        ("{inputs: [{style: a}], grid: {preset: [loyal]}}", r"grid\.preset: 'loyal' is not one of faithful, balanced"),
        ("{inputs: [{style: a, preset: faithful}]}", r"inputs\[0\]\.preset: .*; preset is a parameter: it goes under"),
        ("{inputs: [{style: a}], fixed: {content_weights: '#f00'}}", r"fixed\.content_weights: '#f00' is not a colour"),
        ("{inputs: [{style: a}], fixed: {content_weights: '#f00=1'}}", r"inputs\[0\]\.content: is empty while"),
        ("inputs: [{style: a}]\nfixed:\n  content_weights: #f00=1", "line 3, column 19: a # begins a comment; put"),
        ("{inputs: [{style: a}], fixed: {tags: 1}}", r"fixed\.tags: there is no such parameter"),
        ("{inputs: [{style: a}], fixed: {render_id: x}}", r"fixed\.render_id: there is no such parameter"),
        ("{inputs: [{style: a}], grid: {size: []}}", r"grid\.size: is empty"),
        ("{inputs: [{style: a}], grid: {size: [64, 1]}}", r"grid\.size: 1 is not between"),
        ("{inputs: [{style: a}], grid: {size: [yes]}}", r"grid\.size\[0\]: true or false is not"),
        ("{inputs: [{style: a}], grid: {size: [{a: 1}]}}", r"grid\.size\[0\]: a mapping is not"),
        ("{inputs: [{style: a}], fixed: {seed: 2024-01-01}}", r"fixed\.seed: a date is not"),
        ("{inputs: [{style: a}], fixed: {style_layers: [9_9]}}", r"fixed\.style_layers: no layer '9_9'"),
        ("{inputs: [{style: a}], fixed: {init: content}}", r"inputs\[0\]\.content: is empty while init is content"),
        ("{inputs: [{style: a}], grid: {size: [64]}, fixed: {size: 64}}", r"fixed\.size: it is in grid too"),
        ("{inputs: [{style: a}], grid: {size: [64], size: [128]}}", "line 1, column 43: the key size is there twice"),
        ("{inputs: [{style: a, tags: {a: [1]}}]}", r"inputs\[0\]\.tags\.a: "),
        ("{jobs: [{inputs: [{style: a}]}, {inputs: [{style: a}], fixed: {size: -1}}]}", r"jobs\[1\]\.fixed\.size: "),
        ("{jobs: [{inputs: [{style: a}]}], inputs: [{style: a}]}", "inputs: there is no such key"),
        ("inputs: !!python/object/apply:os.system ['true']", "line 1, column 9: could not determine a constructor"),
        ("a: *nowhere", "undefined alias"),
        ("a: 2024-99-99", "not readable as YAML"),
        ("[" * 5000, "nested more than 20 deep"),
        ("a: \x00", "not readable as YAML"),
    ],
)
def test_errors_name_the_file_and_the_key(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=rf"spec\.yaml: .*{message}") as caught:
        build_manifest(spec(tmp_path, text), str(tmp_path / "m.parquet"))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 2000
    assert not (tmp_path / "m.parquet").exists()


def test_a_spec_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingObjectError):
        build_manifest(str(tmp_path / "none.yaml"), str(tmp_path / "m.parquet"))


def test_an_endless_grid_is_refused_at_once(tmp_path: Path) -> None:
    values = ", ".join(
        f"{name}: {list(range(1, 200))}" for name in ("seed", "iterations", "style_weight", "smoothness")
    )
    began = time.monotonic()
    with pytest.raises(ManifestError, match="1,568,239,201 rows"):
        build_manifest(spec(tmp_path, f"{{inputs: [{{style: a}}], grid: {{{values}}}}}"), str(tmp_path / "m.parquet"))
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("use", ["inputs: [{style: a}]\ngrid: {size: [*i]}", "inputs: *i", "fixed: *i", "*i : 3"])
def test_a_billion_laughs_take_no_time(use: str, tmp_path: Path) -> None:
    bomb = "x:\n- &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
        f"- &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in itertools.pairwise("abcdefghi")
    )
    began = time.monotonic()
    with pytest.raises(ManifestError) as caught:
        build_manifest(spec(tmp_path, bomb + use), str(tmp_path / "m.parquet"))
    assert time.monotonic() - began < 10
    assert len(str(caught.value)) < 2000


def test_comments_may_stand_where_a_value_is_left_out() -> None:
    assert load_yaml(b"a: # none\nb: ## not yet\nc:  #\nd: '#f00'\ne: x#f00\nf: #\n  g: 1") == {
        **dict.fromkeys("abc"),
        "d": "#f00",
        "e": "x#f00",
        "f": {"g": 1},
    }


def test_numbers_and_layers_as_people_mean_them() -> None:
    read = load_yaml(b"[3_1, 31, 1e-3, -2.5E+2, 1.5, .5, -2., +7, 1_000]")
    assert read == ["3_1", 31, 0.001, -250.0, 1.5, 0.5, -2.0, 7, "1_000"]


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.text(alphabet="{}[]:-,&*!|>'\"#%@ \n\tab01_.", max_size=60).map(str.encode),
    )
)
def test_any_bytes_are_yaml_or_a_value_error(data: bytes) -> None:
    try:
        load_yaml(data)
    except ValueError as error:
        assert str(error)


def test_inputs_of_several_styles(tmp_path: Path) -> None:
    text = """
inputs:
  - {style: [a.png, b.png], style_map: [am.png, bm.png], target_map: t.png}
  - {style: c.png}
grid: {style_shares: [[3, 1], "1,3"], style_layers: [[3_1, 4_1]]}
"""
    with pytest.raises(ManifestError, match=r"grid\.style_shares: holds 2 numbers for 1 style"):
        build_manifest(spec(tmp_path, text), str(tmp_path / "m.parquet"))
    out = str(tmp_path / "out" / "m.parquet")
    assert build_manifest(spec(tmp_path, text.replace("  - {style: c.png}\n", "")), out) == 2
    rows = [row for row in read_rows(out) if isinstance(row, Row)]
    assert [row.styles for row in rows] == [(str(tmp_path / "a.png"), str(tmp_path / "b.png"))] * 2
    assert rows[0].style_maps == (str(tmp_path / "am.png"), str(tmp_path / "bm.png"))
    assert [row.parameters.style_shares for row in rows] == [(3, 1), (1, 3)]
    mixed = text.replace('[[3, 1], "1,3"]', "[null]")
    assert build_manifest(spec(tmp_path, mixed), out) == 2
    assert [len(row.styles) for row in read_rows(out) if isinstance(row, Row)] == [2, 1]
