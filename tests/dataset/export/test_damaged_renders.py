"""Only what is committed and verified goes in; the rest is counted, and told."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from exported_run import bytes_in, finished_run, noise

from semstyle.dataset.export import DatasetFormat, ExportOptions, export_dataset
from semstyle.errors import InputError
from semstyle.farm.errors import FarmError
from semstyle.farm.output.record import result_schema
from semstyle.images import encode_png


@pytest.mark.parametrize("kind", DatasetFormat)
def test_an_image_that_is_not_the_recorded_one_is_left_out(kind: DatasetFormat, tmp_path: Path) -> None:
    run = finished_run(tmp_path / "out", 6, failures={"bad": "x", "worse": "y"})
    (tmp_path / "out/images/r001.png").write_bytes(encode_png(noise(99)))
    (tmp_path / "out/images/r002.png").unlink()
    (tmp_path / "out/images/stray.png").write_bytes(encode_png(noise(98)))
    made = export_dataset(run, str(tmp_path / "set"), ExportOptions(kind)).dataset
    assert made.renders == 4 and made.damaged_count == 1 and made.failures == {"input": 2}
    assert [(one.render_id, one.why) for one in made.damaged] == [
        ("r001", "its image is not the one that was recorded")
    ]
    card = (tmp_path / "set" / "README.md").read_text()
    assert "2 rows of the run failed (2 of class input)" in card and "1 record without an image" in card
    assert "1 render whose files" in card and "`r001`: its image is not" in card
    everything = b"".join(path.read_bytes() for path in (tmp_path / "set").rglob("*") if path.is_file())
    assert encode_png(noise(99)) not in everything and encode_png(noise(98)) not in everything
    told = json.loads((tmp_path / "set" / "croissant.json").read_text())["recordSet"]
    failures = next(one for one in told if one["name"] == "failures")
    assert failures["data"] == [{"failures/class": "input", "failures/rows": 2}]


def test_metrics_of_what_is_left_out_are_not_counted(tmp_path: Path) -> None:
    run = finished_run(tmp_path / "out", 4)
    (tmp_path / "out/images/r003.png").write_bytes(encode_png(noise(99)))
    export_dataset(run, str(tmp_path / "set"), ExportOptions(DatasetFormat.PARQUET))
    told = json.loads((tmp_path / "set" / "croissant.json").read_text())["recordSet"]
    metrics = {one["metrics/name"]: one for one in next(s for s in told if s["name"] == "metrics")["data"]}
    assert metrics["sharpness"]["metrics/maximum"] == 1 + 2 / 8 and metrics["sharpness"]["metrics/renders"] == 3


def test_when_no_image_is_right_there_is_no_data_set(tmp_path: Path) -> None:
    run = finished_run(tmp_path / "out", 2)
    for number in range(2):
        (tmp_path / f"out/images/r00{number}.png").write_bytes(b"other")
    with pytest.raises(InputError, match="no image there is the one that was recorded; see `semstyle verify`"):
        export_dataset(run, str(tmp_path / "set"), ExportOptions(DatasetFormat.PARQUET))
    assert not (tmp_path / "set").exists()


def test_a_run_that_goes_on_meanwhile_is_told(tmp_path: Path) -> None:
    """results/ is of an earlier render than the record: its inputs may be others, so its split may leak."""
    run = finished_run(tmp_path / "out", 2)
    records = [pq.ParquetFile(path).read() for path in sorted((tmp_path / "out/records").iterdir())]
    pq.write_table(pa.concat_tables(records), tmp_path / "out/results/part-00000.parquet")
    changed = records[1].to_pylist()[0] | {"image_sha256": "0" * 64}
    pq.write_table(pa.Table.from_pylist([changed], result_schema()), tmp_path / "out/records/r001.parquet")
    with pytest.raises(FarmError, match="r001 was rendered again since results/ was written"):
        export_dataset(run, str(tmp_path / "set"), ExportOptions(DatasetFormat.PARQUET))
    assert not (tmp_path / "set").exists()


def test_it_does_not_matter_whether_results_are_aggregated(tmp_path: Path) -> None:
    run = finished_run(tmp_path / "out", 5)
    export_dataset(run, str(tmp_path / "one" / "set"), ExportOptions(DatasetFormat.PARQUET))
    records = [pq.ParquetFile(path).read() for path in sorted((tmp_path / "out/records").iterdir())]
    pq.write_table(pa.concat_tables(records), tmp_path / "out/results/part-00000.parquet")
    export_dataset(run, str(tmp_path / "two" / "set"), ExportOptions(DatasetFormat.PARQUET))
    assert bytes_in(tmp_path / "one") == bytes_in(tmp_path / "two")


@pytest.mark.parametrize("image", ["../job.json", "images/r001.png", "/etc/passwd", "records/r000.parquet"])
def test_a_record_that_names_another_file_copies_nothing(image: str, tmp_path: Path) -> None:
    run = finished_run(tmp_path / "out", 2, image="images/r001.png")
    path = tmp_path / "out/records/r000.parquet"
    row = pq.ParquetFile(path).read().to_pylist()[0] | {"image": image}
    pq.write_table(pa.Table.from_pylist([row], result_schema()), path)
    made = export_dataset(run, str(tmp_path / "set"), ExportOptions(DatasetFormat.IMAGEFOLDER)).dataset
    assert [one.why for one in made.damaged] == ["its record names another file"] and made.renders == 1
