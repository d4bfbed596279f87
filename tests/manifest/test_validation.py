"""Everything that is wrong with a manifest, by row and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from semstyle.manifest.row_numbers import RowNumbers
from semstyle.manifest.validation import ManifestProblem, validate_manifest


def save(path: Path, **columns: Any) -> str:
    pq.write_table(pa.table(columns), path)
    return str(path)


def problems(uri: str, check_inputs: bool = False) -> list[tuple[int, str]]:
    return [(found.row, found.column) for found in validate_manifest(uri, check_inputs) if found]


def test_each_row_ends_with_none(tmp_path: Path) -> None:
    uri = save(tmp_path / "m.parquet", style=["a", None, "c"])
    found = list(validate_manifest(uri))
    assert [type(item) for item in found] == [type(None), ManifestProblem, type(None), type(None)]
    assert str(found[1]) == f"{uri}, row 2, column style: is empty; each row names its style image"


def test_ids_that_clash(tmp_path: Path) -> None:
    uri = save(
        tmp_path / "m.parquet",
        style=["a", "a", "b", "a", "c", "c"],
        render_id=["one", "one", "one", "ONE", None, None],
    )
    found = [item for item in validate_manifest(uri) if item]
    assert [(item.row, item.column) for item in found] == [(3, "render_id"), (4, "render_id")]
    assert "other inputs or parameters" in found[0].message
    assert "only in case" in found[1].message


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for name, mode, size in [
        ("style.png", "RGB", (40, 30)),
        ("map.png", "RGB", (20, 15)),
        ("grey.png", "L", (20, 15)),
        ("tall.png", "RGB", (15, 20)),
    ]:
        Image.new(mode, size).save(tmp_path / name)
    (tmp_path / "text.png").write_text("text")
    return tmp_path


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({}, None),
        ({"style": "none.png"}, "style"),
        ({"style": "text.png"}, "style"),
        ({"style_map": "none.png"}, "style_map"),
        ({"style_map": "tall.png"}, "style_map"),
        ({"target_map": "text.png"}, "target_map"),
        ({"target_map": "grey.png"}, "target_map"),
        ({"content": "none.png"}, "content"),
        ({"content": "tall.png"}, "target_map"),
        ({"init": "none.png"}, "init"),
        ({"encoder": "none.pt"}, "encoder"),
    ],
)
def test_checking_inputs_names_the_column(values: dict[str, str], column: str | None, pictures: Path) -> None:
    row = {"style": "style.png", "style_map": "map.png", "target_map": "map.png", **values}
    uri = save(pictures / "m.parquet", **{name: [value] for name, value in row.items()})
    assert problems(uri) == []
    assert problems(uri, check_inputs=True) == ([(1, column)] if column else [])


def test_each_set_of_inputs_is_opened_once_and_each_row_is_told(
    pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from semstyle.manifest import validation

    opened = []
    real = validation.opened
    monkeypatch.setattr(validation, "opened", lambda row: opened.append(row) or real(row))
    uri = save(pictures / "m.parquet", style=["none.png", "none.png", "style.png", "style.png"], seed=[1, 2, 3, 4])
    (found,) = (item for item in validate_manifest(uri, check_inputs=True) if item)
    assert str(found) == f"{uri}, rows 1-2, column style: {pictures}/none.png: there is no such file"
    assert len(opened) == 2


def test_a_file_is_told_once_whatever_it_is_used_as(pictures: Path) -> None:
    uri = save(
        pictures / "m.parquet", style=["style.png", "style.png", "none.png"], content=["none.png", None, "none.png"]
    )
    (found,) = (item for item in validate_manifest(uri, check_inputs=True) if item)
    message = f"{pictures}/none.png: there is no such file"
    assert str(found) == f"{uri}, rows 1, 3, column content and style: {message}"


def test_all_that_is_wrong_with_a_row_is_told(pictures: Path) -> None:
    uri = save(
        pictures / "m.parquet",
        style=["none.png", "style.png"],
        style_map=["gone.png", "map.png"],
        target_map=["text.png", "map.png"],
        size=[16, 64],
        method=["neural", "patch"],
        render_id=["a b", "good"],
    )
    assert problems(uri) == [(1, "render_id"), (1, "method"), (1, "size")]
    found = [item for item in validate_manifest(uri, check_inputs=True) if item]
    assert [(item.row, item.column) for item in found[3:]] == [(1, "style"), (1, "style_map"), (1, "target_map")]


def test_rows_are_told_in_few_words() -> None:
    numbers = RowNumbers()
    for row in (3, 4, 5, 9, 11, 13, 15, 16, 20, 21, 22):
        numbers.add(row)
    assert str(numbers) == "rows 3-5, 9, 11, 13, 15-16 and 3 more"
    assert numbers.first == 3


def test_no_credential_is_told(tmp_path: Path) -> None:
    uri = save(
        tmp_path / "m.parquet", style=["https://u:hunter2@127.0.0.1:1/a.png"], style_map=["https://u:hunter2@h/a"]
    )
    (found,) = (item for item in validate_manifest(uri) if item)
    assert "hunter2" not in str(found)
