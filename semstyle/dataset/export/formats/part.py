"""What is known of a part of a data set once it is written."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ValidationError

from semstyle.dataset.export.damage import Damaged
from semstyle.dataset.export.plan import Part
from semstyle.farm.output.commit import sha256
from semstyle.storage import Folder, MissingObjectError

PARTS = "parts"
"""Where the notes of written parts are until the data set is whole."""


class WrittenFile(BaseModel, frozen=True):
    """A file of a data set: its path, digest and size in bytes."""

    path: str
    sha256: str
    size: int


class WrittenPart(BaseModel):
    """A part that is written, also the note from which an interrupted export goes on.

    Attributes:
        files: All its files; none when all of its renders were damaged.
        renders: How many renders are in it.
        suffixes: The ends of its images' names.
    """

    split: str
    files: list[WrittenFile]
    renders: int
    suffixes: list[str]
    damaged: list[Damaged]


def written_file(path: str, data: bytes) -> WrittenFile:
    return WrittenFile(path=path, sha256=sha256(data), size=len(data))


def note_path(part: Part) -> str:
    return f"{PARTS}/{part.split}-{part.number:05d}.json"


def noted_part(folder: Folder, part: Part) -> WrittenPart | None:
    """Return the note of a part that an interrupted export has written already."""
    try:
        return WrittenPart.model_validate_json(folder.read(note_path(part)))
    except (MissingObjectError, ValidationError):
        return None


def joined_suffixes(parts: Iterable[WrittenPart]) -> list[str]:
    return sorted({suffix for part in parts for suffix in part.suffixes})
