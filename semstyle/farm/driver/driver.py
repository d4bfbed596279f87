"""The main loop of a run: keep the cluster full, and settle how each attempt ended."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

from semstyle.farm.attempt import Answer, Assignment, Attempt, Committed, Failed, FailureClass, Moved, Started
from semstyle.farm.driver.accounts import Accounts
from semstyle.farm.driver.at_work import nodes_at_work
from semstyle.farm.driver.autoscaling.capacity import Capacity
from semstyle.farm.driver.autoscaling.worth import Worth
from semstyle.farm.driver.bad_nodes import BadNodes
from semstyle.farm.driver.fleet import Fleet, Flight
from semstyle.farm.driver.outage import Outage
from semstyle.farm.driver.queue import Queue
from semstyle.farm.driver.stop import StopRequest
from semstyle.farm.driver.time_limit import TimeLimit
from semstyle.farm.driver.wishes import Wishes
from semstyle.farm.monitor.snapshot import MOST_SHOWN, Snapshot
from semstyle.farm.monitor.status import InFlight
from semstyle.farm.options import RunOptions
from semstyle.farm.output.failures import bad_row_failure
from semstyle.farm.retries import POLICIES, delay_before_next, is_last_resort
from semstyle.manifest import BadRow, Row

POLL_SECONDS = 0.25
LOOK_SECONDS = 0.25
"""How long the driver waits between two looks at every flight, which would else cost more than the answers do."""


class Driver:
    """Renders what the queue gives until nothing is left, or the run is to stop.

    Args:
        report: Called with a snapshot several times a second and at the end.
    """

    def __init__(
        self,
        queue: Queue,
        fleet: Fleet,
        bad_nodes: BadNodes,
        accounts: Accounts,
        outage: Outage,
        wishes: Wishes,
        stop: StopRequest,
        capacity: Capacity,
        options: RunOptions,
        report: Callable[[Snapshot], None],
    ) -> None:
        self._queue, self._fleet, self._bad_nodes = queue, fleet, bad_nodes
        self.accounts, self._outage, self._wishes, self._stop = accounts, outage, wishes, stop
        self._capacity, self._worth = capacity, Worth(accounts, options)
        self._options, self._limit, self._report = options, TimeLimit(options.timeout), report
        self._last_error: str | None = None
        self._looked_at = float("-inf")
        self._is_stopping = self._is_held_up = False
        self._undecided: list[tuple[Assignment, Failed]] = []
        """Rows that are out of attempts, unless it turns out that a bad node was at fault, and their last failure."""

    def run(self) -> None:
        """Run until nothing is left, or a stop was asked for and what was in flight has ended or had its grace."""
        while not self.is_over:
            is_behind = False
            if self._stop.asked:
                self.hold_back()
            elif self._wishes.is_paused:
                self.pause()
            else:
                self._is_held_up = self._outage.is_found_to_last()
                is_behind = not self._is_held_up and self.launch()
            for flight, assignment, answer in self._fleet.answers(0 if is_behind else POLL_SECONDS):
                self.settle(flight, assignment, answer)
            if time.monotonic() - self._looked_at >= LOOK_SECONDS:
                self.look_around()
        self.accounts.quarantine.flush()
        self._report(self.snapshot())
        self._fleet.abandon()

    @property
    def is_over(self) -> bool:
        if self._stop.asked:
            return not self._fleet or self._stop.grace_is_over
        return self.has_nothing_more and not self._undecided

    @property
    def has_nothing_more(self) -> bool:
        """Whether no answer will come any more, unless something else is launched."""
        return self._queue.is_empty and not self._fleet

    @property
    def has_too_many_failures(self) -> bool:
        most = self._options.max_failures
        return most is not None and self.accounts.tally.failed >= most

    @property
    def batch(self) -> int:
        """How many rows one task may have now: near the end fewer than asked for, so that every place has some."""
        return max(1, min(self._options.batch, math.ceil(self.accounts.tally.left / max(1, self._fleet.places))))

    def snapshot(self) -> Snapshot:
        """Describe what is being done now."""
        flights = sorted(self._fleet, key=lambda flight: flight.since)
        begun = [(flight, flight.started) for flight in flights if flight.started]
        running = sum(len(flight.pending) for flight, _ in begun)
        longest = (
            InFlight(
                render_id=assignment.row.render_id,
                attempt=len(assignment.history) + 1,
                node=started.node,
                pid=started.pid,
                seconds=round(flight.seconds, 1),
            )
            for flight, started in begun
            for assignment in flight.pending.values()
        )
        return Snapshot(
            is_stopping=self._stop.asked,
            is_paused=self._wishes.is_paused,
            running=running,
            longest=tuple(islice(longest, MOST_SHOWN)),
            queued=sum(len(flight.pending) for flight in flights) - running,
            waiting=len(self._queue) + len(self._undecided),
            places=self._fleet.places,
            avoided=self._bad_nodes.shown(self._fleet.nodes),
            last_error=self._last_error,
            worked=sum(self._worked(flight) for flight, _ in begun),
            nodes=nodes_at_work((flight for flight, _ in begun), self._fleet.nodes),
        )

    def _worked(self, flight: Flight) -> float:
        rows = (assignment.row for assignment in flight.pending.values())
        return self.accounts.tally.workload.worked(rows, flight.seconds)

    def launch(self) -> bool:
        """Launch tasks while there is room; bad rows go straight to quarantine.

        It returns early enough for all else to be looked at in time.

        Returns:
            Whether there is more to launch at once.
        """
        room, most, now = self._fleet.room, self.batch, time.monotonic()
        until = now + LOOK_SECONDS
        while room > 0 and self.accounts.quarantine.has_room(POLL_SECONDS):
            match self._queue.next(now, most):
                case None:
                    return False
                case BadRow() as row:
                    self.quarantine(row, bad_row_failure(row))
                    if self._stop.asked:
                        return False
                case batch:
                    room -= 1
                    self._fleet.launch(batch)
                    for assignment in batch:
                        self.accounts.journal.launched(assignment)
            now = time.monotonic()
            if now >= until:
                return True
        return False

    def hold_back(self) -> None:
        """Launch nothing more, and take back what no worker has begun."""
        if not self._is_stopping:
            self.accounts.journal.stop_asked(self.accounts.tally.left)
            self._is_stopping = True
        self._fleet.recall()

    def pause(self) -> None:
        """Launch nothing, and let what no worker has begun wait."""
        for assignment in self._fleet.recall():
            self._queue.put_back(assignment, time.monotonic())

    def settle(self, flight: Flight, assignment: Assignment, answer: Answer) -> None:
        """Act on what a worker, or Ray in its place, has answered about one of its assignments."""
        match answer:
            case Started():
                self.accounts.journal.started(assignment, answer)
            case Moved():
                self._queue.put_back(assignment, time.monotonic())
            case Committed():
                self.accounts.committed(assignment, flight.started, answer)
                self._bad_nodes.succeeded(flight.started)
            case Failed():
                self.accounts.journal.failed(assignment, flight.started, answer)
                attempt = flight.attempt(answer)
                self._bad_nodes.failed(attempt, flight.launched_at, self._fleet.nodes)
                self.after(assignment, attempt, answer)

    def look_around(self) -> None:
        """Do what need not be done at each answer: see to lost and overdue flights, to wishes and nodes, and report."""
        self._wishes.look()
        for flight, assignment, failed in self._fleet.give_up_lost():
            self.settle(flight, assignment, failed)
        self.end_overdue()
        self._bad_nodes.look(self._fleet.nodes)
        for assignment in self._fleet.recall_misdirected():
            self._queue.put_back(assignment, time.monotonic())
        undecided, self._undecided = self._undecided, []
        for assignment, failed in undecided:
            self.retry_or_quarantine(assignment, failed)
        snapshot = self.snapshot()
        self.follow_cluster(snapshot)
        self._report(snapshot)
        self._looked_at = time.monotonic()

    def follow_cluster(self, snapshot: Snapshot) -> None:
        """Ask for the nodes that the rest is worth, and take back what waits in Ray and should not."""
        demand = self._fleet.demand
        if self._stop.asked or self._wishes.is_paused:
            wanted = self._worth.hold(0, 0.0)
        elif self._is_held_up:
            wanted = self._worth.hold(0)
        else:
            wanted = self._worth.follow(demand, snapshot.running, snapshot.worked)
        if self._capacity.can_grow:
            self._fleet.wanted = wanted
            self._capacity.want(demand, wanted, snapshot.places)
        for assignment in self._fleet.recall_surplus():
            self._queue.put_back(assignment, time.monotonic())

    def after(self, assignment: Assignment, attempt: Attempt, failed: Failed) -> None:
        """Decide what follows an attempt that has failed."""
        if failed.kind is FailureClass.STORAGE:
            self._outage.suspect()
        demand = assignment.demand
        if POLICIES[failed.kind].needs_whole_gpu and demand.gpus > 0:
            demand = demand.whole_gpu()
        self.retry_or_quarantine(assignment.again(attempt, demand), failed)

    def retry_or_quarantine(self, assignment: Assignment, failed: Failed) -> None:
        """Give the row another attempt, if its class and the attempts so far allow one, or may yet turn out to."""
        history, most = assignment.history, self._options.max_attempts
        excused = self._bad_nodes.excused(history)
        suspected = self._bad_nodes.suspected(history, self._fleet.nodes)
        delay = delay_before_next(history, most, excused)
        if delay is not None:
            self._last_error = f"{assignment.row.render_id}: {failed.message}"
            self.accounts.retried(assignment, failed, delay)
            judge = not is_last_resort(history, most, excused)
            self._queue.put_back(replace(assignment, judge=judge), time.monotonic() + delay)
        elif not self.has_nothing_more and delay_before_next(history, most, [*excused, *suspected]) is not None:
            self._undecided.append((assignment, failed))
        else:
            self.quarantine(assignment.row, failed, history)

    def quarantine(self, row: Row | BadRow, failed: Failed, history: Sequence[Attempt] = ()) -> None:
        """Give the row up; the run goes on unless too many have failed."""
        self._last_error = f"{row.render_id}: {failed.message}"
        self.accounts.given_up(row, failed, history)
        if self.has_too_many_failures and not self._stop.asked:
            self._stop.ask()

    def end_overdue(self) -> None:
        """Kill tasks that are over the time limit of their renders; waiting for a place does not count."""
        for flight in self._fleet:
            if flight.started and not flight.ended_by_us and (failed := self._limit.overdue(flight)):
                self._fleet.end(flight, failed)
