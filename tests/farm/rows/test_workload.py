"""How long the rest of a run is said to take."""

from __future__ import annotations

import pytest

from semstyle.engine import Parameters
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.rows.plan import LOOK_AHEAD, Tally, pending
from semstyle.farm.rows.workload import Workload
from semstyle.manifest import BadRow, Position, Row


def row(render_id: str, **parameters: object) -> Row:
    return Row(("a.png",), None, None, None, Parameters(**parameters), {}, render_id, Position("m.parquet", 1))


SHORT, LONG = row("short", size=64), row("long", size=512)


def workload_of(*rows: Row | BadRow) -> Workload:
    workload = Workload()
    workload.add(rows)
    return workload


def test_nothing_is_said_before_anything_is_begun() -> None:
    workload = workload_of(SHORT, LONG)
    assert workload.seconds_left(2, worked=0.0, elapsed=1.0) is None
    assert workload.pace == 1.0


def test_what_is_left_goes_by_the_pace_of_what_is_done() -> None:
    workload = workload_of(SHORT, LONG)
    short, long = workload.estimated(SHORT), workload.estimated(LONG)
    assert long > 10 * short > 0
    workload.finish("short", 3 * short)
    assert workload.pace == pytest.approx(3)
    # One place, which took three times as long as was estimated for what it did.
    assert workload.seconds_left(1, worked=0.0, elapsed=3 * short) == pytest.approx(3 * long)
    # Two renders of which one third is done leave two thirds.
    assert workload.seconds_left(1, worked=long / 3, elapsed=long + 3 * short) == pytest.approx(
        2 / 3 * long * (long + 3 * short) / (short + long / 3)
    )


def test_what_a_worker_has_done_is_no_more_than_there_was_to_do() -> None:
    workload = workload_of(SHORT, LONG)
    long = workload.estimated(LONG)
    assert workload.worked([LONG], 1e9) == long
    workload.finish("short", 2 * workload.estimated(SHORT))
    assert workload.worked([LONG], long) == pytest.approx(long / 2)


def test_rows_that_failed_or_cannot_be_rendered_are_no_work() -> None:
    workload = workload_of(SHORT, LONG, BadRow("bad", Position("m.parquet", 3), "size", "is -1"))
    workload.drop("long")
    workload.drop("bad")
    short = workload.estimated(SHORT)
    assert workload.seconds_left(1, worked=short / 2, elapsed=10.0) == pytest.approx(10.0)
    workload.finish("short", short)
    assert workload.seconds_left(0, worked=0.0, elapsed=20.0) == 0.0


def test_rows_that_were_not_read_yet_are_like_those_that_were() -> None:
    rows = [row(str(number), size=(64, 512)[number % 2]) for number in range(LOOK_AHEAD * 3)]
    tally = Tally(rows=len(rows))
    first = next(pending(rows, Ledger(), tally, False))
    assert isinstance(first, Row) and first.parameters.size == 512
    workload = tally.workload
    whole = sum(map(workload.estimated, rows))
    begun = workload.estimated(first)
    assert workload.seconds_left(tally.left, worked=begun / 2, elapsed=1.0) == pytest.approx(
        (whole - begun / 2) / (begun / 2)
    )


def test_what_is_finished_is_forgotten() -> None:
    workload = Workload()
    for number in range(100):
        one = row(str(number), size=64, seed=number)
        workload.add([one])
        workload.finish(one.render_id, 1.0)
    assert workload._open == {}
