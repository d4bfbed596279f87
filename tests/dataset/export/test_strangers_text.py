"""Tags, licences and paths are strangers' text: in a data set they are data, and nothing in it does anything."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import datasets
import mlcroissant
import pyarrow.parquet as pq
import pytest
import yaml
from exported_run import record, write_rows

from semstyle.dataset.export import DatasetFormat, ExportOptions, export_dataset

HOSTILE = {
    "license": "MIT |\n---\nlicense: evil\n<script>alert(1)</script> [x](javascript:1) `a` \x1b[2J",
    "../../out of here": "../../etc/passwd",
    "a: {b: !!python/object/apply:os.system [x]}": "---\n",
    "quote\"'\\": "\u2028 password=hunter2hunter2",
    "scene": "lower",
    "SCENE": "upper",
    "x" * 300: "long",
    "\x00nul\x1b": "",
}


@pytest.mark.parametrize("kind", DatasetFormat)
def test_hostile_tags_are_values_of_columns_and_nothing_else(kind: DatasetFormat, tmp_path: Path) -> None:
    rows = [record(f"r{number}", {"loss": 1.0}, HOSTILE, target_map=f"{number}.png") for number in range(3)]
    run = write_rows(tmp_path / "out", rows)
    place = tmp_path / "place"
    options = ExportOptions(kind, shares=(1, 0, 0), license="My own: licence\n---\nfoo: bar")
    export_dataset(run, str(place / "set"), options)
    assert [path.name for path in place.iterdir()] == ["set"]
    card = (place / "set" / "README.md").read_text()
    _, head, body = card.split("---\n", 2)
    front = yaml.safe_load(head)
    assert (front["license"], front["license_name"]) == ("other", "My own: licence --- foo: bar")
    assert "foo" not in front and front["dataset_info"]["splits"][0]["num_examples"] == 3
    assert "<script" not in body and "](javascript" not in body and "\x1b" not in card
    (line,) = [line for line in body.splitlines() if line.startswith("| license |")]
    cells = re.split(r"(?<!\\)\|", line)
    assert len(cells) == 5
    assert html.unescape(cells[2]).startswith(r" MIT \| \-\-\- license: evil <script>alert\(1\)</script> \[x\]\(")
    described = mlcroissant.Dataset(jsonld=str(place / "set" / "croissant.json"))
    (told,) = {one["input_licenses/license"] for one in described.records("input_licenses")}
    assert told.startswith("MIT | --- license: evil <script>")
    read = datasets.load_dataset(str(place / "set"), cache_dir=str(tmp_path / "cache"))["train"]
    row = read[0]["json"] if kind is DatasetFormat.WEBDATASET else read[0]
    assert row["tag_license"] == HOSTILE["license"] and row["tag_../../out of here"] == "../../etc/passwd"
    assert json.loads((place / "set" / "dataset.json").read_text())["license"] == "My own: licence --- foo: bar"


def test_columns_of_tags_are_told_apart_and_bounded(tmp_path: Path) -> None:
    tags = {f"tag {number:03d}": str(number) for number in range(150)}
    run = write_rows(tmp_path / "out", [record("one", tags=HOSTILE | tags), record("two", tags={"scene": "z"})])
    export_dataset(run, str(tmp_path / "set"), ExportOptions(DatasetFormat.PARQUET, shares=(1, 0, 0)))
    table = pq.ParquetFile(tmp_path / "set" / "data" / "train-00000-of-00001.parquet").read()
    columns = [name for name in table.column_names if name.startswith("tag_")]
    assert len(columns) == 100 == len({name.lower() for name in columns}) and "tag_scene" in columns
    assert table["tag_scene"].to_pylist() == ["lower", "z"]
    assert "tags without a column" in (tmp_path / "set" / "README.md").read_text()


def test_numbers_that_are_not_finite_are_null(tmp_path: Path) -> None:
    rows = [record("one", {"sharpness": float("nan"), "weave": float("inf")}, loss=float("nan"))]
    run = write_rows(tmp_path / "out", rows)
    for kind in DatasetFormat:
        export_dataset(run, str(tmp_path / kind), ExportOptions(kind, shares=(1, 0, 0)))
        json.loads((tmp_path / kind / "croissant.json").read_text(), parse_constant=pytest.fail)
        described = mlcroissant.Dataset(jsonld=str(tmp_path / kind / "croissant.json"))
        assert [one.name for one in described.metadata.record_sets][-1] == "splits"
    row = pq.ParquetFile(tmp_path / "imagefolder" / "train" / "metadata.parquet").read().to_pylist()[0]
    assert row["metric_sharpness"] is row["metric_weave"] is row["loss"] is None
