"""What a process and the network that it has confined to another say to each other: a line of JSON, then bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

LONGEST_LINE = 64 * 2**10
MOST_ANSWER_BYTES = 2**30


class Garbled(Exception):
    """The other side says something that is no message, or is gone."""


def send(stream: IO[bytes], message: Mapping[str, Any], content: bytes | memoryview = b"") -> None:
    """Say ``message``, and how many bytes of ``content`` follow it."""
    stream.write(json.dumps({**message, "bytes": len(content)}).encode() + b"\n")
    stream.write(content)
    stream.flush()


def receive(stream: IO[bytes], most: int = MOST_ANSWER_BYTES) -> tuple[dict[str, Any], bytes]:
    """The next message and what follows it.

    Args:
        most: Bytes that may follow.

    Raises:
        Garbled: when it is no message, more would follow, or the stream ends.
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
