"""Noting the events of a run as they happen: in its log, in its metrics, and among what is worth a look."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from semstyle.farm.attempt import Assignment, Committed, Failed, Started
from semstyle.farm.monitor.highlights import Highlights
from semstyle.farm.monitor.status import Status

if TYPE_CHECKING:
    from semstyle.farm.monitor.meters import Meters
    from semstyle.farm.monitor.notice import Notices

LOGGER = logging.getLogger("semstyle.farm")
LOGGER.addHandler(logging.NullHandler())  # silent unless someone listens; see `event_log.logged_to`
FIELDS = "semstyle"
"""The attribute of a log record that holds the event's fields."""


@dataclass(frozen=True)
class Journal:
    """Notes the events of one run.

    Attributes:
        meters: The run's metrics; None while there is no cluster to show them.
        notices: Tells people of what they asked to be told; None when they did not.
    """

    run_id: str
    highlights: Highlights = field(default_factory=Highlights)
    meters: Meters | None = None
    notices: Notices | None = None

    def run_started(self, manifest: str, out: str, renders: int) -> None:
        """Note that the run has begun.

        Args:
            manifest, out: URIs without credentials.
        """
        self._note("run started", manifest=manifest, out=out, renders=renders)

    def run_ended(self, status: Status) -> None:
        counts = status.model_dump(include={"state", "rendered", "skipped", "failed", "failed_before", "lost", "left"})
        level = logging.ERROR if status.state == "failed" else logging.INFO
        self._note("run ended", level, **counts, message=status.last_error if status.state == "failed" else None)
        if self.notices:
            self.notices.run_ended(status)

    def paused(self) -> None:
        """Note that somebody wants nothing to be launched."""
        self._note("run paused")

    def resumed(self) -> None:
        self._note("run resumed")

    def cancelled(self) -> None:
        """Note that somebody wants the run to stop."""
        self._note("run cancelled", logging.WARNING)

    def launched(self, assignment: Assignment) -> None:
        self._note("attempt launched", **place(assignment))

    def started(self, assignment: Assignment, started: Started) -> None:
        self._note("attempt started", **place(assignment, started))

    def committed(self, assignment: Assignment, started: Started | None, answer: Committed) -> None:
        self.highlights.rendered(assignment.row.render_id, answer.seconds)
        if self.meters:
            self.meters.rendered(answer.seconds)
        how: dict[str, Any] = {"seconds": round(answer.seconds, 3), "ours": answer.ours}
        if answer.resumed_phases:
            how["resumed_phases"] = answer.resumed_phases
        self._note("attempt committed", **place(assignment, started), **how)
        if answer.remarks:
            self.highlights.is_remarked(assignment.row.render_id, answer.remarks[0])
        for remark in answer.remarks:
            self._note("attempt remarked", logging.WARNING, **place(assignment, started), message=remark)

    def failed(self, assignment: Assignment, started: Started | None, failed: Failed) -> None:
        reason: dict[str, Any] = {"class": str(failed.kind), "message": failed.message}
        self._note("attempt failed", logging.WARNING, **place(assignment, started), **reason)

    def retried(self, assignment: Assignment, failed: Failed, delay: float) -> None:
        """Note that a row will be tried again.

        Args:
            assignment: The assignment of the next attempt.
            delay: Seconds until then, at least.
        """
        if self.meters:
            self.meters.retried(failed.kind)
        reason: dict[str, Any] = {"class": str(failed.kind), "delay": round(delay, 1)}
        self._note("row to be retried", **place(assignment), **reason)

    def quarantined(self, render_id: str, failed: Failed, attempts: int) -> None:
        self.highlights.failed(render_id, failed)
        reason: dict[str, Any] = {"class": str(failed.kind), "message": failed.message}
        self._note("row quarantined", logging.ERROR, render_id=render_id, attempts=attempts, **reason)

    def lost(self, render_id: str) -> None:
        """Note that a render that was committed is not there any more."""
        self.highlights.is_lost(render_id)
        self._note("row lost", logging.ERROR, render_id=render_id)

    def node_lost(self, node: str) -> None:
        self._note("node lost", logging.WARNING, node=node)

    def node_avoided(self, node: str, address: str | None, reason: str, seconds: float) -> None:
        """Note that nothing is sent to a node for so many ``seconds``."""
        self._note("node avoided", logging.WARNING, node=node, address=address, message=reason, seconds=seconds)

    def node_tried_again(self, node: str) -> None:
        """Note that a node's time is over, and the next attempt there decides."""
        self._note("node tried again", node=node)

    def node_cleared(self, node: str) -> None:
        """Note that something was rendered on a node that had been avoided."""
        self._note("node cleared", node=node)

    def nodes_pardoned(self) -> None:
        self._note(
            "nodes pardoned", logging.WARNING, message="no node is left that nothing dies on, so all are used again"
        )

    def storage_lost(self) -> None:
        self._note("storage lost", logging.WARNING)

    def storage_awaited(self, message: str) -> None:
        """Note that a call into storage waits to be made again.

        Args:
            message: Why it waits; one line without credentials.
        """
        self._note("storage awaited", logging.WARNING, message=message)

    def storage_back(self, seconds: float) -> None:
        self._note("storage back", seconds=round(seconds, 1))

    def stop_asked(self, left: int) -> None:
        self._note("stop asked", logging.WARNING, left=left)

    def _note(self, event: str, level: int = logging.INFO, **fields: Any) -> None:
        if LOGGER.isEnabledFor(level):
            LOGGER.log(level, event, extra={FIELDS: {"run_id": self.run_id, **fields}})


def place(assignment: Assignment, started: Started | None = None) -> dict[str, Any]:
    """Return fields that say which attempt at which render this is, and where it runs."""
    attempt = {"render_id": assignment.row.render_id, "attempt": len(assignment.history) + 1}
    return {**attempt, "node": started.node, "pid": started.pid} if started else attempt
