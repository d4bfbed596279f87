"""Attempts that take too long, by a limit that was chosen and by the one that nobody has to choose."""

from __future__ import annotations

import json
import time

import faults
import pytest

from semstyle.engine import Parameters
from semstyle.farm import RunOptions, run_manifest
from semstyle.farm.attempt import Assignment, FailureClass, Started
from semstyle.farm.demand import Demand
from semstyle.farm.driver import time_limit
from semstyle.farm.driver.fleet import Flight
from semstyle.farm.driver.time_limit import SHORTEST, TimeLimit
from semstyle.manifest import Position, Row


def flight(seconds: float, *sizes: int) -> Flight:
    """A task that has run for so long, with a render of each of ``sizes``."""
    assignments = [
        Assignment(
            Row(("a",), None, None, None, Parameters(size=size), {}, f"row{size}", Position("m", 1)),
            "out",
            "run",
            Demand(0, 1),
        )
        for size in sizes
    ]
    return Flight(assignments, None, since=time.monotonic() - seconds, started=Started("node", 7, 0.0))


def test_a_chosen_limit_is_for_each_render_and_zero_is_none():
    assert TimeLimit(10).overdue(flight(19, 64, 64)) is None
    failed = TimeLimit(10).overdue(flight(21, 64, 64))
    assert failed and failed.kind is FailureClass.TIME and failed.message == "took longer than 20 s (--timeout)"
    assert TimeLimit(0).overdue(flight(1e9, 64)) is None


def test_by_default_it_grows_with_the_render_and_says_how_to_change_it():
    limit = TimeLimit(None)
    assert limit.overdue(flight(SHORTEST - 1, 64)) is None
    assert limit.overdue(flight(SHORTEST + 1000, 1024)) is None
    assert limit.seconds(flight(0, 1024)) > 4 * limit.seconds(flight(0, 256)) >= SHORTEST
    alone = limit.seconds(flight(0, 256)) + limit.seconds(flight(0, 1024))
    assert limit.seconds(flight(0, 256, 1024)) == pytest.approx(alone)
    failed = limit.overdue(flight(1e7, 64))
    assert failed and failed.kind is FailureClass.TIME
    assert f"{limit.seconds(flight(0, 64)):g} s" in failed.message and "--timeout" in failed.message


@pytest.mark.usefixtures("cluster")
@pytest.mark.timeout(120)
def test_a_render_that_hangs_ends_by_itself(manifest, tmp_path, monkeypatch):
    monkeypatch.setattr(time_limit, "SHORTEST", 15.0)
    monkeypatch.setattr(time_limit, "TIMES", 0.01)
    out = tmp_path / "out"
    path = manifest({"render_id": "hangs", "tags": {"fault": "hang always"}}, {"render_id": "fine", "seed": 1})

    summary = run_manifest(path, str(out), RunOptions(cpus_per_render=1, max_attempts=1), perform=faults.faulty)

    assert (summary.exit_code, summary.status.rendered) == (3, 1)
    failure = json.loads((out / "failures" / "hangs.json").read_text())
    assert failure["class"] == "time" and "longer than 15 s" in failure["message"] and "--timeout" in failure["message"]
