"""Which rows in quarantine are tried again when classes of failures are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from semstyle.engine import Parameters
from semstyle.farm import RunOptions
from semstyle.farm.attempt import Failed, FailureClass
from semstyle.farm.output.failures import Quarantine
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.rows.plan import Tally, pending
from semstyle.farm.rows.retrial import Retrial
from semstyle.manifest import Position, Row
from semstyle.storage import Folder

FAILED = {f"{kind}-{number}": kind for number in range(40) for kind in FailureClass}


def row(render_id: str) -> Row:
    return Row(("a.png",), None, None, None, Parameters(), {}, render_id, Position("m.parquet", 1))


class CountingFolder(Folder):
    """A folder that knows what was read of it."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.seen: list[str] = []

    def read(self, path: str) -> bytes:
        self.seen.append(path)
        return super().read(path)


@pytest.fixture
def folder(tmp_path: Path) -> CountingFolder:
    made = CountingFolder(str(tmp_path))
    quarantine = Quarantine(made, "run", Ledger())
    for render_id, kind in FAILED.items():
        quarantine.add(row(render_id), Failed(kind, "no"))
    quarantine.flush()
    return made


def tried(folder: Folder, text: str | bool) -> tuple[set[str], Tally]:
    options = RunOptions(retry_failed=text)  # type: ignore[arg-type]
    tally = Tally(rows=len(FAILED) + 1)
    rows = pending(
        map(row, ["new", *FAILED]),
        Ledger(failed=FAILED),
        tally,
        options.retries_all,
        retrial=Retrial(folder, options.retried_classes),
    )
    return {item.render_id for item in rows}, tally


@pytest.mark.parametrize("classes", ["time", "worker,time", "node, device"])
def test_only_failures_of_the_classes_are_tried_again(classes: str, folder: CountingFolder) -> None:
    wanted = {name.strip() for name in classes.split(",")}
    found, tally = tried(folder, classes)
    expected = {render_id for render_id, kind in FAILED.items() if kind in wanted}
    assert found == {"new", *expected} and tally.failed_before == len(FAILED) - len(expected)
    assert len(folder.seen) == len(FAILED), "each file is read once, and none of a row that did not fail"


@pytest.mark.parametrize(("asked", "count"), [("all", len(FAILED)), (True, len(FAILED)), (False, 0)])
def test_without_classes_no_file_is_read(asked: str | bool, count: int, folder: CountingFolder) -> None:
    found, tally = tried(folder, asked)
    assert len(found) == 1 + count and tally.failed_before == len(FAILED) - count and folder.seen == []


def test_a_failure_that_has_gone_is_tried_again_and_a_damaged_one_is_left_to_a_retry_of_all(
    folder: CountingFolder,
) -> None:
    folder.delete("failures/input-0.json")
    folder.write("failures/time-0.json", b'{"class": "ti')
    found, _ = tried(folder, "time")
    assert "input-0" in found and "time-0" not in found and "time-1" in found
    assert "time-0" in tried(folder, "all")[0]


def test_options_say_it_in_one_way_and_refuse_what_there_is_not() -> None:
    assert RunOptions(retry_failed="time, worker,time").retry_failed == "time,worker"
    assert RunOptions(retry_failed="time", force=True).retries_all
    assert RunOptions().model_dump(mode="json")["retry_failed"] is None
    with pytest.raises(ValidationError, match="there is no class 'all of them'"):
        RunOptions(retry_failed="all of them")
