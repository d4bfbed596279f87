"""jobs/nightly.py: a night's folder, and the same night continued."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from programs import REPOSITORY, run

from semstyle.storage import Folder

SPEC = """
inputs:
  - style: {pictures}/style.png
    style_map: {pictures}/style_map.png
    target_map: {pictures}/target_map.png
grid:
  seed: [{seeds}]
fixed:
  size: 32
  phases: 1
  iterations: 2
"""


def nightly(folder: Path, *arguments: str):
    """With ``folder`` for a home, to see what is left there."""
    return run([sys.executable, str(REPOSITORY / "jobs" / "nightly.py"), *arguments], folder, HOME=str(folder))


def test_renders_into_the_nights_folder_and_continues_there(pictures, tmp_path):
    spec = tmp_path / "nightly.yaml"
    spec.write_text(SPEC.format(pictures=pictures, seeds="1, 2"))
    arguments = ["nights", "--date", "2026-01-31", "--spec", str(spec), "--cpus-per-render", "1"]

    first = nightly(tmp_path, *arguments, "--json")
    assert first.returncode == 0, first.stderr
    night = tmp_path / "nights" / "2026-01-31"
    assert json.loads(first.stdout)["status"]["rendered"] == pq.read_table(night / "results").num_rows == 2
    assert json.loads((tmp_path / "nights" / "latest").read_text())["dataset"] == "2026-01-31/dataset"
    assert json.loads((night / "dataset" / "dataset.json").read_text())["renders"] == 2
    assert (night / "report" / "contact_sheet.png").exists()
    assert not (tmp_path / ".ray").exists(), "a Ray of our own leaves no token under the home folder"

    spec.write_text(SPEC.format(pictures=pictures, seeds="1, 2, 3"))
    again = nightly(tmp_path, *arguments)
    assert again.returncode == 0, again.stderr
    assert "0 rendered, 2 there before" in again.stdout
    steps = [line.split(":")[0] for line in again.stdout.splitlines()]
    assert steps == [f"2026-01-31 {step}" for step in ("plan", "render", "verify", "export", "compare", "latest")]
    assert len(list((night / "records").iterdir())) == 2


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The repository as one has it after `git clone`: without the photographs."""
    folder = tmp_path / "checkout"
    for name in ("jobs", "manifests"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("photographs", "outlines"))
    (folder / "semstyle").symlink_to(REPOSITORY / "semstyle")
    return folder


def test_runs_as_the_readme_writes_it(checkout: Path, s3: str) -> None:
    """But for the bucket, and as it is to be short, for one row alone."""
    found = re.search(r"`(python jobs/nightly\.py) s3://bucket/nightly`", (REPOSITORY / "README.md").read_text())
    assert found is not None
    nights = Folder(f"{s3}/nightly")

    first = run([*found[1].split(), nights.uri, "--limit", "1", "--cpus-per-render", "1"], checkout)
    assert first.returncode == 0, first.stderr
    (night,) = nights_in(nights)
    assert len(list(night.names("images"))) == 1 and night.exists("report/contact_sheet.png")
    assert not (checkout / "manifests" / "demo" / "photographs").exists()

    again = run([*found[1].split(), nights.uri, "--dry-run"], checkout)
    assert "would render 12 of 13 rows" in again.stdout and "1 there before" in again.stdout, again.stderr
    assert not nights.exists("latest"), "a night of which rows are left is not complete"
    assert nights_in(nights)[0].uri == night.uri


def nights_in(nights: Folder) -> list[Folder]:
    names = [path.rstrip("/").rpartition("/")[2] for path in nights.filesystem.ls(nights.path(), detail=False)]
    return [Folder(nights.location(name)) for name in sorted(names) if name != "inputs"]


def test_a_missing_spec_and_a_wrong_date_are_errors(tmp_path):
    missing = nightly(tmp_path, "nights", "--spec", "none.yaml")
    assert missing.returncode == 2 and "none.yaml" in missing.stderr and "Traceback" not in missing.stderr
    assert nightly(tmp_path, "nights", "--date", "yesterday").returncode == 2
