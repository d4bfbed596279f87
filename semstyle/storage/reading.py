"""Reading whole files, wherever they are."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

import fsspec

from semstyle.storage.errors import MissingObjectError, StorageError, translated
from semstyle.storage.filesystem import is_local, open_filesystem
from semstyle.storage.location import WEB_SCHEMES, AllowList, split_scheme
from semstyle.storage.patience import retried


@retried
def read_bytes(uri: str, limit: int | None = None, allow: AllowList | None = None) -> bytes:
    """The content of ``uri``.

    Args:
        limit: Most bytes; a larger file is refused before it is read whole.
        allow: Where a web server may redirect to; anywhere when None.

    Raises:
        MissingObjectError: when there is no such file.
        StorageError: for anything else, a file over ``limit`` included.
    """
    filesystem, path = open_filesystem(uri, allow)
    # A web server may send more than it announced: only as a stream is no more taken than asked for.
    options = {"block_size": 0} if split_scheme(uri)[0] in WEB_SCHEMES else {}
    with translated(uri):
        check_regular(filesystem, path, uri)
        if limit is None:
            content: bytes = filesystem.cat_file(path)
            return content
        with filesystem.open(path, "rb", **options) as stream:
            size = getattr(stream, "size", None)
            content = read_up_to(stream, limit + 1) if size is None or size <= limit else b""
    if (size or 0) > limit or len(content) > limit:
        raise StorageError(f"{uri}: larger than the limit of {limit:,} bytes")
    return content


def read_up_to(stream: BinaryIO, most: int) -> bytes:
    """The next ``most`` bytes, fewer only at the end; a network's stream gives what has arrived at each read."""
    parts = []
    while most > 0 and (part := stream.read(most)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


@contextmanager
def open_stream(uri: str) -> Iterator[BinaryIO]:
    """The content of ``uri`` as a file to seek in; reads are retried like everything else.

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
def local_path(uri: str, allow: AllowList | None = None) -> Iterator[Path]:
    """A path on this machine with the content of ``uri``: the file itself, or a copy that is removed after."""
    filesystem, path = open_filesystem(uri, allow)
    if is_local(filesystem):
        check_regular(filesystem, path, uri)
        yield Path(path)
        return
    with tempfile.TemporaryDirectory(prefix="semstyle-") as folder:
        copy = Path(folder) / (Path(path).name or "file")
        download(filesystem, path, uri, copy)
        yield copy


@retried
def require_file(uri: str, allow: AllowList | None = None) -> None:
    """Raise :class:`MissingObjectError` or :class:`StorageError` unless ``uri`` is a file within reach."""
    filesystem, path = open_filesystem(uri, allow)
    with translated(uri):
        check_regular(filesystem, path, uri)
        filesystem.info(path)


@retried
def file_version(uri: str) -> str:
    """Text that changes when the file does: of its size and time, or its ETag."""
    filesystem, path = open_filesystem(uri)
    with translated(uri):
        return str(filesystem.ukey(path))


@retried
def download(filesystem: fsspec.AbstractFileSystem, path: str, uri: str, copy: Path) -> None:
    with translated(uri):
        filesystem.get_file(path, str(copy))


def check_regular(filesystem: fsspec.AbstractFileSystem, path: str, uri: str) -> None:
    # Reading a named pipe of someone's choosing could wait for ever.
    if not is_local(filesystem) or Path(path).is_file():
        return
    if not os.path.lexists(path):
        raise MissingObjectError(f"{uri}: there is no such file")
    raise StorageError(f"{uri}: this is not a file")
