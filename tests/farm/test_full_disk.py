"""A disk that is full under the driver itself: whatever it writes waits, says so, and goes on when there is room."""

from __future__ import annotations

import errno
import json
import logging
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from shard_status import status
from small_disk import SmallDisk, small_disk

from semstyle.bench.pretend import write_records
from semstyle.cli import main
from semstyle.farm import RunOptions, aggregate, run_manifest
from semstyle.farm.monitor import storage_wait
from semstyle.farm.monitor.event_log import logged_to
from semstyle.farm.monitor.journal import LOGGER
from semstyle.farm.monitor.progress import LiveView, ProgressLines
from semstyle.farm.monitor.status import Status
from semstyle.farm.monitor.storage_wait import StorageWait
from semstyle.farm.output import parts
from semstyle.farm.output.failures import MOST_WAITING, Quarantine, bad_row_failure
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.output.parts import PartsWriter
from semstyle.manifest import BadRow, Position
from semstyle.storage import Folder, StorageError, patient

SCHEMA = pa.schema([("id", pa.string())])
FULL = StorageError("s3://bucket/out/x: the disk is full", transient=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk", 8) as found:
        yield found


class Heard:
    """Makes room once it hears that something waits."""

    def __init__(self, make_room: Callable[[], None]) -> None:
        self.errors: list[str] = []
        self._make_room, self._lock = make_room, threading.Lock()

    def __call__(self, error: StorageError, seconds: float) -> None:
        with self._lock:
            if not self.errors:
                self._make_room()
            self.errors.append(str(error))


def bad_row(number: int) -> BadRow:
    return BadRow(f"row{number}", Position("m.parquet", number), "size", "is -1")


def test_failures_wait_for_room_while_the_driver_does_not(disk):
    folder = Folder(str(disk.folder))
    folder.write("failures/first.json", b"{}")
    disk.fill()
    quarantine = Quarantine(folder, "run", Ledger())
    heard = Heard(lambda: None)
    with patient(60, heard):
        count = 0
        while quarantine.has_room() and count < 1000:  # never blocks, and never takes more than it may
            quarantine.add(bad_row(count), bad_row_failure(bad_row(count)))
            count += 1
        assert MOST_WAITING <= count < 1000
        assert not quarantine.has_room(0.5)
        disk.make_room()
        quarantine.flush()
    quarantine.close()
    assert len(list((disk.folder / "failures").iterdir())) == count + 1
    assert "disk is full" in heard.errors[0]


def test_tables_wait_for_room_in_the_output_folder(disk):
    write_records(disk.folder / "out", 300, 30)
    (disk.folder / "out" / "results").mkdir()
    disk.fill()
    heard = Heard(disk.make_room)
    with patient(60, heard):
        summary = aggregate(str(disk.folder / "out"))
    assert summary.renders == 300 == pq.read_table(disk.folder / "out" / "results").num_rows
    assert "results" in heard.errors[0] and "disk is full" in heard.errors[0]


def test_tables_wait_for_room_on_this_machine(disk, tmp_path, monkeypatch):
    write_records(tmp_path / "out", 300, 30)
    monkeypatch.setattr(tempfile, "tempdir", str(disk.folder))
    whole = aggregate(str(tmp_path / "out"))
    tables = {path: path.read_bytes() for path in tmp_path.glob("out/[rt]*s/part-*")}
    disk.fill()
    heard = Heard(disk.make_room)
    with patient(60, heard):
        assert aggregate(str(tmp_path / "out")) == whole
    assert {path: path.read_bytes() for path in tables} == tables
    assert str(disk.folder) in heard.errors[0] and "disk is full" in heard.errors[0]
    assert not list(disk.folder.glob("semstyle-parts-*"))


def test_a_machine_without_any_place_for_temporary_files_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: [str(tmp_path / "nowhere")])
    monkeypatch.setattr(parts.temporary_folder.retry, "wait", lambda state: 0.01)
    with pytest.raises(StorageError, match="TMPDIR"), PartsWriter(SCHEMA, 10):
        pass


@pytest.mark.parametrize("step", ["write_table", "ParquetWriter"])
def test_a_row_group_that_was_not_taken_whole_is_written_again(step, tmp_path, monkeypatch):
    """The same where no disk can be mounted: the operating system refuses the first three times."""
    refusals = iter([OSError(errno.ENOSPC, "No space left on device")] * 3)
    real = getattr(pq, step)

    def refusing(*given, **named):
        if error := next(refusals, None):
            for path in given:
                if isinstance(path, Path):
                    path.write_bytes(b"PAR1 half")
            raise error
        return real(*given, **named)

    monkeypatch.setattr(pq, step, refusing)
    with patient(60), PartsWriter(SCHEMA, 3) as writer:
        for number in range(5):
            writer.append([pa.table({"id": [f"{number}a", f"{number}b"]})])
        writer.publish(Folder(str(tmp_path)), "results")
    assert next(refusals, None) is None
    expected = [f"{number}{letter}" for number in range(5) for letter in "ab"]
    assert pq.read_table(tmp_path / "results")["id"].to_pylist() == expected
    assert [pq.read_metadata(path).num_rows for path in sorted(tmp_path.glob("results/*"))] == [4, 4, 2]


