"""What is launched next, and what may be launched together."""

from __future__ import annotations

from semstyle.engine import Parameters
from semstyle.farm.attempt import Assignment
from semstyle.farm.demand import Demand
from semstyle.farm.driver.queue import Queue
from semstyle.manifest import BadRow, Position, Row

PLACE = Position("m", 1)


def row(name: str) -> Row:
    return Row(("a",), None, None, None, Parameters(), {}, name, PLACE)


def bad(name: str) -> BadRow:
    return BadRow(name, PLACE, "size", "is -1")


def queue(*rows: Row | BadRow) -> Queue:
    return Queue(iter(rows), lambda row: Assignment(row, "out", "run", Demand(0, 1)))


def drain(queue: Queue, most: int, now: float = 0.0) -> list[str | list[str]]:
    """Everything there is now; a bad row as its name, a batch as a list of names."""
    given: list[str | list[str]] = []
    while (item := queue.next(now, most)) is not None:
        given.append(item.render_id if isinstance(item, BadRow) else [one.row.render_id for one in item])
    return given


def test_rows_come_one_by_one_or_together_and_bad_ones_by_themselves():
    rows = [row("a"), bad("b"), row("c"), row("d"), bad("e"), bad("f"), row("g")]
    assert drain(queue(*rows), 1) == [["a"], "b", ["c"], ["d"], "e", "f", ["g"]]
    assert drain(queue(*rows), 9) == [["a"], "b", ["c", "d"], "e", "f", ["g"]]
    assert drain(queue(*map(row, "abcde")), 2) == [["a", "b"], ["c", "d"], ["e"]]


def test_a_bad_row_that_ended_a_batch_is_not_forgotten():
    last = queue(row("a"), bad("b"))
    assert isinstance(last.next(0, 4), list)
    assert not last.is_empty
    assert drain(last, 4) == ["b"] and last.is_empty


def test_what_has_been_tried_comes_alone_when_it_is_due():
    waiting = queue(row("a"), row("b"), row("c"))
    batch = waiting.next(0, 2)
    assert isinstance(batch, list)
    for assignment in batch:
        waiting.put_back(assignment, due=5)
    assert drain(waiting, 2, now=0) == [["c"]] and not waiting.is_empty
    assert drain(waiting, 2, now=5) == [["a"], ["b"]] and waiting.is_empty
