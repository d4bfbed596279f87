"""What a night wrote, as people read it: datasets, pandas, polars and DuckDB, split by split."""

from __future__ import annotations

import io
import json
from pathlib import Path

import datasets
import duckdb
import pandas
import polars
import pytest
from nights_at_work import FIRST, SECOND, order, without_ray, write_spec
from PIL import Image

from semstyle.dataset.comparison.requirements import Requirements
from semstyle.dataset.export import DatasetFormat, ExportOptions
from semstyle.dataset.nightly import make_night

TARGETS, SEEDS = 8, 2
EXPORT = ExportOptions(DatasetFormat.PARQUET, "content", (0.4, 0.3, 0.3))
"""By content, as all renders have one style."""


@pytest.fixture(scope="module")
def root(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night that was rendered twice, compared and exported."""
    root = tmp_path_factory.mktemp("root") / "nights"
    spec = write_spec(root.parent / "spec", pictures, TARGETS, SEEDS)
    with without_ray():
        for night in (FIRST, SECOND):
            required = Requirements(max_failures_new=0, max_missing=0)
            found = make_night(order(root, night, spec, export=EXPORT, requirements=required))
            assert (found.exit_code, found.latest) == (0, night), found
    return root


@pytest.fixture(scope="module")
def folder(root: Path) -> Path:
    """Where ``latest`` leads."""
    return root / json.loads((root / "latest").read_text())["dataset"]


def test_datasets_reads_the_nights_splits(folder: Path, tmp_path: Path) -> None:
    read = datasets.load_dataset(str(folder), cache_dir=str(tmp_path))
    counts = json.loads((folder / "dataset.json").read_text())["splits"]
    assert {name: len(split) for name, split in read.items()} == {name: one["renders"] for name, one in counts.items()}
    assert len(read) >= 2 and sum(map(len, read.values())) == TARGETS * SEEDS
    of_targets = {name: {row["target_map"] for row in split} for name, split in read.items()}
    assert sum(map(len, of_targets.values())) == TARGETS == len(set().union(*of_targets.values()))
    for name, split in read.items():
        for row in split:
            assert row["split"] == name and row["image"].size == (48, 36) and row["metric_sharpness"] > 0
            image = folder.parent / "images" / f"{row['render_id']}.png"
            assert row["image"].convert("RGB").tobytes() == Image.open(image).convert("RGB").tobytes()


def test_pandas_polars_and_duckdb_agree_on_it(root: Path, folder: Path) -> None:
    files = sorted(str(path) for path in (folder / "data").glob("*.parquet"))
    with_pandas = pandas.concat(pandas.read_parquet(file) for file in files)
    found = dict(zip(with_pandas["render_id"], with_pandas["split"], strict=True))
    assert len(found) == TARGETS * SEEDS
    first = with_pandas["image"].iloc[0]["bytes"]
    assert Image.open(io.BytesIO(first)).size == (48, 36)
    with_polars = polars.scan_parquet(files).select("render_id", "split").collect()
    assert dict(with_polars.iter_rows()) == found
    query = f"SELECT render_id, split FROM '{folder}/data/*.parquet'"
    assert dict(duckdb.sql(query).fetchall()) == found
    both = duckdb.sql(
        f"SELECT target_map, count(DISTINCT split) FROM '{root}/*/dataset/data/*.parquet' GROUP BY target_map"
    ).fetchall()
    assert len(both) == TARGETS and {count for _, count in both} == {1}, "nor does a split change between nights"
