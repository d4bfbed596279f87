"""Two exports at once into one folder: the second ends with a clear error, and a dead one keeps nobody waiting."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec
import pytest
from exported_run import bytes_in, finished_run

from semstyle.dataset.export import DatasetFormat, ExportOptions, claim, export, export_dataset
from semstyle.dataset.export.claim import ClaimNote, ExportClaim, this_host
from semstyle.dataset.export.formats.part import WrittenPart
from semstyle.dataset.export.formats.writing import write_part
from semstyle.dataset.export.plan import ExportPlan, Part
from semstyle.errors import InputError
from semstyle.storage import Folder

OPTIONS = ExportOptions(DatasetFormat.WEBDATASET, most_in_part=2, shares=(1, 0, 0))
TAKEN = "another export is at work there"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    return finished_run(tmp_path_factory.mktemp("run") / "out", 6)


@pytest.fixture(params=["disk", "store"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "disk":
        yield str(tmp_path)
        return
    yield f"memory://{uuid.uuid4().hex}"
    fsspec.filesystem("memory").store.clear()


def test_the_second_of_two_exports_ends_with_an_error(run: str, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first waits in its second part while the second is tried."""
    is_at_work, may_go_on, errors = threading.Event(), threading.Event(), []

    def slow_part(run: Folder, to: Folder, plan: ExportPlan, part: Part) -> WrittenPart:
        if part.number == 1:
            is_at_work.set()
            assert may_go_on.wait(60)
        return write_part(run, to, plan, part)

    def first() -> None:
        try:
            export_dataset(run, f"{place}/set", OPTIONS)
        except Exception as error:
            errors.append(error)

    monkeypatch.setattr(export, "write_part", slow_part)
    thread = threading.Thread(target=first)
    thread.start()
    try:
        assert is_at_work.wait(60)
        for options in (OPTIONS, ExportOptions(DatasetFormat.PARQUET)):
            with pytest.raises(InputError, match=f"-o .*/set: {TAKEN}"):
                export_dataset(run, f"{place}/set", options)
    finally:
        may_go_on.set()
        thread.join()
    assert not errors and Folder(f"{place}/set").exists("dataset.json")
    assert export_dataset(run, f"{place}/set", OPTIONS).was_there
    assert not Folder(f"{place}/.set.exporting.claims").filesystem.exists(
        Folder(f"{place}/.set.exporting.claims").path()
    ) or not list(Folder(f"{place}/.set.exporting.claims").names())


def stored(folder: Folder, number: int = 1, **changed: object) -> None:
    now = datetime.now(UTC)
    made = ClaimNote(owner="another", host="elsewhere", pid=1, since=now, alive_at=now)
    folder.write(f"{number:06d}.json", made.model_copy(update=changed).model_dump_json().encode())


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.parametrize("seconds", [0, 100, -100])
def test_a_claim_of_another_machine_holds_while_it_gives_signs_of_life(seconds: float, place: str) -> None:
    folder = Folder(f"{place}/claims")
    stored(folder, alive_at=datetime.now(UTC) - timedelta(seconds=seconds))
    with pytest.raises(InputError, match=rf"{TAKEN} \(process 1 on elsewhere\)"), ExportClaim(folder, "-o set"):
        pytest.fail("it is taken")


@pytest.mark.parametrize("silence", [130, 10_000, -130])
def test_a_silent_claim_is_taken_over_and_whoever_lost_it_is_told(silence: float, place: str) -> None:
    folder = Folder(f"{place}/claims")
    stored(folder, alive_at=datetime.now(UTC) - timedelta(seconds=silence))
    with ExportClaim(folder, "-o set") as ours:
        assert sorted(folder.names()) == ["000001.json", "000002.json"]
        ours.require()
        stored(folder, 3)
        with pytest.raises(InputError, match="-o set: another export has taken over here"):
            ours.require()
    assert "000003.json" in folder.names(), "it is not ours to remove"


def test_a_process_of_this_machine_that_is_gone_keeps_nobody(place: str) -> None:
    folder = Folder(f"{place}/claims")
    stored(folder, host=this_host(), pid=dead_pid())
    with ExportClaim(folder, "-o set"):
        pass
    assert list(folder.names()) == []
    stored(folder, host=this_host(), pid=os.getppid())
    with pytest.raises(InputError, match=TAKEN), ExportClaim(folder, "-o set"):
        pytest.fail("it is taken")


def test_of_two_that_find_a_stale_claim_one_takes_it_over(place: str) -> None:
    folder = Folder(f"{place}/claims")
    stored(folder, host=this_host(), pid=dead_pid())
    taken, refused, start = [], [], threading.Barrier(4)
    done = threading.Event()

    def take() -> None:
        start.wait()
        try:
            with ExportClaim(folder, "-o set"):
                taken.append(1)
                done.wait(30)
        except InputError:
            refused.append(1)
        if len(refused) == 3:
            done.set()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), len(refused)) == (1, 3)


def test_a_claim_gives_signs_of_life(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claim, "BEAT_SECONDS", 0.02)
    folder = Folder(f"{place}/claims")
    with ExportClaim(folder, "-o set") as ours:
        begun = alive(folder)
        for _ in range(3000):
            if alive(folder) > begun:
                break
            threading.Event().wait(0.01)
        assert alive(folder) > begun
        ours.require()


def alive(folder: Folder) -> datetime:
    return ClaimNote.model_validate_json(folder.read("000001.json")).alive_at


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"owner": 1}'])
def test_a_damaged_claim_is_taken_over(text: bytes, run: str, tmp_path: Path) -> None:
    (tmp_path / ".set.exporting.claims").mkdir()
    (tmp_path / ".set.exporting.claims" / "000007.json").write_bytes(text)
    export_dataset(run, str(tmp_path / "set"), OPTIONS)
    export_dataset(run, str(tmp_path / "clean" / "set"), OPTIONS)
    found = bytes_in(tmp_path)
    assert {path for path in found if not path.startswith(("set/", "clean/set/"))} == set()
