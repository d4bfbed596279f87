"""Which files a render was made from, to tell later whether they have changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from semstyle.images import MAX_BYTES
from semstyle.storage import (
    AllowList,
    StorageError,
    UnsuitableFileError,
    file_stamp,
    file_version,
    local_path,
    read_bytes,
    redact,
)
from semstyle.storage.location import split_scheme


@dataclass(frozen=True)
class InputFile:
    """A file as it was when a render read it.

    Attributes:
        uri: Where it is, without credentials.
        sha256: The SHA-256 of its content; None for weights and networks in a store, which would have to be read again.
        stamp: See :func:`semstyle.storage.file_stamp`.
    """

    uri: str
    sha256: str | None
    stamp: str | None


def read_input(uri: str, allow: AllowList) -> tuple[bytes, InputFile]:
    """Return the content of an image or a map, and which file that was.

    Raises:
        StorageError: when it cannot be read, is too large, or ``allow`` does not allow it.
    """
    stamp = stamp_of(uri, allow)  # before the content: one that is written over meanwhile has another by then
    data = read_bytes(uri, MAX_BYTES, allow)
    return data, InputFile(redact(uri), hashlib.sha256(data).hexdigest(), stamp)


def large_input(uri: str, allow: AllowList) -> InputFile:
    """Say which file, of weights or of a network, is at ``uri`` now."""
    return large_file(uri, allow, file_version(uri, allow))


@lru_cache(maxsize=64)
def large_file(uri: str, allow: AllowList, version: str) -> InputFile:
    """Say which file is at ``uri``; as a part of the cache's key, ``version`` lets a changed file be looked at anew."""
    return InputFile(redact(uri), large_sha256(uri, allow) if is_on_disk(uri) else None, stamp_of(uri, allow))


def large_sha256(uri: str, allow: AllowList) -> str:
    with local_path(uri, allow) as path, path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_on_disk(uri: str) -> bool:
    return split_scheme(uri)[0] == "file"


def stamp_of(uri: str, allow: AllowList) -> str | None:
    """Return the file's stamp, or None when its server has none: not every one that sends a page also describes it."""
    try:
        return file_stamp(uri, allow)
    except StorageError:
        return None


def has_changed(file: InputFile, uri: str, allow: AllowList) -> bool | None:
    """Whether another file than ``file`` is at ``uri`` now; None when that cannot be told, as when nothing is there.

    The file is read only when its stamp is another. Without a SHA-256 to compare, another stamp means another file.
    """
    try:
        allow.check(uri)
        stamp = file_stamp(uri, allow)
        if stamp is not None and stamp == file.stamp:
            return False
        if file.sha256 is None:
            return None if stamp is None or file.stamp is None else True
        if is_on_disk(uri):
            return large_sha256(uri, allow) != file.sha256
        return hashlib.sha256(read_bytes(uri, MAX_BYTES, allow)).hexdigest() != file.sha256
    except UnsuitableFileError:
        return True
    except StorageError:
        return None
