"""The main loop of a run: keep the cluster full, and settle how each attempt ended (design, section 4.3)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from semstyle.farm.attempt import Answer, Assignment, Attempt, Committed, Failed, FailureClass, Moved, Started
from semstyle.farm.fleet import Fleet, Flight
from semstyle.farm.journal import Journal
from semstyle.farm.ledger import Ledger
from semstyle.farm.options import RunOptions
from semstyle.farm.outage import Outage
from semstyle.farm.plan import Tally
from semstyle.farm.quarantine import Quarantine, bad_row_failure
from semstyle.farm.queue import Queue
from semstyle.farm.retries import POLICIES, delay_before_next, is_last_resort
from semstyle.farm.stop import StopRequest
from semstyle.farm.time_limit import TimeLimit
from semstyle.manifest import BadRow, Row

POLL_SECONDS = 0.25
LOOK_SECONDS = 0.25
"""Between two looks at every flight, which would otherwise cost more than the answers do."""


class Driver:
    """Renders what the queue gives until nothing is left, or the run is to stop.

    Args:
        report: Called several times a second and at the end, with this driver.
    """

    def __init__(
        self,
        queue: Queue,
        fleet: Fleet,
        quarantine: Quarantine,
        tally: Tally,
        stop: StopRequest,
        options: RunOptions,
        journal: Journal,
        ledger: Ledger,
        outage: Outage,
        report: Callable[[Driver], None],
    ) -> None:
        self.queue, self.fleet, self.tally, self.stop, self.journal = queue, fleet, tally, stop, journal
        self.last_error: str | None = None
        self._quarantine, self._options, self._outage, self._report = quarantine, options, outage, report
        self._ledger, self._limit = ledger, TimeLimit(options.timeout)
        self._looked_at = float("-inf")
        self._is_stopping = False

    def run(self) -> None:
        """Until nothing is left, or a stop was asked for and what was in flight has ended or had its grace."""
        while not self.is_over:
            is_behind = False
            if self.stop.asked:
                self.hold_back()
            elif not self._outage.lasts():
                is_behind = self.launch()
            for flight, assignment, answer in self.fleet.answers(0 if is_behind else POLL_SECONDS):
                self.settle(flight, assignment, answer)
            if time.monotonic() - self._looked_at >= LOOK_SECONDS:
                self.look_around()
        self._quarantine.flush()
        self._report(self)
        self.fleet.abandon()

    @property
    def is_over(self) -> bool:
        if self.stop.asked:
            return not self.fleet or self.stop.grace_is_over
        return self.queue.is_empty and not self.fleet

    @property
    def has_too_many_failures(self) -> bool:
        most = self._options.max_failures
        return most is not None and self.tally.failed >= most

    @property
    def batch(self) -> int:
        """Rows that one task may have now: near the end fewer than asked for, so that every place has some."""
        return max(1, min(self._options.batch, math.ceil(self.tally.left / max(1, self.fleet.places))))

    def launch(self) -> bool:
        """Fill the fleet; bad rows go straight to quarantine, for so long that all else is still looked at in time.

        Returns:
            Whether there is more to do at once.
        """
        room, most, now = self.fleet.room, self.batch, time.monotonic()
        until = now + LOOK_SECONDS
        while room > 0 and self._quarantine.has_room(POLL_SECONDS):
            match self.queue.next(now, most):
                case None:
                    return False
                case BadRow() as row:
                    self.quarantine(row, bad_row_failure(row))
                    if self.stop.asked:
                        return False
                case batch:
                    room -= 1
                    self.fleet.launch(batch)
                    for assignment in batch:
                        self.journal.launched(assignment)
            now = time.monotonic()
            if now >= until:
                return True
        return False

    def hold_back(self) -> None:
        """Launch no more, and take back what no worker has begun."""
        if not self._is_stopping:
            self.journal.stop_asked(self.tally.left)
            self._is_stopping = True
        self.fleet.recall()

    def settle(self, flight: Flight, assignment: Assignment, answer: Answer) -> None:
        """Act on what a worker, or Ray in its place, has answered about one of its assignments."""
        match answer:
            case Started():
                self.journal.started(assignment, answer)
            case Moved():
                self.queue.put_back(assignment, time.monotonic())
            case Committed():
                self.tally.rendered += 1
                self._ledger.commit(assignment.row.render_id)
                self.journal.committed(assignment, flight.started, answer)
                self._quarantine.release(assignment.row.render_id)
            case Failed():
                self.journal.failed(assignment, flight.started, answer)
                self.retry_or_quarantine(assignment, flight.attempt(answer), answer)

    def look_around(self) -> None:
        """What need not be done at each answer."""
        for flight, assignment, failed in self.fleet.lost():
            self.settle(flight, assignment, failed)
        self.end_overdue()
        self._report(self)
        self._looked_at = time.monotonic()

    def retry_or_quarantine(self, assignment: Assignment, attempt: Attempt, failed: Failed) -> None:
        """Give the row another attempt, if its class and the attempts so far allow one."""
        if failed.kind is FailureClass.STORAGE:
            self._outage.suspect()
        demand = assignment.demand
        if POLICIES[failed.kind].needs_whole_gpu and demand.gpus > 0:
            demand = demand.whole_gpu()
        assignment = assignment.again(attempt, demand)
        delay = delay_before_next(assignment.history, self._options.max_attempts)
        if delay is None:
            self.quarantine(assignment.row, failed, assignment.history)
        else:
            self.last_error = f"{assignment.row.render_id}: {failed.message}"
            self.tally.retries += 1
            self.journal.retried(assignment, failed, delay)
            judge = not is_last_resort(assignment.history, self._options.max_attempts)
            self.queue.put_back(replace(assignment, judge=judge), time.monotonic() + delay)

    def quarantine(self, row: Row | BadRow, failed: Failed, history: Sequence[Attempt] = ()) -> None:
        """Give the row up; the run goes on unless too many have failed."""
        self.last_error = f"{row.render_id}: {failed.message}"
        self._quarantine.add(row, failed, history)
        self.journal.quarantined(row.render_id, failed, len(history))
        self.tally.failed += 1
        if self.has_too_many_failures and not self.stop.asked:
            self.stop.ask()

    def end_overdue(self) -> None:
        """Kill tasks that are over the time limit of their renders; waiting for a place does not count."""
        for flight in self.fleet:
            if flight.started and not flight.ended_by_us and (failed := self._limit.overdue(flight)):
                self.fleet.end(flight, failed)
