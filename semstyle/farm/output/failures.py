"""``failures/``: rows that will not be rendered, each with its reason."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from semstyle import __version__
from semstyle.farm.attempt import Attempt, Failed, FailureClass
from semstyle.farm.output.layout import checkpoint_path, committed_ids, failed_ids, failure_path
from semstyle.farm.output.ledger import Ledger
from semstyle.manifest import BadRow, Row
from semstyle.storage import Folder, MissingObjectError, StorageError, at_once, one_line, redact

LONGEST_TRACEBACK = 20_000
WRITERS = 16
MOST_WAITING = 4 * WRITERS
SLOW_SECONDS = 0.005
"""When writes take longer than this on average, other threads make them; shorter ones are not worth handing over."""
SMOOTHING = 0.2
UNREADABLE = "unreadable"
"""What stands for the class of a failure whose file is damaged."""


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
    """The content of ``failures/<id>.json``. No text in it holds credentials."""

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
    """Writes and removes the failures of one run; on slow storage it writes several at once.

    Each method may raise the :class:`StorageError` that kept an earlier failure from being written.

    Args:
        ledger: Knows which rows were in quarantine before.
    """

    def __init__(self, folder: Folder, run_id: str, ledger: Ledger) -> None:
        self._folder = folder
        self._run_id = run_id
        self._ledger = ledger
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="quarantine")
        self._waiting: deque[Future[None]] = deque()
        self._seconds = 0.0

    def add(self, row: Row | BadRow, failed: Failed, attempts: Sequence[Attempt] = ()) -> None:
        """Write the failure of ``row`` soon, over an earlier one; what its attempts have left behind is removed."""
        if self._seconds < SLOW_SECONDS and self._stored_at_once(row, failed, attempts):
            return
        while not self.has_room(1.0):
            continue
        self._waiting.append(self._writers.submit(self._store, row, failed, attempts))

    def _stored_at_once(self, row: Row | BadRow, failed: Failed, attempts: Sequence[Attempt]) -> bool:
        """Try to write a failure in this thread, without waiting for storage; returns whether that was done."""
        begun = time.monotonic()
        try:
            with at_once():
                self._store(row, failed, attempts)
        except StorageError as error:
            if not error.transient:
                raise
            self._seconds = SLOW_SECONDS
            return False
        self._seconds += SMOOTHING * (time.monotonic() - begun - self._seconds)
        return True

    def has_room(self, timeout: float = 0.0) -> bool:
        """Whether another failure can be taken without waiting; waits up to ``timeout`` seconds for room."""
        if len(self._waiting) >= MOST_WAITING:
            wait([self._waiting[0]], timeout)
        while self._waiting and self._waiting[0].done():
            self._waiting.popleft().result()
        return len(self._waiting) < MOST_WAITING

    def flush(self) -> None:
        """Wait until everything is written."""
        while self._waiting:
            self._waiting.popleft().result()

    def close(self) -> None:
        """Give up what is not written yet; the next run looks at those rows again."""
        self._writers.shutdown(wait=False, cancel_futures=True)

    def _store(self, row: Row | BadRow, failed: Failed, attempts: Sequence[Attempt]) -> None:
        failure = Failure(
            render_id=row.render_id,
            failure_class=failed.kind,
            message=failed.message,
            file=redacted(row.position.file),
            row=row.position.row,
            failed_at=datetime.now(UTC),
            run_id=self._run_id,
            attempts=[FailedAttempt(**dataclasses.asdict(attempt)) for attempt in attempts],
            traceback=failed.traceback[-LONGEST_TRACEBACK:],
        )
        content = failure.model_dump_json(indent=2, by_alias=True)
        # A power cut may take it away again, which costs another look at the row.
        self._folder.write(failure_path(row.render_id), content.encode(), durable=False)
        if attempts:
            self._folder.delete(checkpoint_path(row.render_id))

    def release(self, render_id: str) -> None:
        """Remove the failure of a row that has been rendered after all, if it has one."""
        if self._ledger.has_failure(render_id):
            self._folder.delete(failure_path(render_id))


def read_class(folder: Folder, render_id: str) -> str | None:
    """Return the class of a row's failure, or ``UNREADABLE``; None when it has left quarantine meanwhile."""
    try:
        return str(Failure.model_validate_json(folder.read(failure_path(render_id))).failure_class)
    except MissingObjectError:
        return None
    except ValidationError:  # a power cut may leave a part of one
        return UNREADABLE


def release_committed(folder: Folder) -> list[str]:
    """Remove the failures of rows that another run has rendered at the same time; returns their ids."""
    if not (failed := set(failed_ids(folder))):
        return []
    released = sorted(failed.intersection(committed_ids(folder)))
    for render_id in released:
        folder.delete(failure_path(render_id))
    return released


redacted, message_line = functools.lru_cache(16)(redact), functools.lru_cache(256)(one_line)
"""These remember their last results, as many rows have their file in common, and often their mistake."""


def bad_row_failure(row: BadRow) -> Failed:
    return Failed(FailureClass.INPUT, message_line(f"{row.column}: {row.message}"))
