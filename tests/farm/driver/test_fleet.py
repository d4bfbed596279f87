"""Where attempts are sent, on a real Ray whose node is said to be lost, or bad."""

from __future__ import annotations

import itertools
import time
from collections.abc import Collection
from dataclasses import replace
from unittest import mock

import faults
import pytest
import ray

from semstyle.engine import Parameters
from semstyle.farm.attempt import Assignment, Attempt, FailureClass, Started
from semstyle.farm.demand import Demand
from semstyle.farm.driver.bad_nodes import BadNodes
from semstyle.farm.driver.cluster import Cluster
from semstyle.farm.driver.fleet import Fleet
from semstyle.farm.monitor.journal import Journal
from semstyle.manifest import Position, Row

ONE_CPU = Demand(0, 1)


class ClusterOfTheDead:
    """Two places, on nodes that are all lost."""

    def places(self, demand: Demand, without: Collection[str] = ()) -> int:
        return 2

    def is_alive(self, node: str) -> bool:
        return False


class Nodes:
    """Nodes that are alive, each with so many CPUs and GPUs."""

    def __init__(self, **nodes: tuple[int, int]) -> None:
        self.nodes = {name: {"CPU": float(cpus), "GPU": float(gpus)} for name, (cpus, gpus) in nodes.items()}

    draining: frozenset[str] = frozenset()
    places, fits, is_alive = Cluster.places, Cluster.fits, Cluster.is_alive


def avoiding(*nodes: str, unusable: tuple[str, ...] = ()) -> BadNodes:
    """What is known after so much has died on ``nodes`` that they are avoided."""
    known = BadNodes(Journal("run"))
    alive = dict.fromkeys([*nodes, *unusable, "another"], "10.0.0.1")
    for number, node in itertools.product(range(3), nodes):
        known.failed(died(node, number), 0.0, alive)
    for node in unusable:
        known.failed(died(node, kind=FailureClass.DEVICE), 0.0, alive)
    return known


def died(node: str, pid: int = 0, kind: FailureClass = FailureClass.WORKER, batch: int = 1) -> Attempt:
    return Attempt("run", kind, node, pid, 0.0, 1.0, "died", batch)


def assignment(*history: Attempt, demand: Demand = ONE_CPU, out: str = "out", fault: str = "") -> Assignment:
    tags = {"fault": fault} if fault else {}
    row = Row(("a",), None, None, None, Parameters(), tags, "row", Position("m", 1))
    return Assignment(row, out, "run", demand, history=history)


@pytest.mark.usefixtures("cluster")
def test_an_attempt_on_a_lost_node_is_given_up_as_soon_as_that_is_known(tmp_path):
    hanging = assignment(out=str(tmp_path), fault="hang")
    fleet = Fleet(ClusterOfTheDead(), ONE_CPU, faults.faulty, avoiding())
    fleet.launch([hanging])
    assert len(fleet) == 1 and fleet.room == 3
    assert list(fleet.give_up_lost()) == [], "it has not started anywhere yet"

    deadline = time.monotonic() + 60
    answers = []
    while not answers and time.monotonic() < deadline:
        answers = [answer for _, _, answer in fleet.answers(1)]
    assert isinstance(answers[0], Started)

    ((flight, given_up, failed),) = fleet.give_up_lost()
    assert given_up == hanging
    assert failed.kind is FailureClass.NODE and flight.attempt(failed).node == answers[0].node
    assert len(fleet) == 0


@pytest.mark.usefixtures("cluster")
def test_a_stop_takes_back_what_has_not_begun(tmp_path):
    too_large = Demand(0, 100)
    fleet = Fleet(ClusterOfTheDead(), too_large, faults.faulty, avoiding())
    fleet.launch([assignment(out=str(tmp_path), fault="hang", demand=too_large)])
    assert list(fleet.answers(0.5)) == []
    fleet.recall()
    assert len(fleet) == 0


