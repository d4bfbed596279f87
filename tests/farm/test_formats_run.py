"""Runs whose images have several formats, through everything that reads them; and rows by class and priority."""

from __future__ import annotations

import hashlib
import json
import shlex
from pathlib import Path
from typing import Any

import datasets
import mlcroissant
import pyarrow.parquet as pq
import pytest
from PIL import Image
from typer.testing import CliRunner

from semstyle.commands.app import app
from semstyle.dataset.comparison import compare_nights
from semstyle.dataset.export import DatasetFormat, ExportOptions, export_dataset
from semstyle.farm import RunOptions, repair, run_manifest, verify
from semstyle.farm.dry_run import dry_run
from semstyle.farm.output.job import read_job
from semstyle.image_formats import read_texts
from semstyle.storage import Folder

ONE_CPU = RunOptions(cpus_per_render=1)
ROWS: list[dict[str, Any]] = [
    {"render_id": "plain"},
    {"render_id": "exact", "format": "webp", "quality": 100},
    {"render_id": "small", "format": "webp", "quality": 30},
    {"render_id": "photo", "format": "jpeg"},
]
IMAGES = {"plain": "plain.png", "exact": "exact.webp", "small": "small.webp", "photo": "photo.jpeg"}


def results(out: Path) -> dict[str, dict[str, Any]]:
    return {row["render_id"]: row for row in pq.read_table(out / "results").to_pylist()}


def pixels(path: Path) -> bytes:
    return Image.open(path).convert("RGB").tobytes()


def files(out: Path) -> set[str]:
    return {path.name for path in (out / "images").iterdir()}


