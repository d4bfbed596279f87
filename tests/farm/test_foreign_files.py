"""Thousands of other programs' files in an output folder: none is read, taken for ours or removed."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from semstyle.farm import RunOptions, repair, run_manifest, verify
from semstyle.farm.output.layout import committed_ids, failed_ids, image_ids, pictures
from semstyle.report.page import write_report
from semstyle.storage import Folder

KEYS = 5_000
NAMES = [
    "records/{}.txt",
    "records/._{}.parquet",
    "records/copy {} of row.parquet",
    "records/line\nbreak {}.parquet",
    "records/sub/{}.parquet",
    "records/{}.parquet.tmp",
    "images/.DS_Store-{}",
    "images/._{}.png",
    "images/photo ({}).png",
    "images/Ünïcode {}.png",
    "images/sub/{}.png",
    "failures/{} readme.json",
    "failures/{}.md",
    "checkpoints/-{}.safetensors",
    "results/{}.txt",
    "results/.part-{}.parquet.crc",
    "traces/_SUCCESS-{}",
    "notes {}.json",
]
LITTLE_TIME = 60
"""Seconds; each of these files read by itself would take longer."""


@pytest.fixture(params=["disk", "s3"])
def out(request, cluster, manifest, tmp_path) -> Folder:
    """A finished run with as many files of others."""
    folder = made = Folder(str(tmp_path / "out"))
    assert run(manifest, made).exit_code == 3
    if request.param == "s3":
        folder = Folder(f"{request.getfixturevalue('s3')}/{tmp_path.name}")
        for path in (tmp_path / "out").rglob("*.*"):
            folder.write(str(path.relative_to(tmp_path / "out")), path.read_bytes())
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda path: folder.write(path, b"foreign", durable=False), foreign()))
    return folder


def foreign() -> list[str]:
    return [NAMES[number % len(NAMES)].format(number) for number in range(KEYS)]


def run(manifest, folder: Folder):
    rows = ({"render_id": "one"}, {"render_id": "two", "seed": 1}, {"render_id": "bad", "style_weight": -1.0})
    return run_manifest(manifest(*rows), folder.uri, RunOptions(cpus_per_render=1))


def test_they_are_ignored_by_a_run_verify_repair_and_the_report(out, manifest):
    begun = time.monotonic()
    assert set(committed_ids(out)) == set(image_ids(out)) == {"one", "two"} and set(failed_ids(out)) == {"bad"}
    assert {path for _, path in pictures(out)} == {"images/one.png", "images/two.png"}
    again = run(manifest, out)
    assert (again.status.skipped, again.status.failed_before, again.lost) == (2, 1, 0)
    assert verify(out.uri).is_good
    assert repair(out.uri).is_good
    assert write_report(out.uri).renders == 2
    assert time.monotonic() - begun < LITTLE_TIME
    for path in foreign()[: 2 * len(NAMES)]:
        assert out.read(path) == b"foreign"


def test_one_with_a_name_that_could_be_ours_is_named_and_stops_nothing(cluster, manifest, tmp_path: Path):
    folder = Folder(str(tmp_path / "out"))
    assert run(manifest, folder).exit_code == 3
    folder.write("records/notes.parquet", b"not a record")
    assert run(manifest, folder).lost == 0
    (problem,) = verify(folder.uri).problems
    assert "records/notes.parquet: not a readable record" in str(problem)
