"""What people read data sets with reads ours, images and metrics: datasets, pandas, polars, DuckDB, Croissant's own."""

from __future__ import annotations

import io
import json
from pathlib import Path

import datasets
import duckdb
import mlcroissant
import pandas
import polars
import pytest
import webdataset
from exported_run import COUNT, IN_GROUP, finished_run, image_of
from PIL import Image

from semstyle.dataset.export import DatasetFormat, ExportOptions, export_dataset

SHARPNESS = {f"r{number:03d}": 1 + number / 8 for number in range(COUNT)}
RARE = sorted(SHARPNESS)[-IN_GROUP:]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    return finished_run(tmp_path_factory.mktemp("run") / "out", failures={"bad": "too large"})


@pytest.fixture(scope="module")
def sets(run: str, tmp_path_factory: pytest.TempPathFactory) -> dict[DatasetFormat, Path]:
    place = tmp_path_factory.mktemp("sets")
    for kind in DatasetFormat:
        export_dataset(run, str(place / kind), ExportOptions(kind, seed=3, most_in_part=5, license="CC-BY-4.0"))
    return {kind: place / kind for kind in DatasetFormat}


def pixels(image: bytes | Image.Image) -> bytes:
    opened = Image.open(io.BytesIO(image)) if isinstance(image, bytes) else image
    return opened.convert("RGB").tobytes()


@pytest.mark.parametrize("kind", DatasetFormat)
def test_datasets_reads_images_metrics_and_splits(
    kind: DatasetFormat, run: str, sets: dict[DatasetFormat, Path], tmp_path: Path
) -> None:
    read = datasets.load_dataset(str(sets[kind]), cache_dir=str(tmp_path))
    counts = json.loads((sets[kind] / "dataset.json").read_text())["splits"]
    assert {name: len(split) for name, split in read.items()} == {name: one["renders"] for name, one in counts.items()}
    found = {}
    for split in read.values():
        for example in split:
            row = example["json"] if kind is DatasetFormat.WEBDATASET else example
            image = example["png"] if kind is DatasetFormat.WEBDATASET else example["image"]
            assert pixels(image) == pixels(image_of(run, row["render_id"]))
            assert row["metric_sifid"] is None and row["tag_license"] == "cc0-1.0"
            is_rare = row["render_id"] in RARE
            assert (row["tag_rare"], row["metric_structure"]) == (("yes", 0.25) if is_rare else (None, None))
            found[row["render_id"]] = row["metric_sharpness"]
    assert found == SHARPNESS


def test_webdataset_reads_images_and_metrics(run: str, sets: dict[DatasetFormat, Path]) -> None:
    shards = sorted(str(path) for path in sets[DatasetFormat.WEBDATASET].glob("*.tar"))
    samples = list(webdataset.WebDataset(shards, shardshuffle=False).decode("pil"))
    assert {sample["json"]["render_id"]: sample["json"]["metric_sharpness"] for sample in samples} == SHARPNESS
    for sample in samples:
        assert pixels(sample["png"]) == pixels(image_of(run, sample["__key__"]))


@pytest.mark.parametrize("kind", [DatasetFormat.PARQUET, DatasetFormat.IMAGEFOLDER])
def test_pandas_polars_and_duckdb_read_rows(kind: DatasetFormat, run: str, sets: dict[DatasetFormat, Path]) -> None:
    name = "data/*.parquet" if kind is DatasetFormat.PARQUET else "**/metadata.parquet"
    files = sorted(str(path) for path in sets[kind].glob(name))
    assert len(files) > 3
    with_pandas = pandas.concat([pandas.read_parquet(file) for file in files])
    assert dict(zip(with_pandas["render_id"], with_pandas["metric_sharpness"], strict=True)) == SHARPNESS
    with_polars = polars.read_parquet(files)
    assert dict(with_polars.select("render_id", "metric_sharpness").iter_rows()) == SHARPNESS
    query = duckdb.sql(f"SELECT render_id, metric_sharpness FROM read_parquet('{sets[kind] / name}')")
    assert dict(query.fetchall()) == SHARPNESS


def test_pandas_polars_and_duckdb_read_images(run: str, sets: dict[DatasetFormat, Path]) -> None:
    pattern = str(sets[DatasetFormat.PARQUET] / "data" / "*.parquet")
    files = sorted(str(path) for path in sets[DatasetFormat.PARQUET].glob("data/*.parquet"))
    expected = {render_id: image_of(run, render_id) for render_id in SHARPNESS}
    with_pandas = pandas.concat([pandas.read_parquet(file) for file in files])
    assert {row["render_id"]: row["image"]["bytes"] for _, row in with_pandas.iterrows()} == expected
    with_polars = polars.read_parquet(files)
    images = with_polars["image"].struct.field("bytes")
    assert dict(zip(with_polars["render_id"], images, strict=True)) == expected
    query = duckdb.sql(f"SELECT render_id, image.bytes FROM read_parquet('{pattern}')")
    assert dict(query.fetchall()) == expected


@pytest.mark.parametrize("kind", DatasetFormat)
def test_croissant_is_valid_and_leads_to_records(
    kind: DatasetFormat, run: str, sets: dict[DatasetFormat, Path]
) -> None:
    described = mlcroissant.Dataset(jsonld=str(sets[kind] / "croissant.json"))
    issues = described.metadata.ctx.issues
    assert not issues.errors and not issues.warnings
    records = list(described.records("renders"))
    if kind is DatasetFormat.WEBDATASET:
        rows = [json.loads(text(one["renders/json"])) for one in records]
    else:
        rows = [{name.removeprefix("renders/"): value for name, value in one.items()} for one in records]
    assert {text(row["render_id"]): row["metric_sharpness"] for row in rows} == SHARPNESS
    if kind is DatasetFormat.PARQUET:
        images = {text(one["renders/render_id"]): one["renders/image"] for one in records}
    else:
        images = {text(one["images/file_name"])[:-4]: one["images/image"] for one in described.records("images")}
    assert {name: pixels(image) for name, image in images.items()} == {
        name: pixels(image_of(run, name)) for name in SHARPNESS
    }
    counts = json.loads((sets[kind] / "dataset.json").read_text())["splits"]
    splits = {text(one["splits/split"]): one["splits/renders"] for one in described.records("splits")}
    assert splits == {name: one["renders"] for name, one in counts.items()}
    metrics = {text(one["metrics/name"]): one for one in described.records("metrics")}
    values = sorted(SHARPNESS.values())
    assert metrics["sharpness"]["metrics/mean"] == pytest.approx(sum(values) / len(values), rel=1e-5)
    assert metrics["sharpness"]["metrics/maximum"] == values[-1] and metrics["sharpness"]["metrics/renders"] == COUNT
    (one,) = described.records("input_licenses")
    assert (text(one["input_licenses/license"]), one["input_licenses/renders"]) == ("cc0-1.0", COUNT)


def text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def test_croissant_has_the_digest_of_each_data_file(sets: dict[DatasetFormat, Path]) -> None:
    for kind, folder in sets.items():
        listed = {
            one["contentUrl"]: one["sha256"]
            for one in json.loads((folder / "croissant.json").read_text())["distribution"]
            if one["@type"] == "cr:FileObject"
        }
        sums = dict(reversed(line.split("  ")) for line in (folder / "checksums.sha256").read_text().splitlines())
        assert listed and listed.items() <= sums.items(), kind
