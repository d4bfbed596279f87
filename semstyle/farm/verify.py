"""Checking that in an output folder every record has its image, and every row its record or failure, and no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum

from pydantic import BaseModel, computed_field

from semstyle.farm.errors import FarmError
from semstyle.farm.many_at_once import in_order
from semstyle.farm.output.commit import recorded_digests, sha256
from semstyle.farm.output.job import read_job
from semstyle.farm.output.layout import (
    checkpoint_ids,
    committed_ids,
    failed_ids,
    image_paths,
    pictures,
    record_path,
)
from semstyle.manifest import read_rows
from semstyle.manifest.choice import Choice, is_chosen
from semstyle.storage import Folder, MissingObjectError, redact

MOST_PROBLEMS = 100


class ProblemKind(StrEnum):
    """What can be wrong with an output folder; each kind has its own repair."""

    BAD_RECORD = "bad record"
    """A record that cannot be read, belongs to another render, or whose image is missing or has been replaced."""
    ORPHAN_IMAGE = "orphan image"
    """An image or map without a record, which no render will replace: its worker died after storing it, and the row
    was given up. Or an image in another format than the one that is recorded.
    """
    STALE_FAILURE = "stale failure"
    """A row in quarantine that has been rendered."""
    LEFTOVER_CHECKPOINT = "leftover checkpoint"
    """A half-done render that no run will go on with: its row is settled, or not in the manifest any more."""
    MISSING = "missing"
    """A row with neither record nor failure."""


class OutputProblem(BaseModel):
    """One thing that is wrong with one render.

    Attributes:
        path: The path of the file that should not be there, if that is what is wrong.
    """

    kind: ProblemKind
    render_id: str
    message: str
    path: str | None = None

    def __str__(self) -> str:
        return f"{self.render_id}: {self.message}"


class Verification(BaseModel):
    """What was checked, and what was wrong.

    Attributes:
        records: How many records there are in the folder.
        failures: How many rows are in quarantine.
        counts: How many problems of each kind there are; ``problems`` holds the first hundred.
    """

    records: int = 0
    failures: int = 0
    counts: dict[ProblemKind, int] = {}
    problems: list[OutputProblem] = []

    @computed_field  # type: ignore[prop-decorator]
    @property
    def problem_count(self) -> int:
        return sum(self.counts.values())

    @computed_field  # type: ignore[prop-decorator]
    @property
    def missing(self) -> int:
        """How many rows of the manifest have neither record nor failure."""
        return self.counts.get(ProblemKind.MISSING, 0)

    @property
    def is_good(self) -> bool:
        """Whether everything that was committed is whole, nothing is missing, and nothing is left over."""
        return not self.problem_count

    def add(self, problem: OutputProblem) -> None:
        self.counts[problem.kind] = self.counts.get(problem.kind, 0) + 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)


def verify(out_uri: str, manifest_uri: str | None = None) -> Verification:
    """Check every record against its image's digest, and the manifest against records and failures.

    Args:
        manifest_uri: The manifest; None for the one that ``job.json`` names.

    Raises:
        FarmError: when there is no run, or its manifest is not known.
        StorageError: when something cannot be read.
    """
    folder = Folder(out_uri)
    result = Verification()
    for problem in find_problems(folder, manifest_uri, result):
        result.add(problem)
    return result


def find_problems(folder: Folder, manifest_uri: str | None, result: Verification) -> Iterator[OutputProblem]:
    """Yield each problem as it is found; the counts of what is there are entered into ``result``."""
    job = read_job(folder)
    if job is None:
        raise FarmError(f"{folder.uri}: no run here (no job.json of semstyle's); start one with `semstyle run`")
    committed = set(committed_ids(folder))
    failed = set(failed_ids(folder))
    result.records, result.failures = len(committed), len(failed)
    yield from filter(None, in_order(lambda render_id: problem_with_record(folder, render_id), sorted(committed)))
    for render_id in sorted(failed & committed):
        yield OutputProblem(kind=ProblemKind.STALE_FAILURE, render_id=render_id, message="in failures/, and rendered")
    missing = set()
    settled = {render_id.lower() for render_id in committed | failed}
    for problem in missing_rows(manifest_uri or job.manifest, settled, job.choices):
        missing.add(problem.render_id)
        yield problem
    yield from orphans(folder, committed, missing)
    for render_id in checkpoint_ids(folder):
        if render_id not in missing:
            message = "a checkpoint of a render that is not to be done"
            yield OutputProblem(kind=ProblemKind.LEFTOVER_CHECKPOINT, render_id=render_id, message=message)


def orphans(folder: Folder, committed: set[str], missing: set[str]) -> Iterator[OutputProblem]:
    """Yield the images and maps that should not be there.

    Args:
        committed, missing: Ids of renders with a record, and of those that are still to be made, which will write over
            what is there.
    """
    met: set[str] = set()
    doubled: set[str] = set()
    for render_id, path in pictures(folder):
        is_image = path in image_paths(render_id)
        if render_id not in committed and render_id not in missing:
            message = "an image without record" if is_image else "a map without record"
            yield OutputProblem(kind=ProblemKind.ORPHAN_IMAGE, render_id=render_id, message=message, path=path)
        elif is_image:
            (doubled if render_id in met else met).add(render_id)
    for render_id in sorted(doubled & committed):
        for path in image_paths(render_id):
            if folder.exists(path) and is_orphan(folder, render_id, path):
                message = "an image in another format than the one that was recorded"
                yield OutputProblem(kind=ProblemKind.ORPHAN_IMAGE, render_id=render_id, message=message, path=path)


def is_orphan(folder: Folder, render_id: str, path: str) -> bool:
    """Whether the render has no record, or one that is of an image in another format than the image at ``path``."""
    if not folder.exists(record_path(render_id)):
        return True
    try:
        return path in image_paths(render_id) and path not in recorded_digests(folder, render_id)
    except (MissingObjectError, FarmError):
        return False


def problem_with_record(folder: Folder, render_id: str) -> OutputProblem | None:
    """Return what is wrong with a record, its image or its maps, or None."""
    message = None
    try:
        for path, digest in recorded_digests(folder, render_id).items():
            if sha256(folder.read(path)) != digest:
                what = "image" if path in image_paths(render_id) else "map"
                message = message or f"the {what} is not the one that was recorded"
    except (MissingObjectError, FarmError) as error:
        message = str(error)
    return (message and OutputProblem(kind=ProblemKind.BAD_RECORD, render_id=render_id, message=message)) or None


def missing_rows(manifest_uri: str, settled: set[str], choices: Sequence[Choice]) -> Iterator[OutputProblem]:
    """Yield the rows that some run was to render, by ``choices``, and that are not settled."""
    asked_for = [(choice, choice.last_hash(read_rows(manifest_uri))) for choice in choices]
    for row in read_rows(manifest_uri):
        key = row.render_id.lower()
        if key not in settled and any(is_chosen(row, *asked) for asked in asked_for):
            settled.add(key)  # two rows with one id are missing once
            place = f"row {row.position.row} of {redact(row.position.file)}"
            yield OutputProblem(
                kind=ProblemKind.MISSING, render_id=row.render_id, message=f"not rendered yet ({place})"
            )
