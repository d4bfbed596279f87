"""Rows of higher priority come first in the whole of a manifest, whatever is left out, and in little memory."""

from __future__ import annotations

import tracemalloc
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from semstyle.farm.output.ledger import Ledger
from semstyle.farm.rows import plan
from semstyle.farm.rows.plan import Tally, pending
from semstyle.farm.rows.source import ManifestSource
from semstyle.manifest import ManifestError, Row
from semstyle.manifest.choice import ALL, Choice
from semstyle.manifest.shard import WHOLE, Shard

LOOK_AHEAD = 64
ROWS = 5 * LOOK_AHEAD
LATE = {ROWS: 9, ROWS - 1: 1, ROWS // 2: 9, 3: 1, 1: -5}
"""Number of a row → its priority; other rows have none."""


@pytest.fixture(autouse=True)
def a_few_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "LOOK_AHEAD", LOOK_AHEAD)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("manifest") / "m.parquet"
    numbers = range(1, ROWS + 1)
    table = pa.table(
        {
            "style": [f"{number % 7}.png" for number in numbers],
            "render_id": [str(number) for number in numbers],
            "priority": pa.array([LATE.get(number) for number in numbers], pa.int64()),
        }
    )
    pq.write_table(table, path, row_group_size=50)
    return str(path)


def order(
    manifest: str, choice: Choice = ALL, part: Shard = WHOLE, limit: int | None = None, committed: tuple[str, ...] = ()
) -> list[int]:
    source = ManifestSource(manifest, part, choice)
    tally = Tally(rows=source.count(), limit=limit)
    return [int(row.render_id) for row in pending(source.rows(), Ledger(committed), tally, False)]


def test_the_highest_come_first_and_the_lowest_last_across_the_manifest(manifest: str) -> None:
    found = order(manifest)
    assert set(found[:2]) == {ROWS, ROWS // 2} and set(found[2:4]) == {ROWS - 1, 3} and found[-1] == 1
    assert sorted(found) == list(range(1, ROWS + 1))


def test_rows_of_one_priority_still_come_by_style(manifest: str) -> None:
    styles = [number % 7 for number in order(manifest)[4 : LOOK_AHEAD - 4]]
    assert styles == sorted(styles)


def test_the_limit_takes_the_first_by_priority(manifest: str) -> None:
    assert set(order(manifest, limit=3)) - {ROWS - 1, 3} == {ROWS, ROWS // 2}


def test_a_run_that_goes_on_begins_with_the_highest_that_are_left(manifest: str) -> None:
    assert order(manifest, committed=(str(ROWS), "3"))[:2] == [ROWS // 2, ROWS - 1]


def test_conditions_samples_and_shards_keep_the_order(manifest: str) -> None:
    assert set(order(manifest, Choice("priority > 0"))) == {ROWS, ROWS // 2, ROWS - 1, 3}
    assert order(manifest, Choice("priority != 0"))[-1] == 1
    shards = [order(manifest, part=Shard(number, 4)) for number in (1, 2, 3, 4)]
    assert sorted(chain.from_iterable(shards)) == list(range(1, ROWS + 1))
    assert {ROWS, ROWS // 2} <= {number for shard in shards for number in shard[:2]}
    assert len(set(order(manifest, Choice(sample=100)))) == 100


def test_of_two_rows_with_one_id_the_more_urgent_is_rendered(tmp_path: Path) -> None:
    table = pa.table({"style": ["a.png"] * 2, "priority": [0, 3]})
    pq.write_table(table, tmp_path / "m.parquet")
    source = ManifestSource(str(tmp_path / "m.parquet"))
    tally = Tally(rows=source.count())
    (found,) = pending(source.rows(), Ledger(), tally, False)
    assert isinstance(found, Row) and (found.priority, found.position.row, tally.duplicates) == (3, 2, 1)


def test_too_many_priorities_are_told_before_a_row_is_read(tmp_path: Path) -> None:
    pq.write_table(pa.table({"style": ["a.png"] * 101, "priority": range(101)}), tmp_path / "m.parquet")
    with pytest.raises(ManifestError, match="more than 100 different priorities"):
        ManifestSource(str(tmp_path / "m.parquet")).count()


def test_no_more_is_held_than_without_priorities(manifest: str) -> None:
    def most_held(path: str) -> int:
        rows = pending(ManifestSource(path).rows(), NoLedger(), Tally(), False)
        next(rows)
        tracemalloc.start()
        for _ in rows:
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    plain = Path(manifest).with_name("plain.parquet")
    pq.write_table(pq.read_table(manifest).drop_columns(["priority"]), plain, row_group_size=50)
    assert most_held(manifest) < most_held(str(plain)) + 100_000


class NoLedger(Ledger):
    """A ledger that remembers nothing, so that what it holds is not counted."""

    def meet(self, render_id: str, content: str):  # type: ignore[no-untyped-def]
        return plan.Standing.NEW
