"""Turns the driver's counts into statuses, for the heartbeat and for whoever watches."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from semstyle.farm.monitor.journal import Journal
from semstyle.farm.monitor.progress import RunProgress
from semstyle.farm.monitor.snapshot import Snapshot
from semstyle.farm.monitor.status import ENDED, HEARTBEAT_SECONDS, AvoidedNode, Heartbeat, State, Status
from semstyle.farm.monitor.storage_wait import StorageWait
from semstyle.farm.rows.plan import Tally
from semstyle.storage import StorageError

WITHOUT_ROUNDS: set[State] = {"starting", "aggregating"}
"""States in which nothing calls :meth:`Reporter.report`, for minutes in a large run."""


class Reporter:
    """Reports on one run.

    Args:
        manifest: Its URI, without credentials.
        progress: Shows every status; None shows nothing.
    """

    def __init__(
        self,
        run_id: str,
        manifest: str,
        tally: Tally,
        journal: Journal,
        heartbeat: Heartbeat,
        progress: RunProgress | None,
    ) -> None:
        self._run_id, self._manifest, self._tally, self._journal = run_id, manifest, tally, journal
        self._heartbeat, self._progress = heartbeat, progress
        self._wait = StorageWait()
        self._showing = threading.Lock()
        self._shown: Status | None = None
        self._started_at = datetime.now(UTC)
        self._first_render_at: float | None = None
        self._last_error: str | None = None
        self._avoided: list[AvoidedNode] = []

    def report(self, snapshot: Snapshot) -> Status:
        """Show how the run is doing, and store it when the heartbeat is due."""
        state: State = "stopping" if snapshot.is_stopping else "paused" if snapshot.is_paused else "running"
        return self._show(self.status(state, snapshot))

    def enter(self, state: State, error: str | None = None) -> Status:
        """Show and store that the run has come to ``state``."""
        self._last_error = error or self._last_error
        return self._show(self.status(state), at_any_rate=True)

    def hear(self, error: StorageError, seconds: float) -> None:
        """Show that a call into storage waits for its next attempt; a listener for :func:`semstyle.storage.patient`."""
        if self._wait.hear(error, seconds):
            self._journal.storage_awaited(str(error))
        if self._wait.reason:
            self._show_again()

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Within this context, store the last status again and again while the run starts or aggregates.

        Else it would seem to be silent: listing a million records takes a minute, and aggregating them hours.
        """
        over = threading.Event()
        beat = threading.Thread(target=self._beat_until, args=(over,), name="beat", daemon=True)
        beat.start()
        try:
            yield
        finally:
            over.set()
            beat.join()

    def _beat_until(self, over: threading.Event) -> None:
        while not over.wait(HEARTBEAT_SECONDS):
            self._show_again(WITHOUT_ROUNDS)

    def _show_again(self, states: set[State] | None = None) -> None:
        """Show the last status as one of now, if there is one, and it is in one of ``states``."""
        with self._showing:
            if (last := self._shown) and (states is None or last.state in states):
                self._put(last.model_copy(update={"updated_at": datetime.now(UTC)}))

    def _show(self, status: Status, at_any_rate: bool = False) -> Status:
        """Show ``status`` on the terminal, and store it when the heartbeat is due, or ``at_any_rate``."""
        with self._showing:
            return self._put(status, at_any_rate)

    def _put(self, status: Status, at_any_rate: bool = False) -> Status:
        self._shown = status
        told = self._with_wait(status)
        if self._progress:
            self._progress.show(told)
        if at_any_rate or self._heartbeat.is_due:
            self._heartbeat.write(told)
        return told

    def _with_wait(self, status: Status) -> Status:
        """Return the status, or one that also says what is waited for, as long as that lasts."""
        if (reason := self._wait.reason) and status.state not in ENDED:
            return status.model_copy(update={"waits_for_storage": True, "last_error": reason})
        return status

    def status(self, state: State, snapshot: Snapshot | None = None) -> Status:
        """Return the run's status as it is now."""
        tally, highlights = self._tally, self._journal.highlights
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
            lost_ids=highlights.lost,
            left=tally.left,
            slowest=highlights.slowest,
            avoided_nodes=self._avoided,
            last_error=self._last_error,
            last_failures=highlights.last_failures,
            remarked=highlights.remarked,
            first_remark=highlights.first_remark,
            shard=self._heartbeat.shard,
            started_at=self._started_at,
            updated_at=datetime.now(UTC),
        )
        if snapshot:
            self._add_flights(status, snapshot)
        self._add_rate(status, snapshot.worked if snapshot else 0.0)
        return status

    def _add_flights(self, status: Status, snapshot: Snapshot) -> None:
        status.running, status.queued = snapshot.running, snapshot.queued
        status.waiting, status.places = snapshot.waiting, snapshot.places
        status.last_error = self._last_error = snapshot.last_error
        status.avoided_nodes = self._avoided = list(snapshot.avoided)
        status.in_flight, status.nodes = list(snapshot.longest), list(snapshot.nodes)
        if snapshot.running and self._first_render_at is None:
            self._first_render_at = time.monotonic()

    def _add_rate(self, status: Status, worked: float) -> None:
        """Tell how many renders a minute there are, and how long the rest will take.

        Args:
            worked: See :class:`semstyle.farm.monitor.snapshot.Snapshot`.
        """
        if self._first_render_at is None:
            return
        elapsed = max(time.monotonic() - self._first_render_at, 1e-3)
        if status.rendered:
            status.per_minute = round(60 * status.rendered / elapsed, 2)
        left = self._tally.workload.seconds_left(status.left, worked, elapsed)
        status.eta_seconds = None if left is None else round(left, 1)
