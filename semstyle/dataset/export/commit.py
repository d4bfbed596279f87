"""``dataset.json``: the file that makes a data set whole, written last."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ValidationError

from semstyle import __version__
from semstyle.dataset.export.damage import Damaged
from semstyle.storage import Folder, MissingObjectError

DATASET = "dataset.json"
CHECKSUMS = "checksums.sha256"


class SplitCounts(BaseModel):
    """A split of a data set.

    Attributes:
        groups: How many groups of renders that share inputs it has.
        size: The bytes of its files.
    """

    renders: int
    groups: int
    size: int


class Dataset(BaseModel):
    """The content of ``dataset.json``; no text in it holds credentials.

    Attributes:
        fingerprint: A hash of everything that the data set is made of.
        source: The name of the run's output folder.
        splits: Those that have renders.
        damaged: Renders that are left out, as their files are not what was recorded; the first hundred.
        failures: Rows of the run that failed, by class.
        between_splits: How many renders are left out, as their inputs are in different splits.
        checksums_sha256: The SHA-256 of ``checksums.sha256``, which has those of all other files.
    """

    made_by: Literal["semstyle export"] = "semstyle export"
    semstyle_version: str = __version__
    fingerprint: str
    name: str
    format: str
    license: str
    source: str
    split_by: str
    shares: tuple[float, float, float]
    seed: int
    renders: int
    splits: dict[str, SplitCounts]
    damaged_count: int
    damaged: list[Damaged]
    failures: dict[str, int]
    between_splits: int = 0
    files: int
    size: int
    checksums_sha256: str


def read_dataset(folder: Folder) -> Dataset | None:
    """Return what ``dataset.json`` says; None when there is none of ours."""
    try:
        return Dataset.model_validate_json(folder.read(DATASET))
    except (MissingObjectError, ValidationError):
        return None