def test_an_event_log_on_a_full_disk_is_told_once_and_harms_nothing(disk, capsys):
    path = disk.folder / "events.log"
    with logged_to(str(path)):
        LOGGER.info("before")
        disk.fill()
        for number in range(10_000):
            LOGGER.info("event %d", number)
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "events.log" in said and "No space left" in said
    assert json.loads(path.read_text().splitlines()[0])["event"] == "before"
    assert not LOGGER.handlers or all(isinstance(handler, logging.NullHandler) for handler in LOGGER.handlers)


def test_a_wait_is_told_after_some_seconds_and_over_some_seconds_later(monkeypatch):
    wait = StorageWait()
    assert not wait.hear(FULL, 1.0) and wait.reason is None
    assert wait.hear(FULL, 6.0)
    assert not wait.hear(StorageError("another"), 7.0)
    assert wait.reason == "waiting for storage: s3://bucket/out/x: the disk is full"
    monkeypatch.setattr(storage_wait, "FORGOTTEN_SECONDS", 0.0)
    assert wait.reason is None


def shown(status: Status, kind: type[LiveView | ProgressLines]) -> str:
    console = Console(record=True, width=200, force_terminal=kind is LiveView)
    progress = kind(console)
    for _ in range(3):
        progress.show(status)
    progress.close()
    return console.export_text()


@pytest.mark.parametrize("kind", [LiveView, ProgressLines])
def test_it_is_on_the_terminal(kind):
    reason = "waiting for storage: s3://bucket/[out]/x: the disk is full"
    text = shown(status("1/1", "running", waits_for_storage=True, last_error=reason), kind)
    assert text.count(reason) == 1 and text.replace(reason, "").count("waiting for storage") >= 1


@pytest.mark.usefixtures("cluster")
def test_a_run_of_invalid_rows_on_a_full_disk_waits_says_so_and_finishes(manifest, disk, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(storage_wait, "STUMBLE_SECONDS", 1.0)
    out, log = disk.folder / "out", tmp_path / "events.log"
    good = [{"render_id": f"good{number}", "seed": number} for number in range(2)]
    path = manifest(*good, *({"render_id": f"bad{number}", "style_weight": -1.0} for number in range(20)))
    console = Console(record=True, width=500)
    wrote = Quarantine.add

    def fill_first(self, *given):
        if not (disk.folder / "ballast").exists() and not disk_was_full.is_set():
            disk.fill()
            disk_was_full.set()
        wrote(self, *given)

    disk_was_full = threading.Event()
    monkeypatch.setattr(Quarantine, "add", fill_first)
    helper = threading.Thread(target=make_room_when_told, args=(disk, log))
    helper.start()
    with logged_to(str(log)):
        summary = run_manifest(path, str(out), RunOptions(cpus_per_render=1), progress=ProgressLines(console))
    helper.join()

    assert (summary.exit_code, summary.status.failed, summary.status.rendered) == (3, 20, 2)
    assert len(list((out / "failures").iterdir())) == 20
    said = console.export_text()
    assert "waiting for storage: " in said and "disk is full" in said
    assert not list(out.rglob(".semstyle-*"))


def make_room_when_told(disk: SmallDisk, log: Path) -> None:
    for _ in range(600):
        if log.exists() and "storage awaited" in log.read_text():
            break
        threading.Event().wait(0.1)
    disk.make_room()


@pytest.mark.usefixtures("cluster")
def test_storage_that_gives_out_for_the_whole_run_is_exit_code_four(manifest, disk, tmp_path, monkeypatch):
    monkeypatch.setattr("semstyle.farm.run.STORAGE_OUTAGE_SECONDS", 1.0)
    out = disk.folder / "out"
    path = manifest({"render_id": "good"}, {"render_id": "bad", "style_weight": -1.0})
    wrote = Quarantine.add

    def fill_first(self, *given):
        if not (disk.folder / "ballast").exists():
            disk.fill()
        wrote(self, *given)

    monkeypatch.setattr(Quarantine, "add", fill_first)
    with logged_to(str(tmp_path / "events.log")), pytest.raises(StorageError, match="disk is full") as ended:
        run_manifest(path, str(out), RunOptions(cpus_per_render=1))
    assert ended.value.exit_code == 4
    last = json.loads((tmp_path / "events.log").read_text().splitlines()[-1])
    assert (last["event"], last["state"]) == ("run ended", "failed") and "disk is full" in last["message"]


def command(monkeypatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["semstyle", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_a_run_that_cannot_begin_says_so_in_one_line(manifest, disk, monkeypatch, capsys):
    disk.fill()
    assert command(monkeypatch, "run", manifest({}), "-o", str(disk.folder / "out")) == 4
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and "disk is full" in said[0] and said[0].startswith("semstyle: ")


@pytest.mark.usefixtures("cluster")
def test_once_the_result_is_safe_pictures_of_it_are_left_out_with_a_word(manifest, disk, monkeypatch, capsys):
    def run_then_fill(*given, **named):
        summary = run_manifest(*given, **named)
        disk.fill()
        return summary

    monkeypatch.setattr("semstyle.commands.run.run_manifest", run_then_fill)
    arguments = ("run", manifest({}), "-o", str(disk.folder / "out"), "--cpus-per-render", "1")
    assert command(monkeypatch, *arguments) == 0
    said = capsys.readouterr()
    assert "the contact sheet was left out: " in said.err and "the report was left out: " in said.err
    assert "1 rendered" in said.out and "contact sheet" not in said.out and "Traceback" not in said.err
