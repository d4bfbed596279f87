"""The files of each format, read with nothing of ours: tar, Parquet, folders; and the same bytes every time."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from exported_run import COUNT, IN_GROUP, bytes_in, finished_run, image_of, record, write_rows
from PIL import Image

from semstyle.dataset.export import DatasetFormat, ExportOptions, export_dataset

IN_PART = 8


def rows_of(kind: DatasetFormat, folder: Path) -> dict[str, tuple[str, bytes, dict[str, Any]]]:
    """Render id → (split, image, row)."""
    found = {}
    if kind is DatasetFormat.WEBDATASET:
        for shard in folder.glob("*.tar"):
            with tarfile.open(shard) as archive:
                files = {member.name: archive.extractfile(member).read() for member in archive}  # type: ignore[union-attr]
            for name in files:
                if name.endswith(".json"):
                    row = json.loads(files[name])
                    found[row["render_id"]] = (shard.name.split("-")[0], files[name[:-5] + ".png"], row)
    elif kind is DatasetFormat.PARQUET:
        for shard in folder.glob("data/*.parquet"):
            for row in pq.ParquetFile(shard).read().to_pylist():
                assert row["image"]["path"] == f"{row['render_id']}.png"
                found[row["render_id"]] = (shard.name.split("-")[0], row.pop("image")["bytes"], row)
    else:
        for table in folder.rglob("metadata.parquet"):
            for row in pq.ParquetFile(table).read().to_pylist():
                split = table.relative_to(folder).parts[0]
                found[row["render_id"]] = (split, (table.parent / row.pop("file_name")).read_bytes(), row)
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    return finished_run(tmp_path_factory.mktemp("run") / "out", failures={"bad": "too large"})


@pytest.mark.parametrize("kind", DatasetFormat)
def test_every_render_is_in_one_split_with_its_image_and_row(kind: DatasetFormat, run: str, tmp_path: Path) -> None:
    made = export_dataset(run, str(tmp_path / "set"), ExportOptions(kind, most_in_part=IN_PART)).dataset
    found = rows_of(kind, tmp_path / "set")
    assert sorted(found) == [f"r{number:03d}" for number in range(COUNT)] and made.renders == COUNT
    split_of_target: dict[str, str] = {}
    for render_id, (split, image, row) in found.items():
        number = int(render_id[1:])
        assert image == image_of(run, render_id)
        assert (row["seed"], row["tag_scene"]) == (number, f"scene {number % 3}")
        assert row["metric_sharpness"] == 1 + number / 8 and row["metric_sifid"] is None
        assert row["coherence"] != row["metric_coherence"] == 0.5
        assert split_of_target.setdefault(row["target_map"], split) == split
    assert len(split_of_target) == COUNT // IN_GROUP
    assert {split: counts.renders for split, counts in made.splits.items()} == {
        split: sum(place == split for place, *_ in found.values()) for split in made.splits
    }


@pytest.mark.parametrize("kind", DatasetFormat)
def test_the_same_bytes_again_and_every_file_is_summed(kind: DatasetFormat, run: str, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export_dataset(run, str(tmp_path / name / "set"), ExportOptions(kind, most_in_part=IN_PART))
    one, two = bytes_in(tmp_path / "one"), bytes_in(tmp_path / "two")
    assert one == two
    sums = (tmp_path / "one" / "set" / "checksums.sha256").read_text()
    listed = {f"set/{path}": digest for digest, _, path in (line.partition("  ") for line in sums.splitlines())}
    assert {**listed, "set/checksums.sha256": hashlib.sha256(sums.encode()).hexdigest()} == {
        path: digest for path, digest in one.items() if path != "set/dataset.json"
    }


def test_parts_are_bounded_by_the_bytes_of_their_pixels(run: str, tmp_path: Path) -> None:
    pixels = 32 * 48 * 3
    options = ExportOptions(DatasetFormat.WEBDATASET, shares=(1, 0, 0), shard_bytes=5 * pixels)
    export_dataset(run, str(tmp_path / "set"), options)
    shards = sorted((tmp_path / "set").glob("*.tar"))
    assert [shard.name for shard in shards] == [f"train-{number:06d}.tar" for number in range(5)]
    sizes = []
    for shard in shards:
        with tarfile.open(shard) as archive:
            members = archive.getmembers()
        assert all(member.mtime == 0 and member.uid == 0 and member.mode == 0o644 for member in members)
        sizes.append(len(members) // 2)
    assert sizes == [5, 5, 5, 5, 4]


def test_ids_with_dots_are_samples_of_their_own(tmp_path: Path) -> None:
    """A reader of WebDataset takes all up to the first dot for the name: ``a.1`` and ``a.2`` would be one."""
    rows = [record(render_id, target_map=f"{render_id}.png") for render_id in ("a.1", "a.2", "a")]
    run = write_rows(tmp_path / "out", rows)
    export_dataset(run, str(tmp_path / "set"), ExportOptions(DatasetFormat.WEBDATASET, shares=(1, 0, 0)))
    with tarfile.open(tmp_path / "set" / "train-000000.tar") as archive:
        keys = {name.partition(".")[0] for name in archive.getnames()}
    assert keys == {"a%2E1", "a%2E2", "a"}


def test_the_contact_sheet_shows_each_split(run: str, tmp_path: Path) -> None:
    export_dataset(run, str(tmp_path / "set"), ExportOptions(DatasetFormat.PARQUET))
    sheet = Image.open(io.BytesIO((tmp_path / "set" / "contact_sheet.png").read_bytes())).convert("RGB")
    drawn = {sheet.crop((x, y, x + 48, y + 32)).tobytes() for x in range(12, 14) for y in range(sheet.height - 32)}
    first = Image.open(io.BytesIO(image_of(run, "r000"))).convert("RGB")
    firsts = [Image.open(io.BytesIO(image_of(run, f"r{n:03d}"))).convert("RGB").tobytes() for n in range(COUNT)]
    assert first.size == (48, 32) and any(one in drawn for one in firsts)