@pytest.fixture
def out(cluster: None, manifest: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    assert run_manifest(manifest(*ROWS), str(folder), ONE_CPU).exit_code == 0
    return folder


def test_each_image_is_in_its_format_and_everything_reads_it(out: Path, manifest: Any, tmp_path: Path) -> None:
    assert files(out) == set(IMAGES.values())
    rows = results(out)
    assert {name: row["image"] for name, row in rows.items()} == {
        name: f"images/{image}" for name, image in IMAGES.items()
    }
    assert [(rows[name]["format"], rows[name]["quality"]) for name in IMAGES] == [
        ("png", None),
        ("webp", 100),
        ("webp", 30),
        ("jpeg", 95),
    ]
    for row in rows.values():
        assert hashlib.sha256((out / row["image"]).read_bytes()).hexdigest() == row["image_sha256"]
    assert pixels(out / "images/exact.webp") == pixels(out / "images/plain.png") != pixels(out / "images/small.webp")
    sharpness = {row["metric_sharpness"] for row in rows.values()}
    assert len(sharpness) == 1, "metrics are those of the image before it is stored"
    assert verify(str(out)).is_good

    again = run_manifest(manifest(*ROWS), str(out), ONE_CPU)
    assert (again.status.skipped, again.status.rendered, again.lost) == (4, 0, 0)
    (out / "images/small.webp").unlink()
    assert {problem.render_id for problem in verify(str(out)).problems} == {"small"}
    assert run_manifest(manifest(*ROWS), str(out), ONE_CPU).status.rendered == 1
    assert verify(str(out)).is_good


def test_nights_are_compared_whatever_formats_they_have(out: Path, manifest: Any, tmp_path: Path) -> None:
    other = tmp_path / "other"
    run_manifest(manifest(*({"render_id": row["render_id"]} for row in ROWS)), str(other), ONE_CPU)
    found = compare_nights(str(other), str(out))
    assert found.pairing.pairs == 4
    assert (found.images.unchanged + found.images.same_pixels, found.images.unreadable) == (2, 0)
    changes = {change.after: change for change in found.images.worst}
    assert changes.keys() == {"small", "photo"} and changes["small"].ssim < changes["photo"].ssim
    assert (changes["small"].image_before, changes["small"].image_after) == ("images/small.png", "images/small.webp")


def test_the_command_that_an_image_tells_makes_the_same_file(out: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    threads = {name: dict(row["metrics"])["threads"] for name, row in results(out).items()}
    for name in ("exact", "photo"):
        shown = CliRunner().invoke(app, ["show", str(out / "images" / IMAGES[name])])
        program, *arguments = shlex.split(shown.output)
        again = CliRunner().invoke(app, [*arguments, "--threads", f"{threads[name]:.0f}"])
        assert program == "semstyle" and again.exit_code == 0, again.output
        assert (tmp_path / arguments[-1]).read_bytes() == (out / "images" / IMAGES[name]).read_bytes()
    with Image.open(out / "images/small.webp") as image:
        assert json.loads(read_texts(image)["semstyle"])["parameters"]["quality"] == 30


@pytest.mark.parametrize("kind", list(DatasetFormat))
def test_a_data_set_of_them_has_the_files_as_they_are(kind: DatasetFormat, out: Path, tmp_path: Path) -> None:
    export_dataset(str(out), str(tmp_path / "set"), ExportOptions(kind, split_by="style"))
    described = mlcroissant.Dataset(jsonld=str(tmp_path / "set/croissant.json"))
    assert not described.metadata.issues.errors
    sets = {one.name: one for one in described.metadata.distribution if isinstance(one, mlcroissant.FileSet)}
    if kind is not DatasetFormat.PARQUET:
        assert sorted(sets["image_files"].encoding_formats) == ["image/jpeg", "image/png", "image/webp"]
    read = datasets.load_dataset(str(tmp_path / "set"), cache_dir=str(tmp_path / "cache"))
    found = {}
    for row in (row for split in read.values() for row in split):
        columns = row["json"] if kind is DatasetFormat.WEBDATASET else row
        image = row.get(columns["format"]) or row["image"]
        found[columns["render_id"]] = image.convert("RGB").tobytes()
    assert found == {name: pixels(out / "images" / image) for name, image in IMAGES.items()}


def test_a_row_of_another_format_takes_the_place_of_the_old_image(out: Path, manifest: Any) -> None:
    rows = [{**row, "format": "jpeg"} for row in ROWS[:1]] + ROWS[1:]
    kept = run_manifest(manifest(*rows), str(out), ONE_CPU)
    assert (kept.status.skipped, kept.status.rendered) == (4, 0) and files(out) == set(IMAGES.values())
    changed = run_manifest(manifest(*rows), str(out), ONE_CPU.model_copy(update={"changed": True}))
    assert (changed.status.skipped, changed.status.rendered) == (3, 1)
    assert files(out) == {*IMAGES.values(), "plain.jpeg"} - {"plain.png"}
    assert verify(str(out)).is_good and results(out)["plain"]["image"] == "images/plain.jpeg"


def test_an_image_beside_the_recorded_one_is_found_and_removed(out: Path) -> None:
    (out / "images/plain.webp").write_bytes((out / "images/exact.webp").read_bytes())
    (problem,) = verify(str(out)).problems
    assert (problem.render_id, problem.path) == ("plain", "images/plain.webp")
    assert "in another format than the one that was recorded" in problem.message
    assert repair(str(out)).problem_count == 1
    assert files(out) == set(IMAGES.values()) and verify(str(out)).is_good


FAULTS: list[dict[str, Any]] = [
    {"render_id": "missing", "style": "gone.png"},
    {"render_id": "fine", "seed": 1},
    {"render_id": "slow", "size": 512, "iterations": 10_000, "phases": 3, "seed": 2},
]


def test_failures_of_one_class_are_tried_again_and_others_are_not(cluster: None, manifest: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    path = manifest(*FAULTS)
    hurried = RunOptions(cpus_per_render=1, timeout=2, max_attempts=1)
    assert run_manifest(path, str(out), hurried).status.failed == 2
    classes = {name: json.loads((out / f"failures/{name}.json").read_text())["class"] for name in ("missing", "slow")}
    assert classes == {"missing": "input", "slow": "time"}
    before = (out / "failures/slow.json").read_text()

    (tmp_path / "gone.png").write_bytes(Path(results(out)["fine"]["style"]).read_bytes())
    chosen = RunOptions(cpus_per_render=1, retry_failed="input")
    planned = dry_run(path, str(out), chosen)
    assert (planned.first, planned.failed_before, planned.skipped) == (["missing"], 1, 1)
    again = run_manifest(path, str(out), chosen)
    assert (again.status.rendered, again.status.failed_before, again.exit_code) == (1, 1, 3)
    assert not (out / "failures/missing.json").exists() and (out / "failures/slow.json").read_text() == before
    job = read_job(Folder(str(out)))
    assert job is not None and job.options["retry_failed"] == "input"


def test_rows_of_higher_priority_are_begun_first_and_records_tell_it(
    cluster: None, manifest: Any, tmp_path: Path
) -> None:
    rows = [{"render_id": f"r{number}", "seed": number, "priority": number % 3 or None} for number in range(9)]
    path, out = manifest(*rows), tmp_path / "out"
    first = run_manifest(path, str(out), RunOptions(cpus_per_render=1, limit=3))
    assert first.status.rendered == 3 and set(results(out)) == {"r2", "r5", "r8"}
    assert dry_run(path, str(out), ONE_CPU).first[:3] == ["r1", "r4", "r7"]
    run_manifest(path, str(out), RunOptions(cpus_per_render=2))
    found = results(out)
    assert {name: row["priority"] for name, row in found.items()} == {f"r{number}": number % 3 for number in range(9)}
    begun = sorted(found, key=lambda name: found[name]["started_at"])
    assert [found[name]["priority"] for name in begun] == [2, 2, 2, 1, 1, 1, 0, 0, 0]
