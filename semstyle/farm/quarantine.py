"""``failures/``: rows that will not be rendered, each with its reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field

from semstyle import __version__
from semstyle.farm.attempt import Attempt, Failed, FailureClass
from semstyle.farm.layout import checkpoint_path, committed_ids, failed_ids, failure_path
from semstyle.farm.ledger import Ledger
from semstyle.manifest import BadRow, Row
from semstyle.storage import Folder, one_line, redact

LONGEST_TRACEBACK = 20_000


class FailedAttempt(BaseModel):
    """One attempt in a failure's file; see :class:`semstyle.farm.attempt.Attempt`."""

    run_id: str
    outcome: str
    node: str | None
    pid: int | None
    started_at: datetime
    seconds: float
    error: str
    batch: int = 1


class Failure(BaseModel):
    """``failures/<id>.json``. No text in it holds credentials."""

    model_config = ConfigDict(validate_by_name=True)

    render_id: str
    failure_class: FailureClass = Field(validation_alias="class", serialization_alias="class")
    message: str
    file: str
    row: int
    failed_at: datetime
    run_id: str
    attempts: list[FailedAttempt]
    traceback: str = ""
    semstyle_version: str = __version__


class Quarantine:
    """Writes and removes the failures of one run.

    Args:
        ledger: Knows which rows were in quarantine before.
    """

    def __init__(self, folder: Folder, run_id: str, ledger: Ledger) -> None:
        self._folder = folder
        self._run_id = run_id
        self._ledger = ledger

    def add(self, row: Row | BadRow, failed: Failed, attempts: Sequence[Attempt] = ()) -> None:
        """Put ``row`` away, over an earlier failure of it; what its attempts have left of it goes."""
        failure = Failure(
            render_id=row.render_id,
            failure_class=failed.kind,
            message=failed.message,
            file=redact(row.position.file),
            row=row.position.row,
            failed_at=datetime.now(UTC),
            run_id=self._run_id,
            attempts=[FailedAttempt(**dataclasses.asdict(attempt)) for attempt in attempts],
            traceback=failed.traceback[-LONGEST_TRACEBACK:],
        )
        content = failure.model_dump_json(indent=2, by_alias=True)
        self._folder.write(failure_path(row.render_id), content.encode())
        if attempts:
            self._folder.delete(checkpoint_path(row.render_id))

    def release(self, render_id: str) -> None:
        """Take out a row that has been rendered after all, if it was in."""
        if self._ledger.has_failure(render_id):
            self._folder.delete(failure_path(render_id))


def release_committed(folder: Folder) -> list[str]:
    """Take out rows that have a record: another run at the same time has rendered them. Returns their ids."""
    if not (failed := set(failed_ids(folder))):
        return []
    released = sorted(failed.intersection(committed_ids(folder)))
    for render_id in released:
        folder.delete(failure_path(render_id))
    return released


def bad_row_failure(row: BadRow) -> Failed:
    return Failed(FailureClass.INPUT, one_line(f"{row.column}: {row.message}"))
