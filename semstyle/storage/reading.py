"""Reading whole files, wherever they are."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec
from fsspec.asyn import AsyncFileSystem, sync

from semstyle.storage import deadlines
from semstyle.storage.allow_list import AllowList
from semstyle.storage.errors import MissingObjectError, UnsuitableFileError, translated
from semstyle.storage.filesystem import is_local, open_filesystem
from semstyle.storage.intake import check_size, parts
from semstyle.storage.patience import retried

SYSTEM_FOLDERS = ("/proc", "/sys", "/dev")
"""Folders of devices, and of files whose content is made up as they are read, in some without an end."""
MEMORY_FOLDER = "/dev/shm"
"""The one folder inside of these in which people keep files."""


@retried
def read_bytes(uri: str, limit: int | None = None, allow: AllowList | None = None) -> bytes:
    """The content of a file; see :mod:`semstyle.storage.deadlines` for how long it may take.

    Args:
        limit: Most bytes; of a larger file no more are read.
        allow: Where ``uri`` and what it redirects to may be; anywhere when None.

    Raises:
        MissingObjectError: when there is no such file.
        UriError: when ``uri`` is not one, or not allowed.
        UnsuitableFileError: when there is something else than a file, or one that is larger than ``limit``.
        StorageError: for anything else.
    """
    filesystem, path = open_filesystem(uri, allow)
    with translated(uri):
        check_input(filesystem, path, uri)
    return b"".join(parts(filesystem, path, uri, limit))


@retried
def read_start(uri: str, allow: AllowList | None = None) -> bytes:
    """The first bytes of a file, a mebibyte or less; args and errors are those of :func:`read_bytes`."""
    filesystem, path = open_filesystem(uri, allow)
    with translated(uri):
        check_input(filesystem, path, uri)
    with closing(parts(filesystem, path, uri, None)) as coming:
        return next(coming, b"")


@contextmanager
def open_stream(uri: str) -> Iterator[BinaryIO]:
    """Open ``uri`` as a file that can be read from any position; reads are retried like every call into storage.

    Raises:
        StorageError: also from its ``read``.
    """
    with translated(uri), opened(uri) as stream:
        yield cast(BinaryIO, RetriedStream(stream, uri))


@retried
def opened(uri: str) -> BinaryIO:
    filesystem, path = open_filesystem(uri)
    with translated(uri):
        return cast(BinaryIO, filesystem.open(path, "rb"))


class RetriedStream:
    """A file whose position stays where it was when a read fails, as fsspec's do."""

    def __init__(self, stream: BinaryIO, uri: str) -> None:
        self._stream, self._uri = stream, uri

    @retried
    def read(self, size: int = -1) -> bytes:
        with translated(self._uri):
            return self._stream.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def local_path(uri: str, allow: AllowList | None = None, limit: int | None = None) -> Iterator[Path]:
    """Give a path on this machine with the content of ``uri``: the file itself, or a copy that is removed afterwards.

    Args and errors are those of :func:`read_bytes`.
    """
    filesystem, path = open_filesystem(uri, allow)
    if is_local(filesystem):
        with translated(uri):
            check_input(filesystem, path, uri)
            check_size(Path(path).stat().st_size, uri, limit)
        yield Path(path)
        return
    with tempfile.TemporaryDirectory(prefix="semstyle-") as folder:
        copy = Path(folder) / (Path(path).name or "file")
        download(filesystem, path, uri, copy, limit)
        yield copy


@retried
def download(filesystem: fsspec.AbstractFileSystem, path: str, uri: str, copy: Path, limit: int | None) -> None:
    coming = parts(filesystem, path, uri, limit)
    with translated(str(copy)), copy.open("wb") as file, closing(coming):  # a full disk is this machine's
        file.writelines(coming)


@retried
def require_file(uri: str, allow: AllowList | None = None) -> None:
    """Raise what :func:`read_bytes` would raise, as far as can be told without reading the file."""
    filesystem, path = open_filesystem(uri, allow)
    with translated(uri):
        check_input(filesystem, path, uri)
        info = info_of(filesystem, path)
    if info["type"] == "directory":
        raise UnsuitableFileError(f"{uri}: this is a folder, not a file")
    if info["size"] == 0:
        raise UnsuitableFileError(f"{uri}: the file is empty")


def info_of(filesystem: fsspec.AbstractFileSystem, path: str) -> dict[str, Any]:
    """Return what fsspec's ``info`` says of a file, within ``SILENT_SECONDS``."""
    is_asynchronous = isinstance(filesystem, AsyncFileSystem)
    info: dict[str, Any] = (
        sync(filesystem.loop, filesystem._info, path, timeout=deadlines.SILENT_SECONDS)
        if is_asynchronous
        else filesystem.info(path)
    )
    return info


@retried
def file_version(uri: str, allow: AllowList | None = None) -> str:
    """Return a text that changes when the file does: its size and time, or its ETag."""
    filesystem, path = open_filesystem(uri, allow)
    with translated(uri):
        return str(filesystem.ukey(path))


def check_input(filesystem: fsspec.AbstractFileSystem, path: str, uri: str) -> None:
    """Raise :class:`UnsuitableFileError` for what is no file on this machine's disks; none of them is opened."""
    if not is_local(filesystem):
        return
    check_regular(filesystem, path, uri)
    place = Path(os.path.realpath(path))
    if any(map(place.is_relative_to, SYSTEM_FOLDERS)) and not place.is_relative_to(MEMORY_FOLDER):
        raise UnsuitableFileError(f"{uri}: this is not a file, but a part of the system")


def check_regular(filesystem: fsspec.AbstractFileSystem, path: str, uri: str) -> None:
    # Reading a named pipe of someone's choosing could wait for ever.
    if not is_local(filesystem) or Path(path).is_file():
        return
    if not os.path.lexists(path):
        raise MissingObjectError(f"{uri}: there is no such file")
    raise UnsuitableFileError(f"{uri}: this is not a file{', but a folder' if Path(path).is_dir() else ''}")
