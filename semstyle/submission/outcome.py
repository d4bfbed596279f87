"""How a job's run ended, as its output folder says; what Ray says of the job counts where the folder says nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel

from semstyle.farm import Status, read_status, verify
from semstyle.farm.errors import FarmError
from semstyle.farm.monitor.status import ENDED
from semstyle.farm.output.job import Run, read_job
from semstyle.storage import Folder
from semstyle.submission.job_state import JobState

FINISHED, LOST, FAILURES, STOPPED = 0, 1, 3, 130
OWN_CODES = {1, 2, 3, 4, STOPPED}
"""Exit codes by which a run says that not all rows are rendered."""
COUNTED = ("renders", "skipped", "rendered", "failed", "failed_before", "lost", "left")

Ending = Literal["finished", "stopped", "failed", "detached", "submitted"]


class Outcome(BaseModel):
    """What became of a job.

    Attributes:
        run: The id of its run in ``job.json``; None when there is none.
        counts: The run's counts, as its status has them.
        message: Why it ended so, where that is known.
    """

    job: str
    out: str
    state: Ending
    exit_code: int
    run: str | None = None
    counts: dict[str, int] = {}
    message: str = ""


@dataclass(frozen=True)
class Traces:
    """What a job has left in its output folder until now."""

    run: Run | None = None
    status: Status | None = None

    @property
    def state(self) -> str | None:
        """How the run ended; None while nothing says that it has."""
        states = [self.status and self.status.state, self.run and self.run.state]
        return next((state for state in states if state in ENDED), None)


def read_traces(folder: Folder, job_id: str) -> Traces:
    """Look for the run that the job ``job_id`` has begun.

    Raises:
        StorageError: when the folder cannot be read.
    """
    job = read_job(folder)
    run = next((run for run in reversed(job.runs if job else []) if run.submission == job_id), None)
    if run is None:
        return Traces()
    try:
        status = read_status(folder.uri)
    except FarmError:
        return Traces(run)
    own = [one for one in (*status.shards, status) if one.run_id == run.run_id]
    return Traces(run, own[0] if own else None)


def outcome(folder: Folder, out: str, job_id: str, traces: Traces, job: JobState | None) -> Outcome:
    """Judge a job that is over.

    Args:
        out: The folder's URI without credentials.
        job: What Ray says, if the head could be asked.
    """
    state = traces.state
    if state == "finished":
        code, message = finished(folder, traces)
        ending: Ending = "finished"
    elif state == "stopped" or (state is None and job and job.name == "STOPPED"):
        ending, code = "stopped", STOPPED
        message = (
            ""
            if state
            else (
                "Ray ended the job before its run could say so; RAY_JOB_STOP_WAIT_TIME_S on the head gives it more time"
            )
        )
    else:
        ending, code, message = "failed", *failed(traces, job, out)
    status = traces.status
    return Outcome(
        job=job_id,
        out=out,
        state=ending,
        exit_code=code,
        run=traces.run.run_id if traces.run else None,
        counts={name: getattr(status, name) for name in COUNTED} if status else {},
        message=message,
    )


def finished(folder: Folder, traces: Traces) -> tuple[int, str]:
    """Return the exit code of a run that went through: 0 only when each of its rows is committed."""
    status = traces.status
    if status is None or status.state != "finished":  # the last status was not stored, so look at what is there
        found = verify(folder.uri)
        is_whole = not (found.missing or found.failures)
    else:
        is_whole = not (status.left or status.lost or status.failed or status.failed_before)
    return (FINISHED, "") if is_whole else (FAILURES, "not every row is rendered")


def failed(traces: Traces, job: JobState | None, out: str) -> tuple[int, str]:
    """Return the exit code of a run that did not go through, and why."""
    status, code = traces.status, job.exit_code if job else None
    if traces.run is None and job and job.name == "SUCCEEDED":
        return LOST, (
            f"the job ended well, but {out} has no run of it as seen from here: is it the same place there, and the "
            "same version of semstyle?"
        )
    if status is not None and status.state == "failed":
        reason = status.last_error or ""
        return (code if code in OWN_CODES else FAILURES if status.failed else LOST), reason
    if code in OWN_CODES:
        return code, "" if job is None else job.message
    if traces.run is None:
        return LOST, (job.message if job else "") or "the job has not begun, and its cluster does not know it any more"
    return LOST, "the job's driver is gone without a word; the same command continues what it has begun"
