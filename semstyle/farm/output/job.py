"""Reading and writing ``job.json``: what was run in a folder, and every run of it."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

from pydantic import BaseModel, ValidationError

from semstyle import __version__
from semstyle.farm.options import RunOptions
from semstyle.farm.output.layout import JOB
from semstyle.manifest import manifest_digest
from semstyle.manifest.choice import ALL, Choice
from semstyle.storage import Folder, MissingObjectError, redact

SUBMISSION = "SEMSTYLE_SUBMISSION"
"""The variable by which a job of Ray's knows its name, so that whoever handed it over finds its run."""


class Run(BaseModel):
    """One ``semstyle run`` into this folder; ``state`` stays ``running`` when it was killed or met an error.

    Attributes:
        submission: Ray's name for the job that it was, when ``semstyle submit`` handed it over.
    """

    run_id: str
    started_at: datetime
    ended_at: datetime | None = None
    state: str = "running"
    host: str
    pid: int
    manifest_digest: str
    force: bool = False
    where: str | None = None
    sample: int | None = None
    submission: str | None = None
    semstyle_version: str = __version__


class Job(BaseModel):
    """The last run's manifest and options, and all runs, oldest first. No URI in it holds credentials."""

    manifest: str
    manifest_digest: str
    options: dict[str, Any]
    semstyle_version: str = __version__
    runs: list[Run] = []

    @property
    def manifest_changed(self) -> bool:
        """Whether the run before had other rows."""
        return len(self.runs) > 1 and self.runs[-2].manifest_digest != self.manifest_digest

    @property
    def choices(self) -> list[Choice]:
        """Which rows of the manifest have been asked for: by any of its runs, or by one that had all rows."""
        choices = {
            Choice(run.where, run.sample): None for run in self.runs if run.manifest_digest == self.manifest_digest
        }
        return [ALL] if ALL in choices or not choices else list(choices)


def forced(runs: Sequence[Run]) -> frozenset[str]:
    """Return the ids of the last ``runs`` in a row that were to render everything again and that did not finish."""
    cut_short = takewhile(lambda run: run.force and run.state != "finished", reversed(runs))
    return frozenset(run.run_id for run in cut_short)


def begin_job(folder: Folder, manifest_uri: str, options: RunOptions) -> Job:
    """Add a run to the folder's job, which also shows that the folder can be written.

    Raises:
        StorageError: when it cannot be written.
    """
    before = read_job(folder)
    digest = manifest_digest(manifest_uri)
    run = Run(
        run_id=uuid.uuid4().hex[:12],
        started_at=datetime.now(UTC),
        host=socket.gethostname(),
        pid=os.getpid(),
        manifest_digest=digest,
        force=options.force,
        where=options.where and redact(options.where),
        sample=options.sample,
        submission=os.environ.get(SUBMISSION),
    )
    chosen = options.model_dump(mode="json")
    chosen["where"] = run.where
    chosen["allow_uri"] = [redact(prefix) for prefix in options.allow_uri]
    job = Job(
        manifest=redact(manifest_uri),
        manifest_digest=digest,
        options=chosen,
        runs=[*(before.runs if before else []), run],
    )
    write_job(folder, job)
    return job


def end_job(folder: Folder, job: Job, state: str) -> None:
    """Note how ``job``'s last run ended."""
    ours = job.runs[-1]
    ours.ended_at, ours.state = datetime.now(UTC), state
    stored = read_job(folder) or job  # other drivers may have begun or ended since
    # In the order in which they began, as they were added: their clocks may be wrong.
    runs = {run.run_id: run for run in stored.runs}
    stored.runs = list({**runs, ours.run_id: ours}.values())
    write_job(folder, stored)


def read_job(folder: Folder) -> Job | None:
    """Read the folder's job; None when nothing was run there, or ``job.json`` is another program's."""
    try:
        return Job.model_validate_json(folder.read(JOB))
    except (MissingObjectError, ValidationError):
        return None


def write_job(folder: Folder, job: Job) -> None:
    folder.write(JOB, job.model_dump_json(indent=2).encode())
