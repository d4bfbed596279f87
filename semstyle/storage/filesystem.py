"""Opening the file system behind a URI, and trying again when it stumbles."""

from __future__ import annotations

import os
from typing import Any

import fsspec
from fsspec.implementations.local import LocalFileSystem
from tenacity import retry, retry_if_exception, stop_after_attempt, wait_random_exponential

from semstyle.storage.errors import StorageError, translated
from semstyle.storage.location import absolute, split_scheme

S3_SCHEMES = {"s3", "s3a"}
ATTEMPTS = 5

retried = retry(
    retry=retry_if_exception(lambda error: isinstance(error, StorageError) and error.transient),
    wait=wait_random_exponential(multiplier=0.2, max=5),
    stop=stop_after_attempt(ATTEMPTS),
    reraise=True,
)
"""Decorator: back-off with jitter on transient :class:`StorageError`."""


def open_filesystem(uri: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The fsspec file system of ``uri`` and the path inside it.

    Raises:
        StorageError: when the scheme is unknown or its package is missing.
    """
    scheme, rest = split_scheme(uri)
    with translated(uri):
        if scheme == "file":
            return LocalFileSystem(), absolute(rest)
        filesystem: fsspec.AbstractFileSystem
        filesystem, path = fsspec.core.url_to_fs(uri, **options_of(scheme))
        return filesystem, str(path)


def options_of(scheme: str) -> dict[str, Any]:
    if scheme not in S3_SCHEMES:
        return {}
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    # With the cache, `exists` would not see what other machines wrote.
    # botocore's own retries would multiply with ours.
    return {"use_listings_cache": False, "endpoint_url": endpoint, "config_kwargs": {"retries": {"max_attempts": 0}}}


def is_local(filesystem: fsspec.AbstractFileSystem) -> bool:
    return isinstance(filesystem, LocalFileSystem)
