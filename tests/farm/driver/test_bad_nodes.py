"""When a node is avoided, for how long, and whose attempts are excused, by a clock that stands still."""

from __future__ import annotations

import itertools
import logging

import pytest

from semstyle.farm.attempt import Attempt, FailureClass, Started
from semstyle.farm.driver.bad_nodes import LONGEST_SECONDS, BadNodes
from semstyle.farm.errors import GpuError
from semstyle.farm.monitor.journal import Journal

NODES = {"bad": "10.0.0.1", "good": "10.0.0.2", "other": "10.0.0.3"}


class Clock:
    """Shows the time that it was set to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def known(clock: Clock) -> BadNodes:
    return BadNodes(Journal("run"), seconds=300, clock=clock)


pids = itertools.count(1)


def died(node: str | None, kind: FailureClass = FailureClass.WORKER, pid: int | None = None) -> Attempt:
    return Attempt("run", kind, node, pid or next(pids), 0.0, 1.0, "the worker process died")


def fail(known: BadNodes, node: str, times: int = 1, launched_at: float = 1000.0, nodes=NODES) -> list[Attempt]:
    attempts = [died(node) for _ in range(times)]
    for attempt in attempts:
        known.failed(attempt, launched_at, nodes)
    return attempts


def render(known: BadNodes, node: str) -> None:
    known.succeeded(Started(node, 1, 0.0))


def test_the_third_task_that_dies_has_the_node_avoided_and_all_three_excused(known, caplog):
    caplog.set_level(logging.INFO, "semstyle.farm")
    first = fail(known, "bad", 2)
    elsewhere = fail(known, "good", 2)
    assert known.avoided == frozenset() and known.excused(first) == []
    assert known.suspected([*first, *elsewhere], NODES) == [*first, *elsewhere]

    last = fail(known, "bad")

    assert known.avoided == {"bad"}
    assert known.excused([*first, *elsewhere, *last]) == [*first, *last]
    assert known.suspected(first, NODES) == []
    (shown,) = known.shown(NODES)
    assert (shown.node, shown.address) == ("bad", "10.0.0.1")
    assert shown.reason == "3 tasks died on it with no render between, the last of: the worker process died"
    (event,) = [record for record in caplog.records if record.msg == "node avoided"]
    assert (event.semstyle["node"], event.semstyle["address"]) == ("bad", "10.0.0.1")
    assert (event.semstyle["message"], event.semstyle["seconds"]) == (shown.reason, 300)
    assert known.shown({"good": "10.0.0.2"}) == [], "a node that has gone is not shown"


def test_a_render_between_is_in_the_nodes_favour(known):
    before = fail(known, "bad", 2)
    render(known, "bad")
    after = fail(known, "bad", 2)
    assert known.avoided == frozenset()
    assert known.suspected([*before, *after], NODES) == after


def test_a_batch_is_one_task_however_many_renders_it_had(known):
    for _ in range(8):
        known.failed(died("bad", pid=77), 1000.0, NODES)
    assert known.avoided == frozenset()


@pytest.mark.parametrize("kind", ["input", "storage", "memory", "time", "node"])
def test_other_failures_are_no_nodes_fault(known, kind):
    for _ in range(5):
        known.failed(died("bad", FailureClass(kind)), 1000.0, NODES)
    known.failed(died(None), 1000.0, NODES)
    assert known.avoided == frozenset()


def test_a_node_is_tried_again_and_one_failure_has_it_avoided_for_twice_as_long(known, clock, caplog):
    caplog.set_level(logging.INFO, "semstyle.farm")
    fail(known, "bad", 3)
    for seconds in (300, 600, 1200):
        clock.now += seconds - 1
        known.look(NODES)
        assert known.avoided == {"bad"}
        clock.now += 1
        known.look(NODES)
        assert known.avoided == frozenset()
        (again,) = fail(known, "bad", launched_at=clock.now)
        assert known.avoided == {"bad"} and known.excused([again]) == [again]
    for _ in range(10):
        clock.now += LONGEST_SECONDS
        known.look(NODES)
        assert known.avoided == frozenset()
        fail(known, "bad", launched_at=clock.now)
    told = [record.msg for record in caplog.records]
    assert told.count("node avoided") == told.count("node tried again") + 1 == 14


def test_one_render_clears_a_node(known, clock, caplog):
    caplog.set_level(logging.INFO, "semstyle.farm")
    fail(known, "bad", 3)
    clock.now += 300
    known.look(NODES)
    render(known, "bad")
    render(known, "bad")
    assert [record.msg for record in caplog.records].count("node cleared") == 1
    fail(known, "bad", 2)
    assert known.avoided == frozenset()
    fail(known, "bad")
    clock.now += 300
    known.look(NODES)
    assert known.avoided == frozenset(), "for as long as the first time"


def test_what_was_underway_is_excused_and_what_was_sent_there_all_the_same_is_not(known, clock):
    fail(known, "bad", 3)
    clock.now += 10
    (underway,) = fail(known, "bad", launched_at=999.0)
    (sent,) = fail(known, "bad", launched_at=1005.0)
    assert known.excused([underway, sent]) == [underway]


def test_the_last_node_is_not_avoided_and_all_are_used_again(known, caplog):
    caplog.set_level(logging.INFO, "semstyle.farm")
    fail(known, "bad", 3)
    fail(known, "good", 3)
    assert known.avoided == {"bad", "good"}
    last = fail(known, "other", 3)
    assert known.avoided == frozenset() and known.excused(last) == []
    assert [record.msg for record in caplog.records].count("nodes pardoned") == 1

    counted = fail(known, "bad", 9)
    assert known.avoided == frozenset() and known.excused(counted) == known.suspected(counted, NODES) == []

    render(known, "good")
    fail(known, "bad", 3)
    assert known.avoided == {"bad"}, "once something is rendered, nodes are looked at again"


def test_the_only_node_is_never_suspected(known):
    alone = {"bad": "10.0.0.1"}
    failed = fail(known, "bad", 2, nodes=alone)
    assert known.suspected(failed, alone) == []
    failed += fail(known, "bad", 5, nodes=alone)
    assert known.avoided == frozenset() and known.excused(failed) == []


def test_when_the_other_nodes_go_the_avoided_one_is_used_again(known):
    fail(known, "bad", 3)
    known.look({})
    assert known.avoided == {"bad"}
    known.look({"bad": "10.0.0.1"})
    assert known.avoided == frozenset()


def test_a_gpu_that_cannot_be_used_has_its_node_avoided_at_once(known, clock):
    known.failed(died("bad", FailureClass.DEVICE), 1000.0, NODES)
    assert known.avoided == known.unusable == {"bad"}
    known.failed(died("bad", FailureClass.DEVICE), 1000.0, NODES)
    clock.now += 300
    known.look(NODES)
    assert known.avoided == frozenset(), "its driver may have been updated"
    known.failed(died("bad", FailureClass.DEVICE), clock.now, NODES)
    assert known.unusable == {"bad"}


def test_without_a_gpu_that_can_be_used_the_run_ends(known):
    known.failed(died("bad", FailureClass.DEVICE), 1000.0, NODES)
    known.failed(died("good", FailureClass.DEVICE), 1000.0, NODES)
    with pytest.raises(GpuError, match=r"no node's GPU can be used; 10\.0\.0\.3: the worker process died") as raised:
        known.failed(died("other", FailureClass.DEVICE), 1000.0, NODES)
    assert raised.value.exit_code == 1


def test_a_node_whose_gpu_cannot_be_used_is_not_pardoned_with_the_others(known):
    fail(known, "good", 3)
    known.failed(died("bad", FailureClass.DEVICE), 1000.0, NODES)
    fail(known, "other", 3)
    assert known.avoided == {"bad"}
    known.look({"bad": "10.0.0.1"})
    assert known.avoided == {"bad"}
