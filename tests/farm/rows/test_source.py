"""A manifest that is replaced, written over or moved while a run reads it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import faults
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from semstyle.farm import RunOptions, read_status, run_manifest
from semstyle.farm.rows import plan, source
from semstyle.farm.rows.source import ManifestSource
from semstyle.manifest import ManifestError
from semstyle.manifest.schema import written_schema
from semstyle.storage import Folder

ROWS = 40


@pytest.fixture(autouse=True)
def a_few_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "ROWS_BETWEEN", 4)
    monkeypatch.setattr(plan, "LOOK_AHEAD", 4)


def written(path: Path, pictures: Path, first_seed: int, rows: int = ROWS) -> Path:
    """A manifest whose rows are read in groups of two."""
    inputs = {name: str(pictures / f"{name}.png") for name in ("style", "style_map", "target_map")}
    small = {"size": 32, "phases": 1, "iterations": 2}
    values = [{**inputs, **small, "seed": first_seed + number, "render_id": f"row{number}"} for number in range(rows)]
    pq.write_table(pa.Table.from_pylist(values, written_schema(set(values[0]))), path, row_group_size=2)
    return path


def replace(path: Path, new: Path) -> None:
    new.replace(path)


def write_over(path: Path, new: Path) -> None:
    with path.open("r+b") as file:
        file.write(new.read_bytes())
        file.truncate()


def move_away(path: Path, new: Path) -> None:
    path.rename(path.with_suffix(".old"))


CHANGES = [replace, write_over, move_away]


@pytest.mark.parametrize("change", CHANGES)
def test_no_more_rows_are_given_than_between_two_looks(change, pictures, tmp_path):
    path, new = written(tmp_path / "m.parquet", pictures, 0), written(tmp_path / "new", pictures, 1000)
    rows = ManifestSource(str(path)).rows()
    given = [next(rows) for _ in range(8)]
    change(path, new)
    with pytest.raises(ManifestError, match="changed or moved while the run was reading"):
        given.extend(rows)
    assert len(given) <= 12


def test_one_that_stays_is_read_to_its_end_whatever_else_befalls_its_file(pictures, tmp_path):
    path = written(tmp_path / "m.parquet", pictures, 0)
    rows = ManifestSource(str(path)).rows()
    next(rows)
    path.chmod(0o600)
    os.link(path, tmp_path / "another name")
    path.read_bytes()
    assert sum(1 for _ in rows) == ROWS - 1


@pytest.mark.parametrize("change", ["one is replaced", "one more comes", "one goes"])
def test_a_folder_of_files_is_looked_at_as_a_whole(change, pictures, tmp_path):
    folder = tmp_path / "manifest"
    folder.mkdir()
    for number in range(3):
        written(folder / f"{number}.parquet", pictures, number, rows=6)
    rows = ManifestSource(str(folder)).rows()
    next(rows)
    if change == "one is replaced":
        replace(folder / "2.parquet", written(tmp_path / "new", pictures, 7, rows=6))
    elif change == "one more comes":
        written(folder / "3.parquet", pictures, 3)
    else:
        (folder / "2.parquet").unlink()
    with pytest.raises(ManifestError, match="changed or moved"):
        list(rows)


def test_an_object_that_is_replaced_in_a_bucket(pictures, tmp_path, s3):
    folder = Folder(f"{s3}/manifests")
    folder.write("m.parquet", written(tmp_path / "old", pictures, 0).read_bytes())
    rows = ManifestSource(folder.location("m.parquet")).rows()
    next(rows)
    folder.write("m.parquet", written(tmp_path / "new", pictures, 1000).read_bytes())
    with pytest.raises(ManifestError, match="changed or moved"):
        list(rows)


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("change", CHANGES)
def test_a_run_ends_with_a_line_and_keeps_what_it_has_rendered(change, pictures, tmp_path):
    path, new = written(tmp_path / "m.parquet", pictures, 0), written(tmp_path / "new", pictures, 1000)
    out = tmp_path / "out"

    def change_once_something_is_there() -> None:
        wait_for(lambda: any(out.glob("records/*.parquet")))
        change(path, new)

    helper = threading.Thread(target=change_once_something_is_there)
    helper.start()
    with pytest.raises(ManifestError, match="what it has rendered stays") as ended:
        run_manifest(str(path), str(out), RunOptions(cpus_per_render=1), perform=faults.slow)
    helper.join()

    assert ended.value.exit_code == 2 and "\n" not in str(ended.value)
    status = read_status(str(out))
    assert (status.state, status.last_error) == ("failed", str(ended.value))
    records = list(out.glob("records/*.parquet"))
    assert 0 < len(records) < ROWS
    assert all(pq.read_table(record)["seed"].to_pylist()[0] < ROWS for record in records), "a row of the new manifest"


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        threading.Event().wait(0.1)
    raise AssertionError("waited too long")
