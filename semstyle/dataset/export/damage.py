"""Reading a render that goes into a data set, and telling those that cannot."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from semstyle.dataset.export.formats.columns import READ, row_values
from semstyle.dataset.export.plan import Planned
from semstyle.farm.errors import FarmError
from semstyle.farm.output.commit import sha256
from semstyle.farm.output.layout import IMAGES
from semstyle.farm.output.read_records import read_listed, read_record
from semstyle.report.results import rows_of
from semstyle.storage import Folder, MissingObjectError, redact

IMAGE_TYPES = {".png": "image/png", ".webp": "image/webp", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


@dataclass(frozen=True)
class Verified:
    """A render whose image is the one that its record names.

    Attributes:
        row: Its values by column.
        suffix: The end of its image's name, such as ``.png``.
    """

    render_id: str
    row: Mapping[str, Any]
    image: bytes
    suffix: str


class Damaged(BaseModel):
    """A render that is left out of a data set, and why."""

    render_id: str
    why: str


def read_render(folder: Folder, planned: Planned, tags: Mapping[str, str]) -> Verified | Damaged:
    """Read a render's record and image, and check one against the other.

    Args:
        tags: Tag name → column.

    Raises:
        FarmError: when the record is not the one that was planned with.
        StorageError: when storage gives out.
    """
    try:
        records = list(rows_of(read_record(folder, planned.render_id, READ), READ))
    except MissingObjectError:
        return Damaged(render_id=planned.render_id, why="its record is gone")
    if len(records) != 1 or records[0]["render_id"] != planned.render_id:
        raise FarmError(f"{redact(folder.uri)}: the record of {planned.render_id} is another render's")
    record = records[0]
    if (record["image_sha256"], record["started_at"]) != (planned.image_sha256, planned.began):
        raise FarmError(
            f"{redact(folder.uri)}: {planned.render_id} was rendered again since results/ was written; "
            "let `semstyle run` finish first"
        )
    suffix = posixpath.splitext(record["image"] or "")[1]
    path = f"{IMAGES}/{planned.render_id}{suffix}"
    if record["image"] != path or suffix not in IMAGE_TYPES:
        return Damaged(render_id=planned.render_id, why="its record names another file")
    try:
        image = read_listed(folder, path)
    except MissingObjectError:
        return Damaged(render_id=planned.render_id, why="its image is gone")
    if sha256(image) != planned.image_sha256:
        return Damaged(render_id=planned.render_id, why="its image is not the one that was recorded")
    return Verified(planned.render_id, row_values(record, planned.group, planned.split, tags), image, suffix)
