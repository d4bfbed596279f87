"""Where the cluster's head is: the address of its dashboard, which also takes jobs."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from semstyle.storage import redact
from semstyle.submission.errors import SubmissionError

VARIABLES = ("RAY_API_SERVER_ADDRESS", "RAY_ADDRESS")


def head_address(chosen: str | None) -> str:
    """Return the head's URL: as chosen, else as Ray's own variables say.

    Raises:
        SubmissionError: when it is no web address.
    """
    address = chosen or next(filter(None, map(os.environ.get, VARIABLES)), None)
    if address is None:
        raise SubmissionError("--address is missing: give the URL of the head's dashboard, such as http://head:8265")
    told = f"--address {redact(address)}"
    try:
        parts = urlsplit(address)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_web = False
    if not is_web:
        raise SubmissionError(f"{told}: give the URL of the head's dashboard, such as http://head:8265")
    return address.rstrip("/")


def is_this_machine(address: str) -> bool:
    """Whether a URL's host is this machine's loopback; behind it may be a tunnel all the same."""
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
