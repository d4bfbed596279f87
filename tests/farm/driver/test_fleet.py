"""Attempts on a real Ray whose node is said to be lost."""

from __future__ import annotations

import time

import faults
import pytest

from semstyle.engine import Parameters
from semstyle.farm.attempt import Assignment, FailureClass, Started
from semstyle.farm.demand import Demand
from semstyle.farm.driver.fleet import Fleet
from semstyle.manifest import Position, Row

ONE_CPU = Demand(0, 1)


class ClusterOfTheDead:
    """Two places, on nodes that are all lost."""

    def places(self, demand: Demand) -> int:
        return 2

    def is_alive(self, node: str) -> bool:
        return False


@pytest.mark.usefixtures("cluster")
def test_an_attempt_on_a_lost_node_is_given_up_as_soon_as_that_is_known(tmp_path):
    row = Row(("a",), None, None, None, Parameters(), {"fault": "hang"}, "hanging", Position("m", 1))
    fleet = Fleet(ClusterOfTheDead(), ONE_CPU, faults.faulty)
    fleet.launch([Assignment(row, str(tmp_path), "run", ONE_CPU)])
    assert len(fleet) == 1 and fleet.room == 3
    assert list(fleet.give_up_lost()) == [], "it has not started anywhere yet"

    deadline = time.monotonic() + 60
    answers = []
    while not answers and time.monotonic() < deadline:
        answers = [answer for _, _, answer in fleet.answers(1)]
    assert isinstance(answers[0], Started)

    ((flight, assignment, failed),) = fleet.give_up_lost()
    assert assignment.row == row
    assert failed.kind is FailureClass.NODE and flight.attempt(failed).node == answers[0].node
    assert len(fleet) == 0


@pytest.mark.usefixtures("cluster")
def test_a_stop_takes_back_what_has_not_begun(tmp_path):
    row = Row(("a",), None, None, None, Parameters(), {"fault": "hang"}, "hanging", Position("m", 1))
    too_large = Demand(0, 100)
    fleet = Fleet(ClusterOfTheDead(), too_large, faults.faulty)
    fleet.launch([Assignment(row, str(tmp_path), "run", too_large)])
    assert list(fleet.answers(0.5)) == []
    fleet.recall()
    assert len(fleet) == 0
