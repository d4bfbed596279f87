"""Tables in CSV, as a spreadsheet saves them, become manifests."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from semstyle.engine import Parameters
from semstyle.manifest import ManifestError, Row, build_manifest, read_rows


def rows(folder: Path, text: str, encoding: str = "utf-8") -> list[Row]:
    """The rows of the manifest that is built of a table in ``folder/tables``, into ``folder``."""
    (folder / "tables").mkdir()
    (folder / "tables" / "rows.csv").write_text(text, encoding=encoding, newline="")
    out = str(folder / "m.parquet")
    count = build_manifest(str(folder / "tables" / "rows.csv"), out)
    made = [row for row in read_rows(out) if isinstance(row, Row)]
    assert len(made) == count
    return made


def test_values_have_their_types_and_empty_cells_the_default(tmp_path: Path) -> None:
    first, second = rows(
        tmp_path,
        "style,content,style_weight,size,style_layers,seed,encoder,render_id\n"
        'a.png,"b, c.png",30.5,256,"3_1,4_1",7,weights/mine.npz,one\n'
        "https://example.com/a.png,,,,,,vgg19,\n",
    )
    assert (first.styles, first.content) == ((f"{tmp_path}/tables/a.png",), f"{tmp_path}/tables/b, c.png")
    parameters = first.parameters
    assert (parameters.style_weight, parameters.size, parameters.seed) == (30.5, 256, 7)
    assert parameters.style_layers == ("3_1", "4_1") and first.render_id == "one"
    assert parameters.encoder == f"{tmp_path}/tables/weights/mine.npz"
    assert second.styles == ("https://example.com/a.png",) and second.content is None
    assert (second.parameters.size, second.parameters.encoder) == (512, "vgg19") and second.has_default_id
    schema = pq.read_schema(tmp_path / "m.parquet")
    assert {name: str(schema.field(name).type) for name in ("size", "style_weight", "style_layers")} == {
        "size": "int64",
        "style_weight": "double",
        "style_layers": "string",
    }


def test_presets_and_content_weights(tmp_path: Path) -> None:
    first, second = rows(
        tmp_path,
        "style,style_map,target_map,content,preset,style_weight,content_weights\n"
        'a.png,am.png,t.png,c.png,painterly,31,"#F00=3,#0f0=0.5"\n'
        "a.png,,,,,,\n",
    )
    assert first.parameters == Parameters.from_mapping(
        {"preset": "painterly", "style_weight": 31, "content_weights": ["#ff0000=3", "#00ff00=0.5"]}
    )
    assert second.parameters == Parameters()
    table = pq.read_table(tmp_path / "m.parquet")
    assert table["preset"].to_pylist() == ["painterly", None]
    assert table["content_weights"].to_pylist() == ["#ff0000=3,#00ff00=0.5", None]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_however_a_spreadsheet_writes_it(delimiter: str, encoding: str, tmp_path: Path) -> None:
    lines = ["style* size **", " bäume.png*64*", "**", "b.png***"]
    text = "".join(line.replace("*", delimiter) + "\r\n" for line in lines)
    first, second = rows(tmp_path, text, encoding)
    assert (first.styles, first.parameters.size) == ((f"{tmp_path}/tables/bäume.png",), 64)
    assert (second.styles, second.parameters.size) == ((f"{tmp_path}/tables/b.png",), 512)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("style,size\na,64\nb,16\n", r"rows\.csv, row 2, column size: '16' is not between 32 and 8192"),
        ("style,style_map\na,b\n", r"rows\.csv, row 1, column target_map: is empty while style_map is given"),
        ("size\n64\n", r"rows\.csv, row 1, column style: is empty"),
        (f"style\n{'a' * 200_000}\n", r"not readable as CSV \(field larger than field limit"),
        ("," * 200_000 + "\na", "the file is empty; its first line names the columns"),
        ("style\na\u2028b" + "," * 200_000 + "c\n", r"row 1: it has 200001 cells under 1 names"),
        ("style,style\na,b\n", "column style: the column is there more than once"),
        ("style,\na,b\n", r"rows\.csv, row 1: it has 2 cells under 1 names; put text with commas in quotes"),
    ],
)
def test_a_mistake_is_told_by_row_and_column_and_nothing_is_written(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=message) as told:
        rows(tmp_path, text)
    assert "\n" not in str(told.value) and not (tmp_path / "m.parquet").exists()
