"""Paths and URIs as text: joining and splitting."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from urllib.parse import unquote

from semstyle.storage.errors import UriError

SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
LOCAL_SCHEMES = {"file", "local"}
WEB_SCHEMES = {"http", "https"}
END_OF_HOST = re.compile(r"[/?#]")


def split_scheme(uri: str) -> tuple[str, str]:
    """(scheme, rest) with the scheme in lower case; a plain path has scheme ``file``.

    Raises:
        UriError: for NUL bytes and for fsspec's chained URIs (``a::b``), which reach through other systems.
    """
    if "\0" in uri:
        raise UriError(f"{uri!r} holds a NUL byte")
    match = SCHEME.match(uri)
    scheme, rest = (match.group(1).lower(), uri[match.end() :]) if match else ("file", uri)
    host, *_ = END_OF_HOST.split(rest, maxsplit=1)
    is_ipv6 = scheme in WEB_SCHEMES and "[" in host
    if "::" in (rest[len(host) :] if is_ipv6 else rest):
        raise UriError(f"{uri}: chained URIs (::) are not read")
    return ("file" if scheme in LOCAL_SCHEMES else scheme), rest


def absolute(path: str) -> str:
    """``path`` on this machine's disk without ``..``; links are not followed."""
    return os.path.normpath(Path(path).absolute())


def resolve(uri: str, base: str) -> str:
    """Return ``uri`` as it is if absolute, else the URI that it means inside the folder ``base``; ``..`` is followed.

    Raises:
        UriError: when ``..`` leaves the bucket or host of ``base``.
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
        raise UriError(f"{uri}: leaves {base_scheme}://{authority}")
    return f"{base_scheme}://{authority}/{path}"


def parent(uri: str) -> str:
    """The folder that holds ``uri``."""
    scheme, rest = split_scheme(uri)
    if scheme == "file":
        return posixpath.dirname(absolute(rest))
    authority, _, path = rest.rstrip("/").partition("/")
    return f"{scheme}://{authority}/{posixpath.dirname(path)}".rstrip("/")


def canonical(uri: str) -> str:
    """Return the one spelling for a place: on disk with links followed, elsewhere without ``..`` and a last slash.

    Web addresses are spelt as they are requested, but without a user, who is no part of the place.

    Raises:
        UriError: for ``..`` outside the disk, and for what is no URI.
    """
    scheme, rest = split_scheme(uri)
    if scheme == "file":
        return f"file://{os.path.realpath(rest)}"
    if ".." in re.split(r"[/\\]", unquote(unquote(rest))):
        raise UriError(f"{uri}: '..' is not allowed in a URI here")
    if scheme in WEB_SCHEMES and rest:
        rest = web_address(uri).split("://", 1)[1]
    return f"{scheme}://{rest.rstrip('/')}"


def web_address(uri: str) -> str:
    """Return ``uri`` as a browser would request it, without a user.

    Raises:
        UriError: when it has no host, or is no URL.
    """
    from yarl import URL

    try:
        return str(URL(uri).with_user(None))
    except ValueError:
        raise UriError(f"{uri}: not a web address") from None


def web_host(uri: str) -> str | None:
    """The host of a web address, without brackets or port; None when it has none."""
    from yarl import URL

    return URL(uri).host
