"""The driver's decisions, with a fleet that answers what it is told."""

from __future__ import annotations

import itertools
import json
import logging
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from semstyle.engine import Parameters
from semstyle.farm.attempt import Answer, Assignment, Committed, Failed, FailureClass, Moved, Started
from semstyle.farm.demand import Demand
from semstyle.farm.driver.accounts import Accounts
from semstyle.farm.driver.autoscaling.capacity import Capacity
from semstyle.farm.driver.bad_nodes import BadNodes
from semstyle.farm.driver.driver import Driver
from semstyle.farm.driver.fleet import Flight, Told
from semstyle.farm.driver.outage import Outage
from semstyle.farm.driver.queue import Queue
from semstyle.farm.driver.stop import StopRequest
from semstyle.farm.driver.wishes import Wishes
from semstyle.farm.errors import GpuError
from semstyle.farm.monitor.control import Control
from semstyle.farm.monitor.journal import Journal
from semstyle.farm.options import RunOptions
from semstyle.farm.output.failures import Quarantine
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.rows.plan import Tally
from semstyle.manifest import BadRow, Position, Row
from semstyle.storage import Folder


class On(NamedTuple):
    """An answer, or several, from a node of this name; those of a script that are not ``On`` come from ``node``."""

    node: str
    answer: Answer | list[Answer]


MISDIRECTED = object()
"""In place of an answer: the task waits for a node that it should not go to."""
Scripted = Answer | list[Answer] | On | object | None


class ScriptedFleet:
    """Answers each launch with the next of ``script``, which may be several answers; an answer None never comes.

    Each launch has a process of its own.
    """

    room = 2
    places = 1
    demand = Demand(0, 1)

    def __init__(self, script: list[Scripted]) -> None:
        self.script = iter(script)
        self.nodes = {"node": "10.0.0.1", **{said.node: "10.0.0.2" for said in script if isinstance(said, On)}}
        self.pids = itertools.count(7)
        self.tasks: list[list[str]] = []
        self.launched: list[Assignment] = []
        self.flights: list[tuple[Flight, Answer | list[Answer] | None]] = []
        self.abandoned = 0

    def __len__(self) -> int:
        return len(self.flights)

    def __iter__(self) -> Iterator[Flight]:
        return iter([flight for flight, _ in self.flights])

    def launch(self, assignments: list[Assignment]) -> None:
        self.launched.extend(assignments)
        self.tasks.append([assignment.row.render_id for assignment in assignments])
        said = next(self.script)
        node, answer = said if isinstance(said, On) else ("node", said)
        flight = Flight(assignments, None, started=Started(node, next(self.pids), 0.0))
        self.flights.append((flight, answer))

    def answers(self, timeout: float) -> Iterator[Told]:
        for flight, script in list(self.flights):
            if script is not None and script is not MISDIRECTED:
                self.flights.remove((flight, script))
                for answer in script if isinstance(script, list) else [script]:
                    for assignment in flight.take(answer):
                        yield flight, assignment, answer

    def end(self, flight: Flight, reason: Failed) -> None:
        flight.ended_by_us = reason
        self.flights = [(other, reason if other is flight else script) for other, script in self.flights]

    def give_up_lost(self) -> Iterator[Told]:
        return iter(())

    def recall(self) -> list[Assignment]:
        back = [flight for flight, script in self.flights if script is MISDIRECTED]
        self.flights = [(flight, script) for flight, script in self.flights if script is not MISDIRECTED]
        return [assignment for flight in back for assignment in flight.assignments]

    def recall_misdirected(self) -> Iterator[Assignment]:
        return iter(self.recall())

    def recall_surplus(self) -> list[Assignment]:
        return []

    def abandon(self) -> None:
        self.abandoned, self.flights = len(self.flights), []


@pytest.fixture(autouse=True)
def logged(caplog):
    caplog.set_level(logging.INFO, logger="semstyle.farm")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("semstyle.farm.driver.driver.delay_before_next", without_delay)


def without_delay(history, max_attempts, excused=()):
    from semstyle.farm.retries import delay_before_next

    return None if delay_before_next(history, max_attempts, excused) is None else 0.0


def drive(
    script, folder, rows=1, stop=None, gpus=0.25, items=None, report=lambda snapshot: None, wishes=None, **options
):
    names = [f"row{number}" for number in range(rows)]
    ledger = Ledger()
    items = items or (Row(("a",), None, None, None, Parameters(), {}, name, Position("m", 1)) for name in names)
    items = (item for item in items if ledger.meet(item.render_id, item.content_id))
    fleet = ScriptedFleet(script)
    journal = Journal("run")
    stop = stop or StopRequest(0)
    driver = Driver(
        Queue(items, lambda row: Assignment(row, str(folder), "run", Demand(gpus, 1))),
        fleet,
        BadNodes(journal),
        Accounts(Tally(rows=rows), ledger, journal, Quarantine(Folder(str(folder)), "run", ledger)),
        Outage(Folder(str(folder)), journal),
        wishes or Wishes(Folder(str(folder)), journal, stop),
        stop,
        Capacity("run", can_grow=False),
        RunOptions(**options),
        report,
    )
    driver.run()
    return driver, fleet


