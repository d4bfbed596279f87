"""Turns the driver's counts into statuses, for the heartbeat and for whoever watches."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from semstyle.farm.highlights import Highlights
from semstyle.farm.plan import Tally
from semstyle.farm.progress import RunProgress
from semstyle.farm.status import Heartbeat, InFlight, State, Status

if TYPE_CHECKING:
    from semstyle.farm.driver import Driver

SHOWN_IN_FLIGHT = 20


class Reporter:
    """Reports on one run.

    Args:
        manifest: Its URI, without credentials.
        progress: Told of every status; None shows nothing.
    """

    def __init__(
        self,
        run_id: str,
        manifest: str,
        tally: Tally,
        highlights: Highlights,
        heartbeat: Heartbeat,
        progress: RunProgress | None,
    ) -> None:
        self._run_id, self._manifest, self._tally, self._highlights = run_id, manifest, tally, highlights
        self._heartbeat, self._progress = heartbeat, progress
        self._started_at = datetime.now(UTC)
        self._first_render_at: float | None = None
        self._last_error: str | None = None

    def report(self, driver: Driver) -> Status:
        """Show how the run is doing, and store it when the heartbeat is due."""
        status = self.status("stopping" if driver.stop.asked else "running", driver)
        if self._progress:
            self._progress.show(status)
        if self._heartbeat.is_due:
            self._heartbeat.write(status)
        return status

    def enter(self, state: State, error: str | None = None) -> Status:
        """Show and store that the run has come to ``state``."""
        self._last_error = error or self._last_error
        status = self.status(state)
        if self._progress:
            self._progress.show(status)
        self._heartbeat.write(status)
        return status

    def status(self, state: State, driver: Driver | None = None) -> Status:
        """The run as it is now."""
        tally = self._tally
        status = Status(
            run_id=self._run_id,
            state=state,
            manifest=self._manifest,
            renders=tally.renders,
            duplicates=tally.duplicates,
            skipped=tally.skipped,
            rendered=tally.rendered,
            failed=tally.failed,
            failed_before=tally.failed_before,
            retries=tally.retries,
            lost=tally.lost,
            lost_ids=self._highlights.lost,
            left=tally.left,
            slowest=self._highlights.slowest,
            last_error=self._last_error,
            last_failures=self._highlights.last_failures,
            shard=self._heartbeat.shard,
            started_at=self._started_at,
            updated_at=datetime.now(UTC),
        )
        if driver:
            self._add_flights(status, driver)
        self._add_rate(status)
        return status

    def _add_flights(self, status: Status, driver: Driver) -> None:
        flights = sorted(driver.fleet, key=lambda flight: flight.since)
        running = [
            (flight, assignment) for flight in flights if flight.started for assignment in flight.pending.values()
        ]
        status.running = len(running)
        status.queued = sum(len(flight.pending) for flight in flights) - len(running)
        status.waiting = len(driver.queue)
        status.places = driver.fleet.places
        status.last_error = self._last_error = driver.last_error
        status.in_flight = [
            InFlight(
                render_id=assignment.row.render_id,
                attempt=len(assignment.history) + 1,
                node=flight.started.node,
                pid=flight.started.pid,
                seconds=round(flight.seconds, 1),
            )
            for flight, assignment in running[:SHOWN_IN_FLIGHT]
            if flight.started
        ]
        if running and self._first_render_at is None:
            self._first_render_at = time.monotonic()

    def _add_rate(self, status: Status) -> None:
        if self._first_render_at is None or not status.rendered:
            return
        per_second = status.rendered / max(time.monotonic() - self._first_render_at, 1e-3)
        status.per_minute = round(60 * per_second, 2)
        status.eta_seconds = round(status.left / per_second, 1)
