"""How many places what is left of a run is worth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semstyle.engine import Parameters
from semstyle.farm.demand import Demand
from semstyle.farm.driver.accounts import Accounts
from semstyle.farm.driver.autoscaling import worth as module
from semstyle.farm.driver.autoscaling.worth import MOST_PLACES, WORTH_SECONDS, Worth, places_worth
from semstyle.farm.monitor.journal import Journal
from semstyle.farm.options import RunOptions
from semstyle.farm.output.failures import Quarantine
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.rows.plan import Tally
from semstyle.manifest import Position, Row
from semstyle.storage import Folder

CPU = Demand(0, 1)


@pytest.fixture
def clock(monkeypatch):
    """The time, which a test sets."""
    seconds = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: seconds[0])
    return seconds


def read_rows(tally: Tally, count: int, seconds: float) -> None:
    """Let the workload have so many open rows of so many estimated seconds in all."""
    names = [f"row{number}" for number in range(count)]
    tally.workload.add(Row(("a",), None, None, None, Parameters(), {}, name, Position("m", 1)) for name in names)
    scale = seconds / sum(
        tally.workload.estimated(Row(("a",), None, None, None, Parameters(), {}, name, Position("m", 1)))
        for name in names
    )
    tally.workload._open = {name: value * scale for name, value in tally.workload._open.items()}
    tally.workload._read_seconds *= scale


def worth(folder, rows=10, seconds=10 * WORTH_SECONDS, read=None, committed=(), **options) -> Worth:
    tally, ledger = Tally(rows=rows), Ledger(committed)
    read_rows(tally, read or rows, seconds * (read or rows) / rows)
    quarantine = Quarantine(Folder(str(folder)), "run", ledger)
    return Worth(Accounts(tally, ledger, Journal("run"), quarantine), RunOptions(**options))


@given(tasks=st.integers(0, 10**6), seconds=st.floats(0, 1e9))
def test_places_have_minutes_of_work_each_and_there_is_one_while_anything_is_left(tasks, seconds):
    places = places_worth(tasks, seconds)
    assert 0 <= places <= min(tasks, MOST_PLACES) and (places > 0) == (tasks > 0)
    assert places <= 1 or seconds / (places - 1) >= WORTH_SECONDS
    assert places in {tasks, MOST_PLACES} or seconds / max(1, places) <= WORTH_SECONDS


def test_rows_are_worth_what_they_are_estimated_to_take(tmp_path):
    assert worth(tmp_path).follow(CPU) == 10
    assert worth(tmp_path, seconds=WORTH_SECONDS * 4.5).follow(CPU) == 5
    assert worth(tmp_path, batch=4).follow(CPU) == 3, "a place renders a whole batch"
    assert worth(tmp_path).follow(CPU, running=2, worked=5.5 * WORTH_SECONDS) == 5
    assert worth(tmp_path).follow(Demand(1, 1)) == 1, "a GPU is taken to be faster, as long as none was measured"


def test_once_renders_are_measured_their_pace_counts(tmp_path):
    known = worth(tmp_path)
    known._accounts.tally.workload.finish("row0", WORTH_SECONDS / 3)
    known._accounts.tally.rendered = 1
    assert known.follow(Demand(1, 1)) == 3


def test_rows_that_have_all_begun_are_worth_no_node(tmp_path):
    known = worth(tmp_path)
    known._accounts.tally.rendered = 7
    assert known.follow(CPU, running=2) > 0
    known.hold(0, 0.0)
    assert known.follow(CPU, running=3) == 0


def test_rows_that_were_not_read_yet_count_unless_they_are_likely_committed(tmp_path):
    committed = [f"done{number}" for number in range(880)]
    run = {"rows": 1000, "seconds": 1000 * WORTH_SECONDS, "read": 100}
    assert worth(tmp_path, **run).follow(CPU) == MOST_PLACES
    assert worth(tmp_path, **run, committed=committed).follow(CPU) == 120
    assert worth(tmp_path, **run, committed=committed, force=True).follow(CPU) == MOST_PLACES
    elsewhere = [f"other{number}" for number in range(5000)]
    assert worth(tmp_path, **run, committed=elsewhere).follow(CPU) == 100, "those that were read are left in any case"


def test_more_places_hold_at_once_and_fewer_only_after_a_while(tmp_path, clock):
    held = worth(tmp_path)
    assert [held.hold(places) for places in (5, 9, 4)] == [5, 9, 9]
    clock[0] += module.SHRINK_SECONDS - 1
    assert held.hold(4) == 9 and held.hold(9) == 9
    clock[0] += 2
    assert held.hold(4) == 9, "it was worth as many in between"
    clock[0] += module.SHRINK_SECONDS
    assert held.hold(4) == 4 and held.hold(6) == 6 and held.hold(0, 0.0) == 0