def test_out_of_gpu_memory_is_retried_on_a_whole_gpu(tmp_path):
    _, fleet = drive([Failed(FailureClass.MEMORY, "out of memory"), Committed(1, True)], tmp_path)
    assert [assignment.demand.gpus for assignment in fleet.launched] == [0.25, 1]
    assert [attempt.outcome for attempt in fleet.launched[1].history] == ["memory"]


def test_without_a_gpu_memory_does_not_ask_for_one(tmp_path):
    _, fleet = drive([Failed(FailureClass.MEMORY, "out of memory"), Committed(1, True)], tmp_path, gpus=0)
    assert [assignment.demand.gpus for assignment in fleet.launched] == [0, 0]


def test_a_move_is_not_an_attempt(tmp_path):
    driver, fleet = drive([Moved(), Moved(), Committed(1, True)], tmp_path, max_attempts=1)
    assert driver.accounts.tally.rendered == 1 and driver.accounts.tally.retries == 0
    assert fleet.launched[-1].history == ()


def test_lost_nodes_do_not_count_and_are_told(tmp_path):
    lost = Failed(FailureClass.NODE, "the node was lost")
    driver, fleet = drive([lost, lost, lost, Committed(1, True)], tmp_path, max_attempts=1)
    assert driver.accounts.tally.rendered == 1
    assert [(attempt.outcome, attempt.node, attempt.pid) for attempt in fleet.launched[-1].history] == [
        ("node", "node", 7),
        ("node", "node", 8),
        ("node", "node", 9),
    ]


def test_a_failure_keeps_the_last_traceback_and_every_attempt(tmp_path):
    script = [Failed(FailureClass.WORKER, f"error {number}", f"trace {number}") for number in range(3)]
    driver, _ = drive(script, tmp_path, max_attempts=3)
    failure = json.loads((tmp_path / "failures" / "row0.json").read_text())
    assert (failure["message"], failure["traceback"]) == ("error 2", "trace 2")
    assert [attempt["error"] for attempt in failure["attempts"]] == ["error 0", "error 1", "error 2"]
    assert driver.snapshot().last_error == "row0: error 2"


def test_max_failures_stops_launching(tmp_path):
    script = [Failed(FailureClass.INPUT, "bad")] * 10
    driver, fleet = drive(script, tmp_path, rows=10, max_failures=2)
    assert driver.has_too_many_failures and len(fleet.launched) <= 4


def test_a_stop_waits_for_what_is_in_flight_but_not_for_ever(tmp_path):
    stop = StopRequest(0)
    stop.ask()
    driver, fleet = drive([], tmp_path, rows=3, stop=stop)
    assert fleet.launched == [] and driver.accounts.tally.left == 3

    patient = StopRequest(0.2)
    fleet_never = drive([None, None], tmp_path, rows=2, stop=AskedLater(patient))[1]
    assert fleet_never.abandoned == 2


class ScriptedWishes(Wishes):
    """Hears one wish after another, at each look."""

    def __init__(self, folder, stop, wishes):
        super().__init__(Folder(str(folder)), Journal("run"), stop)
        self.wishes = iter(wishes)

    def look(self):
        if wish := next(self.wishes, None):
            self._heed(wish)


