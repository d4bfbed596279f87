"""Checking an output folder: every record has its image, every row its record or its failure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from semstyle.farm.archive import in_order, read_record
from semstyle.farm.commit import sha256
from semstyle.farm.errors import FarmError
from semstyle.farm.job import read_job
from semstyle.farm.layout import committed_ids, failed_ids, image_path
from semstyle.manifest import read_rows
from semstyle.storage import Folder, MissingObjectError, redact

MOST_PROBLEMS = 100


class Verification(BaseModel):
    """What was checked, and what was wrong.

    Attributes:
        records: Records in the folder.
        failures: Rows in quarantine.
        missing: Rows of the manifest with neither.
        problem_count: All problems; ``problems`` holds the first hundred.
    """

    records: int = 0
    failures: int = 0
    missing: int = 0
    problem_count: int = 0
    problems: list[str] = []

    @property
    def is_good(self) -> bool:
        """Whether everything that has been committed is whole, and nothing is missing."""
        return not self.problem_count

    def add(self, problems: Iterable[str]) -> None:
        for problem in problems:
            self.problem_count += 1
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(problem)


def verify(out_uri: str, manifest_uri: str | None = None) -> Verification:
    """Check every record against its image's digest, and the manifest against records and failures.

    Args:
        manifest_uri: The one that ``job.json`` names when None.

    Raises:
        FarmError: when there is no run, or its manifest is not known.
        StorageError: when something cannot be read.
    """
    folder = Folder(out_uri)
    job = read_job(folder)
    if job is None:
        raise FarmError(f"{folder.uri}: no run here (job.json is missing); start one with `semstyle run`")
    committed = sorted(committed_ids(folder))
    failed = set(failed_ids(folder))
    result = Verification(records=len(committed), failures=len(failed))
    result.add(filter(None, in_order(lambda render_id: problem_with_image(folder, render_id), committed)))
    settled = {render_id.lower() for render_id in (*committed, *failed)}
    damaged = result.problem_count
    result.add(missing_rows(manifest_uri or job.manifest, settled))
    result.missing = result.problem_count - damaged
    return result


def problem_with_image(folder: Folder, render_id: str) -> str | None:
    """What is wrong with a record or its image, or None."""
    try:
        table = read_record(folder, render_id, ["render_id", "image_sha256"])
        image = folder.read(image_path(render_id))
    except MissingObjectError as error:
        return str(error)
    except FarmError as error:
        return str(error)
    if table.num_rows != 1 or table["render_id"][0].as_py() != render_id:
        return f"{render_id}: the record is another render's; remove it and run again"
    if table["image_sha256"][0].as_py() != sha256(image):
        return f"{render_id}: the image is not the one that was recorded; remove the record and run again"
    return None


def missing_rows(manifest_uri: str, settled: set[str]) -> Iterator[str]:
    for row in read_rows(manifest_uri):
        key = row.render_id.lower()
        if key not in settled:
            settled.add(key)  # two rows with one id are missing once
            yield f"{row.render_id}: not rendered yet (row {row.position.row} of {redact(row.position.file)})"
