"""A folder on disk or in a bucket, and nothing outside it."""

from __future__ import annotations

import errno
import os
import posixpath
import uuid
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

import fsspec
from fsspec.asyn import AsyncFileSystem, sync

from semstyle.storage import deadlines
from semstyle.storage.errors import StorageError, UriError, translated
from semstyle.storage.filesystem import S3_SCHEMES, is_local, open_filesystem
from semstyle.storage.intake import parts
from semstyle.storage.location import absolute, split_scheme
from semstyle.storage.patience import retried
from semstyle.storage.reading import check_regular
from semstyle.storage.s3_listing import s3_names

TEMPORARY_PREFIX = ".semstyle-"
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".jpeg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".png": "image/png",
    ".webp": "image/webp",
}
"""The types that a browser is told of a bucket's files; without one it saves a file instead of showing it."""
NO_HARD_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS}


class Folder:
    """Files under one path or URI, by relative paths such as ``images/ab12.png``.

    A path that is absolute or holds ``..`` raises :class:`UriError`. Transient errors are retried with
    back-off. Folders can be pickled to other processes.
    """

    def __init__(self, uri: str) -> None:
        scheme, rest = split_scheme(uri)
        self.uri = absolute(rest) if scheme == "file" else f"{scheme}://{rest.rstrip('/')}"

    def __reduce__(self) -> tuple[type[Folder], tuple[str]]:
        return Folder, (self.uri,)

    def __repr__(self) -> str:
        return f"Folder({self.uri!r})"

    @cached_property
    def _opened(self) -> tuple[fsspec.AbstractFileSystem, str]:
        return open_filesystem(self.uri)

    @property
    def filesystem(self) -> fsspec.AbstractFileSystem:
        """The file system that this folder is in, for pyarrow and the like; :meth:`path` names files in it."""
        return self._opened[0]

    def path(self, path: str = "") -> str:
        """``path`` inside this folder as :attr:`filesystem` names it."""
        root = self._opened[1].rstrip("/")
        return f"{root}/{inside(path)}" if path else root

    def location(self, path: str = "") -> str:
        """``path`` inside this folder as a URI (or an absolute path on disk)."""
        return posixpath.join(self.uri, inside(path)) if path else self.uri

    @retried
    def read(self, path: str) -> bytes:
        """The content of a file; :class:`MissingObjectError` when there is none."""
        name = self.path(path)
        with translated(self.location(path)):
            check_regular(self.filesystem, name, self.location(path))
        return b"".join(parts(self.filesystem, name, self.location(path), limit=None))

    @retried
    def write(self, path: str, data: bytes, durable: bool = True) -> None:
        """Write or overwrite a file; readers see the old content or the new, never a part.

        Args:
            durable: Whether it must outlive a power cut from now on, which takes a disk some milliseconds.
        """
        name = self.path(path)
        with translated(self.location(path)):
            if is_local(self.filesystem):
                write_aside(Path(name), data, os.replace, durable)
            else:
                put(self.filesystem, name, data)

    @retried
    def create(self, path: str, data: bytes) -> bool:
        """Write a file unless it exists: whole or not at all, and by one writer only.

        Returns:
            Whether this call made it. After a lost answer from a bucket the retry finds our own object, so
            ``False`` means "it exists", not "someone else made it".
        """
        name = self.path(path)
        try:
            with translated(self.location(path)):
                if is_local(self.filesystem):
                    write_aside(Path(name), data, link_new)
                else:
                    put(self.filesystem, name, data, mode="create")
        except FileExistsError:
            return False
        return True

    @retried
    def exists(self, path: str) -> bool:
        """Whether the file is there now."""
        with translated(self.location(path)):
            return bool(self.filesystem.exists(self.path(path)))

    @retried
    def delete(self, path: str) -> None:
        """Remove a file; it may be gone already."""
        name = self.path(path)
        with translated(self.location(path)):
            try:
                self.filesystem.rm_file(name)
            except FileNotFoundError:
                return

    def names(self, path: str = "") -> Iterator[str]:
        """Names of the files directly in the subfolder ``path``, in no order; none when it does not exist.

        Local folders and S3 are streamed, so a million names do not fill the memory.
        """
        folder, uri = self.path(path), self.location(path)
        if is_local(self.filesystem):
            yield from local_names(folder, uri)
        elif split_scheme(self.uri)[0] in S3_SCHEMES:
            yield from s3_names(self.filesystem, folder, uri)
        else:
            yield from listed_names(self.filesystem, folder, uri)


def inside(path: str) -> str:
    """Return ``path`` with ``/`` between its parts, if it is a plain relative path."""
    if "\0" in path or "\\" in path or any(part in {"", ".", ".."} for part in path.split("/")):
        raise UriError(f"{path!r} is not a plain path inside a folder")
    return path


def put(filesystem: fsspec.AbstractFileSystem, path: str, data: bytes, **mode: str) -> None:
    """Write an object. An S3 client by itself would wait for ever for the server's word that it may send one."""
    content_type = CONTENT_TYPES.get(posixpath.splitext(path)[1])
    if content_type and not S3_SCHEMES.isdisjoint(filesystem.protocol):
        mode["ContentType"] = content_type
    if isinstance(filesystem, AsyncFileSystem):
        sync(filesystem.loop, filesystem._pipe_file, path, data, timeout=deadlines.seconds_for(len(data)), **mode)
    else:
        filesystem.pipe_file(path, data, **mode)


def write_aside(target: Path, data: bytes, move: Callable[[Path, Path], object], durable: bool = True) -> None:
    """Write beside ``target``, flush to the disk if it is to be ``durable``, then ``move`` it there."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(str(target.parent)) from None
    except FileNotFoundError:  # as under /proc; it is not the file that is missing
        raise PermissionError(errno.EACCES, "its folder cannot be made") from None
    draft = target.parent / f"{TEMPORARY_PREFIX}{uuid.uuid4().hex}"
    try:
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        move(draft, target)
    finally:
        draft.unlink(missing_ok=True)


def link_new(draft: Path, target: Path) -> None:
    """Give ``draft`` the name ``target``; ``FileExistsError`` when it is taken.

    A hard link is exclusive like O_EXCL and, unlike it, never shows a half-written file to others.
    """
    try:
        os.link(draft, target)
    except OSError as error:
        if error.errno not in NO_HARD_LINKS:
            raise
        with target.open("xb") as file:
            file.write(draft.read_bytes())


def local_names(folder: str, uri: str) -> Iterator[str]:
    try:
        with translated(uri), os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file() and not entry.name.startswith(TEMPORARY_PREFIX):
                    yield entry.name
    except StorageError:
        if Path(folder).exists():
            raise


def listed_names(filesystem: fsspec.AbstractFileSystem, folder: str, uri: str) -> Iterator[str]:
    with translated(uri):
        try:
            entries = filesystem.ls(folder, detail=True)
        except FileNotFoundError:
            entries = []
    for entry in entries:
        if entry["type"] == "file":
            yield entry["name"].rsplit("/", 1)[-1]
