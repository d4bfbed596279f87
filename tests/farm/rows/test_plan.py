"""Which rows are worked on, in which order."""

from __future__ import annotations

from dataclasses import replace

from semstyle.engine import Parameters
from semstyle.farm.output.ledger import Ledger, Standing
from semstyle.farm.rows.plan import Tally, pending
from semstyle.farm.rows.workload import Workload
from semstyle.manifest import BadRow, Position, Row


class Known(Workload):
    """A workload of rows of which it is known how long they take."""

    def __init__(self, seconds: dict[str, float]) -> None:
        super().__init__()
        self._seconds = seconds

    def estimated(self, row: Row | BadRow) -> float:
        return self._seconds[row.render_id]


def row(render_id: str, style: str = "a.png", **parameters: int) -> Row:
    return Row((style,), None, None, None, Parameters(**parameters), {}, render_id, Position("m.parquet", 1))


def planned(rows, ledger, retry_failed=False):
    tally = Tally(rows=len(rows))
    return [item.render_id for item in pending(rows, ledger, tally, retry_failed)], tally


def test_committed_failed_and_repeated_rows_are_left_out_and_counted():
    rows = [row("done"), row("new"), row("bad"), row("new"), row("done")]
    ids, tally = planned(rows, Ledger(committed=["done"], failed=["bad"]))
    assert ids == ["new"]
    assert (tally.skipped, tally.failed_before, tally.duplicates) == (1, 1, 2)
    assert (tally.renders, tally.left) == (3, 1)


def test_of_more_than_the_limit_the_first_come():
    rows = [row("done"), row("c", "z.png"), row("b", "a.png"), row("a", "z.png"), row("d")]
    tally = Tally(rows=len(rows), limit=3)
    assert tally.left == 3
    ids = [item.render_id for item in pending(rows, Ledger(committed=["done"]), tally, False)]
    assert sorted(ids) == ["a", "b", "c"] and ids[0] == "b", "alike ones together, of the first three"
    tally.rendered, tally.failed = 2, 1
    assert tally.left == 0 and tally.skipped == 1


def test_a_row_with_the_id_of_another_is_bad_and_never_dropped():
    rows = [row("one"), row("one", "b.png"), row("ONE"), row("one"), BadRow("one", Position("m", 5), "size", "is -1")]
    tally = Tally(rows=len(rows))
    good, *bad = sorted(pending(rows, Ledger(), tally, False), key=lambda item: isinstance(item, BadRow))
    assert good == row("one")
    assert [type(item) for item in bad] == [BadRow] * 3
    assert all(item.column == "render_id" and "id of an earlier row" in item.message for item in bad)
    assert len({item.render_id for item in (good, *bad)}) == 4
    assert tally.duplicates == 1
    again = Ledger(committed=["one"], failed=[item.render_id for item in bad])
    ids, tally = planned(rows, again)
    assert (ids, tally.skipped, tally.failed_before, tally.left) == ([], 1, 3, 0)


def test_failed_rows_come_again_when_asked():
    ids, tally = planned([row("bad"), row("new")], Ledger(failed=["bad"]), retry_failed=True)
    assert sorted(ids) == ["bad", "new"] and tally.failed_before == 0


def test_rows_that_were_committed_and_failed_are_committed():
    assert Ledger(committed=["a"], failed=["a"]).meet("a", "") is Standing.COMMITTED


def test_rows_of_one_style_come_together_and_keep_their_order():
    rows = [row("1", "b"), row("2", "a"), row("3", "b"), row("4", "a")]
    assert planned(rows, Ledger())[0] == ["2", "4", "1", "3"]


def test_rows_of_one_style_and_shape_are_neighbours():
    sizes = [64, 512, 64, 512]
    rows = [row(f"{style}{number}", style, size=size) for number, size in enumerate(sizes) for style in "ab"]
    assert planned(rows, Ledger())[0] == ["a1", "a3", "b1", "b3", "a0", "a2", "b0", "b2"], "long ones first"


def test_long_rows_come_first_and_what_cannot_be_rendered_before_them():
    bad = BadRow("bad", Position("m.parquet", 1), "size", "is -1")
    rows = [row("short", size=64), row("long", "z", size=1024), bad, row("middle", size=256)]
    assert planned(rows, Ledger())[0] == ["bad", "long", "middle", "short"]
    again = [row("middle", size=256), bad, row("long", "z", size=1024), row("short", size=64)]
    assert planned(again, Ledger())[0] == ["bad", "long", "middle", "short"], "wherever they stand"


def test_rows_of_much_the_same_length_stay_with_their_style():
    rows = [row("1", "b"), row("2", "a"), row("3", "b"), row("4", "a"), row("5", "c")]
    tally = Tally(rows=5, workload=Known({"1": 10.0, "2": 9.0, "3": 11.0, "4": 8.0, "5": 1000.0}))
    assert [item.render_id for item in pending(rows, Ledger(), tally, False)] == ["5", "2", "4", "3", "1"]


def test_a_priority_goes_before_length():
    rows = [row("long", size=1024), replace(row("urgent", size=64), priority=1)]
    assert planned(rows, Ledger())[0] == ["urgent", "long"]


def test_rows_are_read_only_as_far_as_needed():
    read = []

    def endless():
        for number in range(10**9):
            read.append(number)
            yield row(str(number))

    assert next(pending(endless(), Ledger(), Tally(), False)).render_id == "0"
    assert len(read) < 5000


def test_bad_rows_are_planned_too():
    bad = BadRow("x", Position("m.parquet", 1), "size", "is -1")
    assert planned([bad], Ledger())[0] == ["x"]
    assert planned([bad], Ledger(failed=["x"]))[0] == []
