"""``latest``: a small object that names the newest good night, on disks and in buckets alike."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

from pydantic import BaseModel, ValidationError

from semstyle.dataset.export.export import OWN_PLACE
from semstyle.errors import InputError
from semstyle.storage import Folder, MissingObjectError, redact

LATEST = "latest"


class Latest(BaseModel):
    """The content of ``latest``; folders are named as they are called in the folder that ``latest`` is in.

    Attributes:
        folder: The night's, such as ``2026-11-28``.
        dataset: Its data set's, such as ``2026-11-28/dataset``.
    """

    made_by: Literal["semstyle nightly"] = "semstyle nightly"
    night: date
    folder: str
    dataset: str
    moved_at: datetime


def read_latest(root: Folder) -> date | None:
    """Return the night that ``latest`` names; None before the first.

    Raises:
        InputError: when something else is there.
        StorageError: when it cannot be read.
    """
    try:
        return Latest.model_validate_json(root.read(LATEST)).night
    except MissingObjectError:
        return None
    except ValidationError:
        raise InputError(
            f"{redact(root.location(LATEST))}: not what `semstyle nightly` writes there, or damaged; move it away"
        ) from None


def move_latest(root: Folder, night: date) -> date:
    """Let ``latest`` name ``night``, unless it names a later one; returns the night that it names then."""
    before = read_latest(root)
    if before is not None and before >= night:
        return before
    name = night.isoformat()
    found = Latest(night=night, folder=name, dataset=f"{name}/{OWN_PLACE}", moved_at=datetime.now(UTC))
    root.write(LATEST, found.model_dump_json(indent=2).encode())
    return night
