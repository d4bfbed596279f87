"""Making a render count: the image first, then its record, which only one attempt can create."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable

import pyarrow.parquet as pq

from semstyle.farm.layout import image_path, record_path
from semstyle.storage import Folder


def commit(folder: Folder, render_id: str, image: bytes, make_record: Callable[[str], bytes]) -> bool:
    """Store a render, whoever else is storing the same one.

    Args:
        make_record: The record's bytes, given the image's SHA-256.

    Returns:
        False when another attempt's record was there before ours.
    """
    if folder.exists(record_path(render_id)):
        return False
    digest = sha256(image)
    folder.write(image_path(render_id), image)
    record = make_record(digest)
    if folder.create(record_path(render_id), record):
        return True
    keep_consistent(folder, render_id, digest, record)
    return False


def keep_consistent(folder: Folder, render_id: str, digest: str, record: bytes) -> None:
    """After losing a close race: when our image has replaced the winner's, its record must be ours too.

    Two attempts at one render may differ in their last bits, so a record must not describe the other's image.
    """
    stored = sha256(folder.read(image_path(render_id)))
    if stored == digest and recorded_digest(folder, render_id) != digest:
        folder.write(record_path(render_id), record)


def recorded_digest(folder: Folder, render_id: str) -> str:
    """The image's SHA-256 as the record has it."""
    table = pq.read_table(io.BytesIO(folder.read(record_path(render_id))), columns=["image_sha256"])
    digest: str = table["image_sha256"][0].as_py()
    return digest


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
