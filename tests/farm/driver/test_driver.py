"""The driver's decisions, with a fleet that answers what it is told."""

from __future__ import annotations

import itertools
import json
import logging
import threading
import time
from collections.abc import Iterator

import pytest

from semstyle.engine import Parameters
from semstyle.farm.attempt import Answer, Assignment, Committed, Failed, FailureClass, Moved, Started
from semstyle.farm.demand import Demand
from semstyle.farm.driver.accounts import Accounts
from semstyle.farm.driver.driver import Driver
from semstyle.farm.driver.fleet import Flight, Told
from semstyle.farm.driver.outage import Outage
from semstyle.farm.driver.queue import Queue
from semstyle.farm.driver.stop import StopRequest
from semstyle.farm.monitor.journal import Journal
from semstyle.farm.options import RunOptions
from semstyle.farm.output.failures import Quarantine
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.rows.plan import Tally
from semstyle.manifest import BadRow, Position, Row
from semstyle.storage import Folder


class ScriptedFleet:
    """Answers each launch with the next of ``script``, which may be several answers; an answer None never comes."""

    room = 2
    places = 1

    def __init__(self, script: list[Answer | list[Answer] | None]) -> None:
        self.script = iter(script)
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
        flight = Flight(assignments, None, started=Started("node", 7, 0.0))
        self.flights.append((flight, next(self.script)))

    def answers(self, timeout: float) -> Iterator[Told]:
        for flight, script in list(self.flights):
            if script is not None:
                self.flights.remove((flight, script))
                for answer in script if isinstance(script, list) else [script]:
                    for assignment in flight.take(answer):
                        yield flight, assignment, answer

    def end(self, flight: Flight, reason: Failed) -> None:
        flight.ended_by_us = reason
        self.flights = [(other, reason if other is flight else script) for other, script in self.flights]

    def give_up_lost(self) -> Iterator[Told]:
        return iter(())

    def recall(self) -> None:
        pass

    def abandon(self) -> None:
        self.abandoned, self.flights = len(self.flights), []


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("semstyle.farm.driver.driver.delay_before_next", without_delay)


def without_delay(history, max_attempts):
    from semstyle.farm.retries import delay_before_next

    return None if delay_before_next(history, max_attempts) is None else 0.0


def drive(script, folder, rows=1, stop=None, gpus=0.25, items=None, **options):
    names = [f"row{number}" for number in range(rows)]
    ledger = Ledger()
    items = items or (Row(("a",), None, None, None, Parameters(), {}, name, Position("m", 1)) for name in names)
    items = (item for item in items if ledger.meet(item.render_id, item.content_id))
    fleet = ScriptedFleet(script)
    journal = Journal("run")
    driver = Driver(
        Queue(items, lambda row: Assignment(row, str(folder), "run", Demand(gpus, 1))),
        fleet,
        Accounts(Tally(rows=rows), ledger, journal, Quarantine(Folder(str(folder)), "run", ledger)),
        Outage(Folder(str(folder)), journal),
        stop or StopRequest(0),
        RunOptions(**options),
        lambda snapshot: None,
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
        ("node", "node", 7)
    ] * 3


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
