"""What a run leaves in its output folder, written as the run itself would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from semstyle.farm import Status
from semstyle.farm.output.job import Job, Run, write_job
from semstyle.farm.output.layout import STATUS
from semstyle.storage import Folder

JOB_ID = "semstyle-0123456789ab"


def make_status(state: str, run_id: str = "run", age: float = 0.0, **values: Any) -> Status:
    """A status of four renders, of which none is done unless ``values`` says so; written ``age`` seconds ago."""
    now = datetime.now(UTC)
    counts: dict[str, Any] = dict.fromkeys(
        ("duplicates", "skipped", "rendered", "failed", "failed_before", "retries", "left"), 0
    )
    counts |= {"renders": 4, **values}
    written = now - timedelta(seconds=age)
    return Status(run_id=run_id, state=state, manifest="m", started_at=now, updated_at=written, **counts)  # type: ignore[arg-type]


def leave(
    out: Path, status: Status | None, state: str = "running", submission: str | None = JOB_ID, manifest: str = "m"
) -> Folder:
    """Write ``job.json`` with one run in ``state``, begun by the job ``submission``, and ``status.json``."""
    folder = Folder(str(out))
    run = Run(
        run_id="run",
        started_at=datetime.now(UTC),
        state=state,
        host="host",
        pid=1,
        manifest_digest="0",
        submission=submission,
    )
    write_job(folder, Job(manifest=manifest, manifest_digest="0", options={}, runs=[run]))
    if status is not None:
        folder.write(STATUS, status.as_json())
    return folder
