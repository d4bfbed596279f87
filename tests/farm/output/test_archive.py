"""Records that a store lists before it shows them, and records that go between the two."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from semstyle.bench.pretend import row_id, write_records
from semstyle.farm import aggregate
from semstyle.farm.driver.accounts import Accounts
from semstyle.farm.driver.lost import find_lost
from semstyle.farm.monitor.journal import Journal
from semstyle.farm.output import read_records as archive
from semstyle.farm.output.failures import Quarantine
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.output.lost_renders import Lost
from semstyle.farm.output.read_records import read_record
from semstyle.farm.rows.plan import Tally
from semstyle.farm.verify import problem_with_record
from semstyle.report.results import read_results
from semstyle.storage import Folder, MissingObjectError


@pytest.fixture
def late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Path → how many times it is listed and answered with 404; records are in ``tmp_path``."""
    write_records(tmp_path, 3, 3)
    monkeypatch.setattr(archive, "LOOK_SECONDS", 0.01)
    times: Counter[str] = Counter()
    read = Folder.read

    def read_late(self: Folder, path: str) -> bytes:
        if times[path] > 0:
            times[path] -= 1
            raise MissingObjectError(f"{self.location(path)}: there is no such file")
        return read(self, path)

    monkeypatch.setattr(Folder, "read", read_late)
    return times


def record(number: int) -> str:
    return f"records/{row_id(number)}.parquet"


def test_a_record_is_looked_for_again(late, tmp_path):
    late[record(0)] = 2
    folder = Folder(str(tmp_path))
    assert read_record(folder, row_id(0), ["render_id"])["render_id"].to_pylist() == [row_id(0)]
    late[record(0)] = 2
    assert "image is not the one" in str(problem_with_record(folder, row_id(0))), "it came as far as the image"
    late[record(0)] = 99
    with pytest.raises(MissingObjectError):
        read_record(folder, row_id(0))


def test_tables_have_what_came_late_and_tell_what_never_came(late, tmp_path):
    late[record(0)] = 1
    late[record(1)] = 99
    gone: list[set[str]] = []

    def find(names: set[str]) -> Lost:
        gone.append(set(names))
        return Lost(len(names), sorted(names))

    summary = aggregate(str(tmp_path), find)

    assert gone == [{row_id(1)}]
    assert (summary.renders, summary.failures, summary.lost) == (2, {"lost": 1}, [row_id(1)])
    assert set(pq.read_table(tmp_path / "results")["render_id"].to_pylist()) == {row_id(0), row_id(2)}
    assert {result["render_id"] for result in read_results(Folder(str(tmp_path)))} == {row_id(0), row_id(2)}


def test_one_that_is_listed_and_cannot_be_read_is_lost(tmp_path):
    write_records(tmp_path, 3, 3)
    folder, ledger, tally = Folder(str(tmp_path)), Ledger(), Tally()
    accounts = Accounts(tally, ledger, Journal("run"), Quarantine(folder, "run", ledger))
    for number in range(3):
        ledger.meet(row_id(number), str(number))
        ledger.commit(row_id(number))
    lost = find_lost(folder, accounts, gone={row_id(1)})
    assert (lost.count, list(lost.ids), tally.lost) == (1, [row_id(1)], 1)


def test_a_failure_that_is_half_written_has_a_class_of_its_own(tmp_path):
    folder = Folder(str(tmp_path))
    folder.write("failures/cut-short.json", b'{"render_id": "cut-')
    folder.write("failures/empty.json", b"")
    assert aggregate(folder.uri).failures == {"unreadable": 2}
