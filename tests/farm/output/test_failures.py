"""Rows given up, by the thousand: on fast storage, on slow storage, and on one that is out."""

from __future__ import annotations

import threading
import time

import pytest

from semstyle.farm.output.failures import MOST_WAITING, Failure, Quarantine, bad_row_failure
from semstyle.farm.output.ledger import Ledger
from semstyle.manifest import BadRow, Position
from semstyle.storage import Folder, StorageError

ROUND_TRIP = 0.02


class FarFolder(Folder):
    """Takes its time for each file; counts who is waiting."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()

    def write(self, path: str, data: bytes, durable: bool = True) -> None:
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(ROUND_TRIP)
        super().write(path, data, durable)
        with self.lock:
            self.at_once -= 1


class StuckFolder(Folder):
    """Takes its time at first, then nothing, until ``mended``; then it refuses."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.mended = threading.Event()
        self.taken = 0

    def write(self, path: str, data: bytes, durable: bool = True) -> None:
        self.taken += 1
        time.sleep(ROUND_TRIP)
        if self.taken > 4:
            self.mended.wait(60)
            raise StorageError(f"{path}: access is denied")


def bad_row(number: int) -> BadRow:
    return BadRow(f"row{number:04}", Position("m.parquet", number), "size", f"{-number} is not between 32 and 8192")


def put_away(quarantine: Quarantine, number: int) -> None:
    row = bad_row(number)
    quarantine.add(row, bad_row_failure(row))


def test_on_slow_storage_many_are_written_at_once_and_all_of_them(tmp_path):
    folder = FarFolder(str(tmp_path))
    quarantine = Quarantine(folder, "run", Ledger())
    for number in range(400):
        put_away(quarantine, number)
    quarantine.flush()
    quarantine.close()
    assert folder.most_at_once >= 8
    for number in range(400):
        failure = Failure.model_validate_json((tmp_path / "failures" / f"row{number:04}.json").read_text())
        assert (failure.row, failure.message) == (number, f"size: {-number} is not between 32 and 8192")


def test_what_waits_to_be_written_is_bounded_and_its_error_is_raised(tmp_path):
    folder = StuckFolder(str(tmp_path))
    quarantine = Quarantine(folder, "run", Ledger())
    number = 0
    while quarantine.has_room() and number < 10 * MOST_WAITING:
        put_away(quarantine, number)
        number += 1
    assert MOST_WAITING <= number <= MOST_WAITING + 4
    begun = time.monotonic()
    assert not quarantine.has_room(0.2) and time.monotonic() - begun >= 0.2
    folder.mended.set()
    with pytest.raises(StorageError, match="access is denied"):
        quarantine.flush()
    quarantine.close()


def test_a_refusal_is_raised_by_whichever_call_comes_next(tmp_path):
    folder = StuckFolder(str(tmp_path))
    folder.mended.set()
    quarantine = Quarantine(folder, "run", Ledger())
    with pytest.raises(StorageError, match="access is denied"):
        for number in range(MOST_WAITING):
            put_away(quarantine, number)
            time.sleep(ROUND_TRIP / 4)
            quarantine.has_room()
    quarantine.close()
