"""Where the events of a run go as lines of JSON."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from semstyle.farm.errors import FarmError
from semstyle.farm.journal import FIELDS, LOGGER
from semstyle.storage import redact

STANDARD_ERROR = "-"


class EventFormatter(logging.Formatter):
    """A log record as one JSON object: ``time``, ``level``, ``event``, then the event's fields. No credentials."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        # Each text by itself: redacting the whole line could cut its JSON.
        safe = {
            name: redact(value) if isinstance(value, str) else value
            for name, value in fields.items()
            if value is not None
        }
        return json.dumps(safe, ensure_ascii=False)


@contextmanager
def logged_to(destination: str | None) -> Iterator[None]:
    """Within, each event of a run is a line at the end of the file ``destination``, or on stderr when it is ``-``.

    Raises:
        FarmError: when the file cannot be opened.
    """
    if destination is None:
        yield
        return
    handler = open_handler(destination)
    handler.setFormatter(EventFormatter())
    level = LOGGER.level
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOGGER.setLevel(level)
        LOGGER.removeHandler(handler)
        handler.close()


def open_handler(destination: str) -> logging.Handler:
    if destination == STANDARD_ERROR:
        return logging.StreamHandler(sys.stderr)
    try:
        return logging.FileHandler(destination, encoding="utf-8")
    except OSError as error:
        raise FarmError(f"--log {destination}: {error.strerror}; give a file that can be written, or -") from None
