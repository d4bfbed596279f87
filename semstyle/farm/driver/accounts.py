"""Keeping account of a run: its rows, its events and its failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semstyle.farm.attempt import Assignment, Attempt, Committed, Failed, Started
from semstyle.farm.monitor.journal import Journal
from semstyle.farm.output.failures import Quarantine
from semstyle.farm.output.ledger import Ledger
from semstyle.farm.rows.plan import Tally
from semstyle.manifest import BadRow, Row


@dataclass(frozen=True)
class Accounts:
    """Notes how each row ended, in all the places that need to know.

    Attributes:
        tally: Counts rows by what became of them.
        ledger: Knows the ids that are committed.
        journal: Logs events.
        quarantine: Writes the files of rows that failed.
    """

    tally: Tally
    ledger: Ledger
    journal: Journal
    quarantine: Quarantine

    def committed(self, assignment: Assignment, started: Started | None, answer: Committed) -> None:
        """Note that a row was rendered, perhaps after it had failed in an earlier run."""
        self.tally.rendered += 1
        self.tally.workload.finish(assignment.row.render_id, answer.seconds)
        self.ledger.commit(assignment.row.render_id)
        self.journal.committed(assignment, started, answer)
        self.quarantine.release(assignment.row.render_id)

    def retried(self, assignment: Assignment, failed: Failed, delay: float) -> None:
        """Note that a row is tried again after ``delay`` seconds; ``assignment`` is the next attempt's."""
        self.tally.retries += 1
        self.journal.retried(assignment, failed, delay)

    def given_up(self, row: Row | BadRow, failed: Failed, history: Sequence[Attempt]) -> None:
        """Note that a row has failed for good."""
        self.quarantine.add(row, failed, history)
        self.journal.quarantined(row.render_id, failed, len(history))
        self.tally.failed += 1
        self.tally.workload.drop(row.render_id)
        if self.journal.notices:
            self.journal.notices.row_failed(row.render_id, failed, self.tally)
