"""Paths and URIs as text: joining, splitting, and what a manifest may name."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

from semstyle.storage.errors import StorageError

SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
LOCAL_SCHEMES = {"file", "local"}
WEB_SCHEMES = {"http", "https"}


def split_scheme(uri: str) -> tuple[str, str]:
    """(scheme, rest) with the scheme in lower case; a plain path has scheme ``file``.

    Raises:
        StorageError: for NUL bytes and for fsspec's chained URIs (``a::b``), which reach through other systems.
    """
    if "\0" in uri:
        raise StorageError(f"{uri!r} holds a NUL byte")
    if "::" in uri:
        raise StorageError(f"{uri}: chained URIs (::) are not read")
    match = SCHEME.match(uri)
    if not match:
        return "file", uri
    scheme = match.group(1).lower()
    return ("file" if scheme in LOCAL_SCHEMES else scheme), uri[match.end() :]


def absolute(path: str) -> str:
    """``path`` on this machine's disk without ``..``; links are not followed."""
    return os.path.normpath(Path(path).absolute())


def resolve(uri: str, base: str) -> str:
    """``uri`` as it is when absolute, else inside the folder ``base`` (a path or URI); ``..`` is followed.

    Raises:
        StorageError: when ``..`` leaves the bucket or host of ``base``.
    """
    _, rest = split_scheme(uri)
    if SCHEME.match(uri) or rest.startswith("/"):
        return uri
    base_scheme, base_rest = split_scheme(base)
    if base_scheme == "file":
        return absolute(posixpath.join(base_rest, rest))
    authority, _, folder = base_rest.partition("/")
    path = posixpath.normpath(posixpath.join(folder, rest))
    if path == ".." or path.startswith("../"):
        raise StorageError(f"{uri}: leaves {base_scheme}://{authority}")
    return f"{base_scheme}://{authority}/{path}"


def parent(uri: str) -> str:
    """The folder that holds ``uri``."""
    scheme, rest = split_scheme(uri)
    if scheme == "file":
        return posixpath.dirname(absolute(rest))
    authority, _, path = rest.rstrip("/").partition("/")
    return f"{scheme}://{authority}/{posixpath.dirname(path)}".rstrip("/")


class AllowList:
    """The URI prefixes that inputs may come from; without any, everything is allowed.

    A prefix ends at a folder: ``s3://bucket/in`` allows ``s3://bucket/in/a.png`` and not ``s3://bucket/inner/a.png``.
    """

    def __init__(self, prefixes: Sequence[str] = ()) -> None:
        self.prefixes = tuple(prefixes)
        self._canonical = tuple(canonical(prefix) for prefix in prefixes)

    def __repr__(self) -> str:
        return f"AllowList({self._canonical!r})"

    def check(self, uri: str) -> None:
        """Raise :class:`StorageError` when ``uri`` is under none of the prefixes."""
        if not self.allows(uri):
            raise StorageError(f"{uri}: not under an allowed prefix ({', '.join(self.prefixes)})")

    def allows(self, uri: str) -> bool:
        """Whether ``uri`` is under one of the prefixes, or there are none.

        Raises:
            StorageError: for ``..`` outside the disk, and for what is no URI.
        """
        if not self._canonical:
            return True
        name = canonical(uri)
        return any(name == prefix or name.startswith(prefix.rstrip("/") + "/") for prefix in self._canonical)


def canonical(uri: str) -> str:
    """One spelling for one place: links followed on disk; elsewhere no ``..``, plain or encoded, and no last slash.

    Web addresses are as they are asked for, and without a user: that is no part of the place.
    """
    scheme, rest = split_scheme(uri)
    if scheme == "file":
        return f"file://{os.path.realpath(rest)}"
    if ".." in re.split(r"[/\\]", unquote(unquote(rest))):
        raise StorageError(f"{uri}: '..' is not allowed in a URI here")
    if scheme in WEB_SCHEMES:
        rest = web_address(uri).split("://", 1)[1]
    return f"{scheme}://{rest.rstrip('/')}"


def web_address(uri: str) -> str:
    from yarl import URL

    try:
        return str(URL(uri).with_user(None))
    except ValueError:
        raise StorageError(f"{uri}: not a web address") from None