@pytest.mark.usefixtures("cluster")
def test_ray_keeps_a_task_from_a_node_that_is_avoided_until_it_is_not(tmp_path):
    here = ray.get_runtime_context().get_node_id()
    known = avoiding(here)
    fleet = Fleet(Nodes(**{here: (2, 0), "another": (1, 0)}), ONE_CPU, faults.faulty, known)
    sent = assignment(out=str(tmp_path), fault="storage")
    fleet.launch([sent])
    (flight,) = fleet
    assert flight.avoids == {here} and fleet.places == 1
    assert list(fleet.answers(3)) == [] and list(fleet.recall_misdirected()) == []

    known.succeeded(Started(here, 1, 0.0))
    assert list(fleet.recall_misdirected()) == [sent] and len(fleet) == 0 and fleet.places == 3

    fleet.launch([sent])
    deadline = time.monotonic() + 60
    answers = []
    while len(fleet) and time.monotonic() < deadline:
        answers += [answer for _, _, answer in fleet.answers(1)]
    assert isinstance(answers[0], Started) and answers[0].node == here


def test_a_render_avoids_bad_nodes_and_those_where_it_has_died():
    fleet = Fleet(Nodes(a=(1, 0), b=(1, 0), c=(1, 0)), ONE_CPU, faults.faulty, avoiding("a", "gone"))
    assert fleet.to_avoid(assignment()) == {"a"}, "of those that are there"
    assert fleet.to_avoid(assignment(died("b"))) == {"a", "b"}
    assert fleet.to_avoid(assignment(died("b"), died("c"))) == {"a"}, "else nothing would be left"
    for attempt in (died("b", batch=4), died("b", kind=FailureClass.MEMORY), died("b", kind=FailureClass.TIME)):
        assert fleet.to_avoid(assignment(attempt)) == {"a"}
    assert fleet.places == 2


def test_a_render_that_fits_nowhere_else_goes_to_a_bad_node_unless_its_gpu_cannot_be_used():
    gpu = Demand(1, 1)
    fleet = Fleet(Nodes(a=(1, 1), b=(1, 0)), ONE_CPU, faults.faulty, avoiding("a"))
    assert fleet.to_avoid(assignment()) == {"a"} and fleet.to_avoid(assignment(demand=gpu)) == frozenset()
    fleet = Fleet(Nodes(a=(1, 1), b=(1, 1)), gpu, faults.faulty, avoiding("a", unusable=("b",)))
    assert fleet.to_avoid(assignment(demand=gpu)) == {"b"}


@pytest.mark.usefixtures("cluster")
def test_what_waits_for_a_place_that_has_gone_is_taken_back_and_what_was_launched_last_first(tmp_path):
    never = Demand(0, 100)  # Ray has no place for it, whatever we believe
    nodes = Nodes(a=(400, 0), b=(400, 0))
    fleet = Fleet(nodes, never, faults.faulty, avoiding())
    sent = [assignment(out=str(tmp_path), demand=never) for _ in range(10)]
    for one in sent:
        fleet.launch([one])
    assert fleet.room == 0 and fleet.recall_surplus() == [], "eight places, and two that wait"
    del nodes.nodes["b"]
    assert fleet.room == -4
    recalled = fleet.recall_surplus()
    assert list(map(id, recalled)) == list(map(id, sent[6:])) and (len(fleet), fleet.room) == (6, 0)
    nodes.nodes.clear()
    assert len(fleet.recall_surplus()) == 4 and len(fleet) == 2, "they tell an autoscaler that a node is wanted"
    fleet.abandon()


@pytest.mark.usefixtures("cluster")
def test_no_more_waits_than_the_run_wants_places(tmp_path):
    never = Demand(0, 100)
    fleet = Fleet(Nodes(a=(800, 0)), never, faults.faulty, avoiding())
    room = {}
    for wanted in (500, 10, 9, 8, 3, 0):
        fleet.wanted = wanted
        room[wanted] = fleet.room
    assert room == {500: 10, 10: 10, 9: 9, 8: 8, 3: 8, 0: 8}, "places that are there are used in any case"
    fleet.wanted = 500
    for _ in range(10):
        fleet.launch([assignment(out=str(tmp_path), demand=never)])
    fleet.wanted = 1
    assert len(fleet.recall_surplus()) == 2 and len(fleet) == 8
    fleet.abandon()


def test_tasks_have_few_names_as_ray_remembers_each_for_good():
    fleet = Fleet(Nodes(one=(2, 0)), ONE_CPU, faults.slow, avoiding())
    with mock.patch.object(fleet, "_remote") as remote:
        for number, method in itertools.product(range(20), ("semantic", "gram")):
            one = assignment()
            row = replace(one.row, render_id=f"row{number}", parameters=Parameters(method=method))
            fleet.launch([replace(one, row=row)])
    names = {call.kwargs["name"] for call in remote.return_value.options.call_args_list}
    assert names == {"render by semantic", "render by gram"}
