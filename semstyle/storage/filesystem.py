"""Opening the file system behind a URI."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from semstyle.storage.errors import RedirectedAway, translated
from semstyle.storage.location import WEB_SCHEMES, AllowList, absolute, split_scheme

if TYPE_CHECKING:
    from aiohttp import ClientRequest, ClientResponse

S3_SCHEMES = {"s3", "s3a"}
CONNECTIONS = 32
"""To a bucket at once from one process; botocore's ten would hold up those who read many small objects."""


def open_filesystem(uri: str, allow: AllowList | None = None) -> tuple[fsspec.AbstractFileSystem, str]:
    """The fsspec file system of ``uri`` and the path inside it.

    Args:
        allow: Where a web server may redirect to; anywhere when None. ``uri`` itself is not checked here.

    Raises:
        StorageError: when the scheme is unknown or its package is missing.
    """
    scheme, rest = split_scheme(uri)
    with translated(uri):
        if scheme == "file":
            return LocalFileSystem(), absolute(rest)
        filesystem: fsspec.AbstractFileSystem
        filesystem, path = fsspec.core.url_to_fs(uri, **options_of(scheme, allow))
        return filesystem, str(path)


def options_of(scheme: str, allow: AllowList | None) -> dict[str, Any]:
    if scheme in WEB_SCHEMES and allow is not None and allow.prefixes:
        return {"client_kwargs": {"middlewares": (EveryHop(allow),)}}
    if scheme not in S3_SCHEMES:
        return {}
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    # With the cache, `exists` would not see what other machines wrote.
    # botocore's own retries would multiply with ours.
    config = {"retries": {"max_attempts": 0}, "max_pool_connections": CONNECTIONS}
    return {"use_listings_cache": False, "endpoint_url": endpoint, "config_kwargs": config}


@dataclass(frozen=True)
class EveryHop:
    """aiohttp's middleware: it sees every request before it is sent, also those that a redirect asks for."""

    allow: AllowList

    async def __call__(
        self, request: ClientRequest, send: Callable[[ClientRequest], Awaitable[ClientResponse]]
    ) -> ClientResponse:
        if not self.allow.allows(str(request.url)):
            raise RedirectedAway(
                f"redirected to {request.url}, not under an allowed prefix ({', '.join(self.allow.prefixes)})"
            )
        return await send(request)


def is_local(filesystem: fsspec.AbstractFileSystem) -> bool:
    return isinstance(filesystem, LocalFileSystem)
