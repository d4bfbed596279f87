"""Opening the file system behind a URI."""

from __future__ import annotations

import os
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem

from semstyle.engine.names import nearest_of
from semstyle.storage import deadlines
from semstyle.storage.allow_list import AllowList
from semstyle.storage.errors import UriError, reason, translated
from semstyle.storage.location import WEB_SCHEMES, absolute, split_scheme, web_address
from semstyle.storage.web import web_options

S3_SCHEMES = {"s3", "s3a"}
COMMON_SCHEMES = ("file", "s3", "http", "https", "gs", "az", "hf")
CONNECTIONS = 32
"""How many connections a process may have to a bucket; botocore's ten would slow the reading of many small objects."""


def open_filesystem(uri: str, allow: AllowList | None = None) -> tuple[fsspec.AbstractFileSystem, str]:
    """The fsspec file system of ``uri`` and the path inside it.

    Args:
        allow: Where inputs may come from; None, for what is not an input of a row, allows everything.

    Raises:
        UriError: when ``uri`` is not one, not allowed, its scheme is unknown, or its package is missing.
    """
    if allow is not None:
        allow.check(uri)
    scheme, rest = split_scheme(uri)
    with translated(uri):
        if scheme == "file":
            return LocalFileSystem(), absolute(rest)
        if scheme in WEB_SCHEMES:
            web_address(uri)
            return fsspec.filesystem(scheme, **web_options(allow)), f"{scheme}://{rest}"
        filesystem, path = opened_by_fsspec(f"{scheme}://{rest}", s3_options() if scheme in S3_SCHEMES else {})
        if scheme in S3_SCHEMES:
            filesystem.retries = 1  # s3fs's own, too, would multiply with ours
        return filesystem, path


def opened_by_fsspec(uri: str, options: dict[str, Any]) -> tuple[fsspec.AbstractFileSystem, str]:
    scheme, _ = split_scheme(uri)
    if scheme not in fsspec.available_protocols():
        near = nearest_of(scheme, COMMON_SCHEMES)
        meant = f"did you mean {near}://?" if near else "give a path, or a URI such as s3://… or https://…"
        raise UriError(f"{uri}: there is no storage of the kind {scheme}://; {meant}")
    try:
        filesystem, path = fsspec.core.url_to_fs(uri, **options)
    except (ValueError, TypeError) as error:  # no such scheme, or one that needs more than a URI
        raise UriError(f"{uri}: {reason(error)}") from None
    return filesystem, str(path)


def s3_options() -> dict[str, Any]:
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    # With the cache, `exists` would not see what other machines wrote.
    # botocore's own retries would multiply with ours.
    config = {
        "retries": {"max_attempts": 0},
        "max_pool_connections": CONNECTIONS,
        "connect_timeout": deadlines.CONNECT_SECONDS,
        "read_timeout": deadlines.SILENT_SECONDS,
    }
    return {"use_listings_cache": False, "endpoint_url": endpoint, "config_kwargs": config}


def is_local(filesystem: fsspec.AbstractFileSystem) -> bool:
    return isinstance(filesystem, LocalFileSystem)
