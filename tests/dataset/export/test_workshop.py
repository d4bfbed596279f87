"""Where a data set may be made: what is there already is kept, and what is not whole never looks so."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest
from exported_run import bytes_in, finished_run

from semstyle.dataset.export import DatasetFormat, ExportOptions, export, export_dataset
from semstyle.dataset.export.formats.part import WrittenPart
from semstyle.dataset.export.formats.writing import write_part
from semstyle.dataset.export.plan import ExportPlan, Part
from semstyle.dataset.export.workshop import Workshop
from semstyle.errors import InputError
from semstyle.storage import Folder, StorageError

OPTIONS = ExportOptions(DatasetFormat.WEBDATASET, most_in_part=3)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    return finished_run(tmp_path_factory.mktemp("run") / "out", 6)


def test_the_same_again_is_there_already(run: str, tmp_path: Path) -> None:
    first = export_dataset(run, str(tmp_path / "set"), OPTIONS)
    before = bytes_in(tmp_path)
    again = export_dataset(run, str(tmp_path / "set"), OPTIONS)
    assert (first.was_there, again.was_there) == (False, True) and again.dataset == first.dataset
    assert bytes_in(tmp_path) == before


def test_another_data_set_is_not_written_over(run: str, tmp_path: Path) -> None:
    export_dataset(run, str(tmp_path / "set"), OPTIONS)
    before = bytes_in(tmp_path)
    with pytest.raises(InputError, match="a data set of other renders or options is there"):
        export_dataset(run, str(tmp_path / "set"), ExportOptions(DatasetFormat.WEBDATASET, seed=1))
    assert bytes_in(tmp_path) == before


def test_a_folder_of_something_else_is_refused(run: str, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="other files are there"):
        export_dataset(run, str(tmp_path / "set"), OPTIONS)
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_an_empty_folder_is_filled(run: str, tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    export_dataset(run, str(tmp_path / "set"), OPTIONS)
    assert (tmp_path / "set" / "dataset.json").exists()


def test_the_runs_own_folder_is_refused(run: str) -> None:
    for inside in ("", "/images/set"):
        with pytest.raises(InputError, match="in the run's own folder"):
            export_dataset(run, run + inside, OPTIONS)


def test_a_sibling_that_is_not_an_exports_is_kept(run: str, tmp_path: Path) -> None:
    (tmp_path / ".set.exporting").mkdir()
    (tmp_path / ".set.exporting" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="not of an export; remove it"):
        export_dataset(run, str(tmp_path / "set"), OPTIONS)
    assert (tmp_path / ".set.exporting" / "mine.txt").read_text() == "mine"


def test_what_an_export_of_other_renders_left_is_not_mixed_in(run: str, tmp_path: Path) -> None:
    work = tmp_path / "new" / ".set.exporting"
    (work / "parts").mkdir(parents=True)
    (work / "export.json").write_text(json.dumps({"fingerprint": "another"}))
    (work / "parts" / "train-00000.json").write_text("{}")
    (work / "train-000007.tar").write_bytes(b"old")
    export_dataset(run, str(tmp_path / "new" / "set"), OPTIONS)
    export_dataset(run, str(tmp_path / "clean" / "set"), OPTIONS)
    assert bytes_in(tmp_path / "new") == bytes_in(tmp_path / "clean")


def test_parts_that_are_there_are_not_made_again(run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ExportOptions(DatasetFormat.WEBDATASET, shares=(1, 0, 0), most_in_part=2)
    made: list[int] = []

    def stop_at(last: int) -> None:
        def write(run: Folder, to: Folder, plan: ExportPlan, part: Part) -> WrittenPart:
            if part.number == last:
                raise StorageError("gone")
            made.append(part.number)
            return write_part(run, to, plan, part)

        monkeypatch.setattr(export, "write_part", write)

    stop_at(1)
    with pytest.raises(StorageError):
        export_dataset(run, str(tmp_path / "set"), options)
    assert made == [0] and not (tmp_path / "set").exists()
    stop_at(-1)
    export_dataset(run, str(tmp_path / "set"), options)
    assert made == [0, 1, 2]


@pytest.mark.parametrize("uri", ["s3://bucket", "s3://bucket/", "/"])
def test_a_place_without_a_name_is_refused(uri: str) -> None:
    with pytest.raises(InputError, match="name a folder in it"):
        Workshop(uri)


@pytest.fixture
def store() -> Iterator[str]:
    yield f"memory://{uuid.uuid4().hex}"
    fsspec.filesystem("memory").store.clear()


def test_in_a_store_the_bytes_are_those_of_a_disk(run: str, store: str, tmp_path: Path) -> None:
    export_dataset(run, f"{store}/set", OPTIONS)
    export_dataset(run, str(tmp_path / "disk" / "set"), OPTIONS)
    filesystem = fsspec.filesystem("memory")
    root = filesystem._strip_protocol(store)
    found = {path.removeprefix(f"{root}/"): filesystem.cat_file(path) for path in filesystem.find(root)}
    disk = {path: (tmp_path / "disk" / path).read_bytes() for path in bytes_in(tmp_path / "disk")}
    assert found == disk  # and nothing is left beside it


def test_a_store_that_gives_out_while_files_are_put_in_place_is_gone_on_with(
    run: str, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no renaming of folders in a bucket: until dataset.json is there, the data set is not whole."""
    copies: list[str] = []
    real = Workshop._copy

    def copy(workshop: Workshop, path: str) -> None:
        copies.append(path)
        if path == "croissant.json":
            raise StorageError("gone")
        real(workshop, path)

    with monkeypatch.context() as patch:
        patch.setattr(Workshop, "_copy", copy)
        with pytest.raises(StorageError, match="gone"):
            export_dataset(run, f"{store}/set", OPTIONS)
    assert len(copies) > 1 and not Folder(f"{store}/set").exists("dataset.json")
    with pytest.raises(InputError, match="an export of other renders or options is unfinished there"):
        export_dataset(run, f"{store}/set", ExportOptions(DatasetFormat.WEBDATASET, seed=1))
    export_dataset(run, f"{store}/set", OPTIONS)
    assert Folder(f"{store}/set").exists("dataset.json") and not Folder(f"{store}/set").exists("export.json")
    assert not Folder(f"{store}/.set.exporting").exists("dataset.json")


def test_a_bucket_takes_a_data_set_and_gives_a_run(run: str, s3: str, tmp_path: Path) -> None:
    made = export_dataset(run, f"{s3}/sets/night", ExportOptions(DatasetFormat.IMAGEFOLDER)).dataset
    folder = Folder(f"{s3}/sets/night")
    sums = folder.read("checksums.sha256").decode().splitlines()
    assert len(sums) == made.files and all(folder.exists(line.partition("  ")[2]) for line in sums)
    assert sorted(folder.names()) == [
        "README.md",
        "checksums.sha256",
        "contact_sheet.png",
        "croissant.json",
        "dataset.json",
        "splits.json",
    ]
    assert not list(Folder(f"{s3}/sets/.night.exporting").names())
    assert export_dataset(run, f"{s3}/sets/night", ExportOptions(DatasetFormat.IMAGEFOLDER)).was_there
