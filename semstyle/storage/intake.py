"""Taking a whole file in: as a stream, no more than its limit, and no longer than its deadlines."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

import fsspec
from fsspec.asyn import sync

from semstyle.storage.deadlines import Pace
from semstyle.storage.errors import UnsuitableFileError, translated
from semstyle.storage.filesystem import S3_SCHEMES
from semstyle.storage.location import WEB_SCHEMES, split_scheme

BLOCK = 2**20

Read = Callable[[float], bytes]
"""Returns the next part of a file, given the seconds that it may take; nothing at the end of the file."""


def parts(
    filesystem: fsspec.AbstractFileSystem, path: str, uri: str, limit: int | None
) -> Generator[bytes, None, None]:
    """Yield the content of a file in parts, as they come.

    Deadlines hold for web servers and S3. Other stores' packages have deadlines of their own; of these only the pace
    is checked, between two parts.

    Args:
        limit: Most bytes; any number when None.

    Raises:
        UnsuitableFileError: when the file is larger than ``limit``.
        StorageError: a transient one, when nothing comes for a while, or too little.
    """
    pace = Pace(uri)
    with translated(uri), opened(filesystem, path, split_scheme(uri)[0]) as read:
        while part := pace.read(read):
            check_size(pace.taken, uri, limit)
            yield part


def check_size(size: int | None, uri: str, limit: int | None) -> None:
    """Raise :class:`UnsuitableFileError` when ``size`` is over ``limit``; either may be unknown."""
    if limit is not None and (size or 0) > limit:
        raise UnsuitableFileError(f"{uri}: larger than the limit of {limit:,} bytes")


@contextmanager
def opened(filesystem: fsspec.AbstractFileSystem, path: str, scheme: str) -> Iterator[Read]:
    if scheme not in WEB_SCHEMES | S3_SCHEMES:
        with filesystem.open(path, "rb") as stream:
            yield lambda seconds: stream.read(BLOCK)
        return
    coming = S3Stream(filesystem, path) if scheme in S3_SCHEMES else WebStream(filesystem, path)

    def read(seconds: float) -> bytes:
        part: bytes = sync(filesystem.loop, coming.read, timeout=seconds)
        return part

    try:
        yield read
    finally:
        filesystem.loop.call_soon_threadsafe(coming.close)


class WebStream:
    """A web page that is read as it comes, without fsspec's requests for its size before."""

    def __init__(self, filesystem: fsspec.AbstractFileSystem, url: str) -> None:
        self._filesystem, self._url = filesystem, url
        self._response: Any = None

    async def read(self) -> bytes:
        from aiohttp import ClientTimeout

        if self._response is None:
            session = await self._filesystem.set_session()
            timeout = ClientTimeout(None, sock_connect=session.timeout.sock_connect)
            self._response = await session.get(self._filesystem.encode_url(self._url), timeout=timeout)
            self._response.raise_for_status()
        part: bytes = await self._response.content.read(BLOCK)
        return part

    def close(self) -> None:
        if self._response is not None:
            self._response.close()


class S3Stream:
    """An object of S3 that is read as it comes, in the version that was asked for."""

    def __init__(self, filesystem: fsspec.AbstractFileSystem, path: str) -> None:
        self._filesystem, self._path = filesystem, path
        self._body: Any = None

    async def read(self) -> bytes:
        if self._body is None:
            bucket, key, version = self._filesystem.split_path(self._path)
            named = {"VersionId": version} if version else {}
            answer = await self._filesystem._call_s3("get_object", Bucket=bucket, Key=key, **named)
            self._body = answer["Body"]
        part: bytes = await self._body.read(BLOCK)
        return part

    def close(self) -> None:
        if self._body is not None:
            self._body.close()
