"""Making a render count: its files first, then its record, which only one attempt can create."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType

from semstyle.farm.errors import FarmError
from semstyle.farm.output.layout import image_path, record_path, recorded_image
from semstyle.farm.output.read_records import read_record
from semstyle.farm.output.record import MAPS
from semstyle.image_formats import PNG
from semstyle.storage import Folder

DIGEST_COLUMNS = ["render_id", "image", "image_sha256", MAPS]


def commit(
    folder: Folder,
    render_id: str,
    image: bytes,
    make_record: Callable[[str], bytes],
    maps: Mapping[str, bytes] = MappingProxyType({}),
    format_name: str = PNG.name,
) -> bool:
    """Store a render; others may be storing the same one. A record whose image is gone is replaced.

    Args:
        make_record: Makes the record's bytes, given the image's SHA-256.
        maps: Path → content of the maps that were made for it.
        format_name: The format of ``image``.

    Returns:
        False when another attempt's record was there before ours.
    """
    place = image_path(render_id, format_name)
    if folder.exists(record_path(render_id)):
        if folder.exists(place):
            return False
        folder.delete(record_path(render_id))
    files = {**maps, place: image}
    write(folder, files)
    record = make_record(sha256(image))
    if folder.create(record_path(render_id), record):
        return True
    keep_consistent(folder, render_id, files, record)
    return False


def write(folder: Folder, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        folder.write(path, content)


def keep_consistent(folder: Folder, render_id: str, files: Mapping[str, bytes], record: bytes) -> None:
    """Make files and record fit each other after another attempt has created the record first.

    If a file of ours has replaced one of theirs, all files and the record are made ours: two attempts at one render may
    differ in their last bits, and a record must not describe the other's files.
    """
    recorded = recorded_digests(folder, render_id)
    if any(sha256(folder.read(path)) != recorded.get(path) for path in files):
        write(folder, files)
        folder.write(record_path(render_id), record)


def recorded_digests(folder: Folder, render_id: str) -> dict[str, str]:
    """Read from a record what its image and maps should be: path → SHA-256.

    Raises:
        FarmError: when it is not a record of that render.
    """
    rows = read_record(folder, render_id, DIGEST_COLUMNS).to_pylist()
    if len(rows) != 1 or rows[0].get("render_id") != render_id:
        raise FarmError("the record is another render's")
    return {recorded_image(rows[0]): rows[0]["image_sha256"], **dict(rows[0].get(MAPS) or ())}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
