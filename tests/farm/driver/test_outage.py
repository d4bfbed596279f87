"""Storage that does not answer, seen from the driver."""

from __future__ import annotations

import time

import pytest

from semstyle.farm.driver.outage import Outage
from semstyle.farm.monitor.journal import Journal
from semstyle.farm.output.failures import release_committed
from semstyle.storage import Folder, StorageError, patient


@pytest.fixture
def outage(tmp_path):
    made = Outage(Folder(str(tmp_path)), Journal("run"))
    yield made
    made.close()


def wait(outage: Outage) -> None:
    deadline = time.monotonic() + 60
    while outage.is_found_to_last() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_there_is_none_without_suspicion_and_none_when_the_folder_takes_a_file(outage, tmp_path):
    assert not outage.is_found_to_last()
    outage.suspect()
    wait(outage)
    assert not outage.is_found_to_last()
    assert list(tmp_path.iterdir()) == []


def test_it_lasts_until_the_folder_takes_a_file_again(outage, monkeypatch):
    mended = time.monotonic() + 1
    real = Folder.write.__wrapped__

    @Folder.write.retry.wraps
    def write(folder, path, data):
        if time.monotonic() < mended:
            raise StorageError("503 Slow Down", transient=True)
        real(folder, path, data)

    monkeypatch.setattr(Folder, "write", write)
    with patient(60):
        outage.suspect()
        assert outage.is_found_to_last()
        wait(outage)
    assert time.monotonic() >= mended


def test_a_folder_that_refuses_ends_the_run(tmp_path):
    (tmp_path / "file").touch()
    outage = Outage(Folder(str(tmp_path / "file")), Journal("run"))
    outage.suspect()
    with pytest.raises(StorageError, match="inside a file"):
        wait(outage)


def test_rows_that_another_run_has_rendered_leave_the_quarantine(tmp_path):
    folder = Folder(str(tmp_path))
    for path in ("failures/both.json", "failures/failed.json", "records/both.parquet"):
        folder.write(path, b"x")
    assert release_committed(folder) == ["both"]
    assert sorted(folder.names("failures")) == ["failed.json"]