def test_while_paused_nothing_is_launched_and_what_waits_in_ray_comes_back(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("semstyle.farm.driver.driver.LOOK_SECONDS", 0.0)
    stop = StopRequest(0)
    wishes = ScriptedWishes(tmp_path, stop, [*[Control(paused=True)] * 3, Control()])
    seen = []
    script = [MISDIRECTED, MISDIRECTED, *[Committed(1, True)] * 4]
    driver, fleet = drive(script, tmp_path, rows=4, stop=stop, wishes=wishes, report=seen.append)
    assert driver.accounts.tally.rendered == 4
    assert len(fleet.launched) == 6 and {snapshot.is_paused for snapshot in seen} == {True, False}
    assert [record.message for record in caplog.records if "run" in record.message] == ["run paused", "run resumed"]


def test_a_cancelled_run_stops_and_another_run_s_id_does_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("semstyle.farm.driver.driver.LOOK_SECONDS", 0.0)
    stop = StopRequest(0)
    wishes = ScriptedWishes(tmp_path, stop, [Control(cancelled=["other"]), Control(cancelled=["other", "run"])])
    driver, _ = drive([None] * 9, tmp_path, rows=9, stop=stop, wishes=wishes)
    assert stop.asked and driver.accounts.tally.left == 9


DIED = Failed(FailureClass.WORKER, "the worker process died")


def test_after_a_death_the_rest_of_a_batch_is_tried_row_by_row_and_only_the_culprit_is_given_up(tmp_path):
    answered = [Committed(1, True, number=1), Failed(FailureClass.INPUT, "not an image", number=0)]
    script = [[*answered, DIED], Committed(1, True), DIED]

    driver, fleet = drive(script, tmp_path, rows=4, batch=8, max_attempts=1)

    assert fleet.tasks == [["row0", "row1", "row2", "row3"], ["row2"], ["row3"]]
    assert (driver.accounts.tally.rendered, driver.accounts.tally.failed, driver.accounts.tally.retries) == (2, 2, 2)
    culprit = json.loads((tmp_path / "failures" / "row3.json").read_text())
    assert [(attempt["outcome"], attempt["batch"]) for attempt in culprit["attempts"]] == [("worker", 4), ("worker", 1)]
    assert culprit["attempts"][0]["error"] == "the worker process died (in a batch of 4)"
    assert json.loads((tmp_path / "failures" / "row0.json").read_text())["message"] == "not an image"


def test_a_batch_has_the_time_of_all_its_rows(tmp_path):
    script = [None, *[Committed(1, True)] * 3]
    _, fleet = drive(script, tmp_path, rows=3, batch=3, timeout=0.05, max_attempts=1)
    assert fleet.tasks == [["row0", "row1", "row2"], ["row0"], ["row1"], ["row2"]]
    (attempt,) = fleet.launched[-1].history
    assert attempt.outcome == "time" and "longer than 0.15 s" in attempt.error


def test_batches_leave_some_rows_for_every_place(tmp_path, monkeypatch):
    monkeypatch.setattr(ScriptedFleet, "places", 2)
    answers = [[Committed(1, True, number=number) for number in range(3)]] * 2
    assert drive(answers, tmp_path, rows=6, batch=4)[1].tasks == [["row0", "row1", "row2"], ["row3", "row4", "row5"]]


def test_a_moved_batch_comes_back(tmp_path):
    driver, fleet = drive([Moved(), Committed(1, True), Committed(1, True)], tmp_path, rows=2, batch=2)
    assert fleet.tasks == [["row0", "row1"], ["row0"], ["row1"]]
    assert (driver.accounts.tally.rendered, driver.accounts.tally.retries) == (2, 0)


def test_rows_that_died_on_a_bad_node_get_their_attempts_back(tmp_path, caplog):
    caplog.set_level(logging.INFO, "semstyle.farm")
    snapshots = []
    script = [On("bad", DIED)] * 4 + [On("bad", DIED), Committed(1, True), Committed(1, True)]

    driver, fleet = drive(script, tmp_path, rows=2, max_attempts=2, report=snapshots.append)

    assert (driver.accounts.tally.rendered, driver.accounts.tally.failed) == (2, 0)
    assert max(len(assignment.history) for assignment in fleet.launched) >= 2, "more than --max-attempts allows"
    assert not (tmp_path / "failures").exists()
    (avoided,) = snapshots[-1].avoided
    assert (avoided.node, avoided.address) == ("bad", "10.0.0.2") and "3 tasks died on it" in avoided.reason
    assert [record.semstyle["node"] for record in caplog.records if record.msg == "node avoided"] == ["bad"]


def test_a_row_without_attempts_waits_for_what_its_node_turns_out_to_be(tmp_path):
    script = [On("bad", DIED)] * 3 + [Committed(1, True)] * 3
    driver, fleet = drive(script, tmp_path, rows=3, max_attempts=1)
    assert (driver.accounts.tally.rendered, driver.accounts.tally.failed, driver.accounts.tally.retries) == (3, 0, 3)
    assert all(attempt.node == "bad" for assignment in fleet.launched for attempt in assignment.history)

    script = [On("fair", DIED), On("fair", DIED), On("fair", Committed(1, True)), *[Committed(1, True)] * 3]
    driver, _ = drive(script, tmp_path / "fair", rows=6, max_attempts=1)
    assert (driver.accounts.tally.rendered, driver.accounts.tally.failed, driver.accounts.tally.retries) == (4, 2, 0)


def test_a_row_whose_node_never_turns_out_is_given_up_at_the_end(tmp_path):
    driver, _ = drive([On("unknown", DIED), On("unknown", DIED)], tmp_path, rows=2, max_attempts=1)
    assert (driver.accounts.tally.failed, driver.accounts.tally.left) == (2, 0)
    assert len(list((tmp_path / "failures").iterdir())) == 2


def test_a_row_without_attempts_is_left_when_the_run_is_stopped_before_its_node_turns_out(tmp_path):
    driver, _ = drive([On("unknown", DIED), None], tmp_path, rows=2, max_attempts=1, stop=AskedLater(StopRequest(0)))
    assert (driver.accounts.tally.failed, driver.accounts.tally.left) == (0, 2)


def test_on_the_only_node_attempts_count_as_ever(tmp_path):
    driver, fleet = drive([DIED] * 6, tmp_path, rows=2, max_attempts=3)
    assert (driver.accounts.tally.failed, len(fleet.launched)) == (2, 6)


def test_a_batch_that_dies_is_one_failure_of_its_node(tmp_path):
    script = [On("bad", DIED), *[Committed(1, True)] * 4]
    snapshots = []
    driver, _ = drive(script, tmp_path, rows=4, batch=8, max_attempts=1, report=snapshots.append)
    assert driver.accounts.tally.rendered == 4 and not any(snapshot.avoided for snapshot in snapshots)

    script = [*[On("bad", DIED)] * 3, *[Committed(1, True)] * 20]
    driver, _ = drive(script, tmp_path / "batches", rows=20, batch=4, max_attempts=1, report=snapshots.append)
    assert (driver.accounts.tally.rendered, driver.accounts.tally.failed) == (20, 0)
    assert [avoided.node for avoided in snapshots[-1].avoided] == ["bad"]


def test_a_gpu_that_cannot_be_used_costs_no_attempt_and_ends_the_run_where_there_is_no_other(tmp_path):
    unusable = Failed(FailureClass.DEVICE, "NVIDIA's driver 535.104.05 is too old")
    driver, _ = drive([On("old", unusable), *[Committed(1, True)] * 2], tmp_path, rows=2, max_attempts=1)
    assert (driver.accounts.tally.rendered, driver.accounts.tally.failed) == (2, 0)
    with pytest.raises(GpuError, match=r"10\.0\.0\.1: NVIDIA's driver 535\.104\.05 is too old"):
        drive([unusable] * 2, tmp_path / "all", rows=2)
    assert not (tmp_path / "all" / "failures").exists()


def test_what_waits_to_go_where_it_should_not_is_launched_anew(tmp_path):
    driver, fleet = drive([MISDIRECTED, Committed(1, True)], tmp_path)
    assert fleet.tasks == [["row0"], ["row0"]] and driver.accounts.tally.rendered == 1
    assert fleet.launched[-1].history == () and driver.accounts.tally.retries == 0


def bad_rows(count=None):
    for number in itertools.count() if count is None else range(count):
        yield BadRow(f"bad{number}", Position("m", number), "size", f"{-number} is not between 32 and 8192")


def test_thousands_of_bad_rows_take_seconds_and_stay_in_order(tmp_path, caplog):
    caplog.set_level(logging.ERROR, "semstyle.farm")
    begun = time.monotonic()
    driver, _ = drive([], tmp_path, items=bad_rows(3000), rows=3000)
    assert time.monotonic() - begun < 30
    assert driver.accounts.tally.failed == 3000 == len(list((tmp_path / "failures").iterdir()))
    quarantined = [record.semstyle["render_id"] for record in caplog.records if record.msg == "row quarantined"]
    assert quarantined == [f"bad{number}" for number in range(3000)]


def test_among_endless_bad_rows_too_many_are_counted_exactly_and_a_stop_is_heard(tmp_path):
    driver, _ = drive([], tmp_path / "many", items=bad_rows(), rows=10**6, max_failures=123)
    assert driver.has_too_many_failures
    assert driver.accounts.tally.failed == 123 == len(list((tmp_path / "many" / "failures").iterdir()))

    stop = StopRequest(0)
    asking = threading.Timer(0.5, stop.ask)
    asking.start()
    begun = time.monotonic()
    driver, _ = drive([], tmp_path / "stopped", items=bad_rows(), rows=10**6, stop=stop)
    assert time.monotonic() - begun < 20
    assert driver.accounts.tally.failed == len(list((tmp_path / "stopped" / "failures").iterdir())) > 0


class AskedLater:
    """A stop that is asked for once something is in flight."""

    def __init__(self, stop: StopRequest) -> None:
        self._stop = stop
        self._looked = 0

    @property
    def asked(self) -> bool:
        self._looked += 1
        if self._looked == 4:
            self._stop.ask()
        return self._stop.asked

    @property
    def grace_is_over(self) -> bool:
        return self._stop.grace_is_over
