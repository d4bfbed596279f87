"""Telling a file from an older or newer one of the same name, by what its file system says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from semstyle.storage.allow_list import AllowList
from semstyle.storage.errors import translated
from semstyle.storage.filesystem import open_filesystem
from semstyle.storage.patience import retried
from semstyle.storage.reading import info_of

TIMES = ("mtime", "LastModified")
VERSIONS = ("ETag", "etag", "generation")


def telling(info: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of fsspec's ``info`` that change when the file is replaced or written over."""
    return {name: info[name] for name in ("size", "ino", *TIMES, *VERSIONS) if name in info}


@retried
def file_stamp(uri: str, allow: AllowList | None = None) -> str | None:
    """Return a text that is another once the file's content is another; None where its storage says too little.

    It holds the file's size, and its version where the store has one (such as the ETag), else its time.

    Raises:
        StorageError: when the file is not there, or its storage does not answer.
    """
    filesystem, path = open_filesystem(uri, allow)
    with translated(uri):
        info = info_of(filesystem, path)
    for names in (VERSIONS, TIMES):
        if told := [f"{name}={info[name]}" for name in names if info.get(name)]:
            return " ".join([f"size={info.get('size')}", *told])
    return None
