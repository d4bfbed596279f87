"""Messages between a process and the one that a network is confined to: a line of JSON, then bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

LONGEST_LINE = 64 * 2**10
MOST_ANSWER_BYTES = 2**30


class Garbled(Exception):
    """The other process has said something that is no message, or is gone."""


def send(stream: IO[bytes], message: Mapping[str, Any], content: bytes | memoryview = b"") -> None:
    """Send ``message``, which also says how many bytes follow it, and ``content``."""
    stream.write(json.dumps({**message, "bytes": len(content)}).encode() + b"\n")
    stream.write(content)
    stream.flush()


def receive(stream: IO[bytes], most: int = MOST_ANSWER_BYTES) -> tuple[dict[str, Any], bytes]:
    """Return the next message and the bytes that follow it.

    Args:
        most: How many bytes may follow.

    Raises:
        Garbled: when it is no message, more bytes would follow, or the stream ends.
    """
    try:
        message = json.loads(stream.readline(LONGEST_LINE))
        length = message["bytes"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Garbled from None
    if not isinstance(length, int) or not 0 <= length <= most:
        raise Garbled
    content = stream.read(length)
    if len(content) < length:
        raise Garbled
    return message, content
