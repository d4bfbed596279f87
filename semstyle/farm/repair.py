"""Putting right what ``verify`` finds, so that the same ``semstyle run`` renders what is broken once more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from pydantic import ValidationError, computed_field

from semstyle.farm.errors import FarmError
from semstyle.farm.monitor.status import ENDED, HEARTBEAT_SECONDS, Status, read_status
from semstyle.farm.output.layout import SHARDS, STATUS, checkpoint_path, failure_path, record_path
from semstyle.farm.verify import OutputProblem, ProblemKind, Verification, find_problems, is_orphan, problem_with_record
from semstyle.storage import Folder

SECOND_LOOK_SECONDS = 2 * HEARTBEAT_SECONDS
SENT_BACK = (ProblemKind.BAD_RECORD, ProblemKind.MISSING)


class Repair(Verification):
    """What was wrong, and was put right as far as that is possible without rendering."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def to_render(self) -> int:
        """How many rows the next run renders: those that are missing, and those whose record was bad."""
        return sum(self.counts.get(kind, 0) for kind in SENT_BACK)


def repair(
    out_uri: str,
    manifest_uri: str | None = None,
    tell: Callable[[OutputProblem, str], None] = lambda problem, done: None,
) -> Repair:
    """Remove bad records, images without record, failures of rows that have been rendered, and leftover checkpoints.

    Nothing that is good is removed.

    Args:
        manifest_uri: The manifest; None for the one that ``job.json`` names.
        tell: Called with each problem and what was done about it.

    Raises:
        FarmError: when there is no run, when one is at work, or when its manifest is not known.
        StorageError: when something cannot be read or removed.
    """
    folder = Folder(out_uri)
    require_rest(out_uri)
    result = Repair()
    for problem in find_problems(folder, manifest_uri, result):
        result.add(problem)
        tell(problem, put_right(folder, problem))
    return result


def require_rest(out_uri: str) -> None:
    """Raise :class:`FarmError` unless the last run has ended: images may be waiting for their record."""
    folder = Folder(out_uri)
    open_ones = {path: status for path, status in statuses(folder) if status.state not in ENDED}
    if open_ones and all(status.is_silent for status in open_ones.values()):
        time.sleep(SECOND_LOOK_SECONDS)  # one whose clock is wrong seems silent, and goes on writing
        now = dict(statuses(folder))
        open_ones = {path: status for path, status in open_ones.items() if now.get(path, status) != status}
    for status in open_ones.values():
        raise FarmError(
            f"{folder.uri}: a run is at work here (heartbeat {status.updated_at:%H:%M:%S} UTC); stop it first, or "
            "wait a minute if it was killed"
        )


def statuses(folder: Folder) -> Iterator[tuple[str, Status]]:
    """Yield (path, status) of the run as a whole and of each driver with a shard."""
    yield STATUS, read_status(folder.uri)
    for name in sorted(folder.names(SHARDS)):
        path = f"{SHARDS}/{name}"
        with suppress(ValidationError):  # another program's file
            yield path, Status.model_validate_json(folder.read(path))


def put_right(folder: Folder, problem: OutputProblem) -> str:
    """Look at a problem again, and do what its kind asks for; returns what was done."""
    render_id = problem.render_id
    match problem.kind:
        case ProblemKind.BAD_RECORD if problem_with_record(folder, render_id):
            return removed(folder, record_path(render_id), "the next run renders it again")
        case ProblemKind.ORPHAN_IMAGE if problem.path and is_orphan(folder, render_id, problem.path):
            return removed(folder, problem.path)
        case ProblemKind.STALE_FAILURE if folder.exists(record_path(render_id)):
            return removed(folder, failure_path(render_id))
        case ProblemKind.LEFTOVER_CHECKPOINT:
            return removed(folder, checkpoint_path(render_id))
        case ProblemKind.MISSING:
            return "the next run renders it"
        case _:
            return "nothing, as it is right by now"


def removed(folder: Folder, path: str, then: str = "") -> str:
    folder.delete(path)
    return f"removed {path}" + (f"; {then}" if then else "")
