"""Writing the events of a run as lines of JSON."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from semstyle.farm.errors import FarmError
from semstyle.farm.monitor.journal import FIELDS, LOGGER
from semstyle.storage import redact

STANDARD_ERROR = "-"


class EventFormatter(logging.Formatter):
    """Writes a log record as a JSON object: ``time``, ``level``, ``event``, then the event's fields. No credentials."""

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
    """Within this context, add each event of a run to the file ``destination``, or to stderr when it is ``-``.

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


class EventFile(logging.FileHandler):
    """A file of events. When it cannot take any more, it says so once, and the run goes on without the events."""

    def handleError(self, record: logging.LogRecord) -> None:
        self._tell(sys.exception())

    def close(self) -> None:
        try:
            super().close()
        except OSError as error:  # what it had not taken yet
            self._tell(error)

    def _tell(self, error: BaseException | None) -> None:
        reason = error.strerror if isinstance(error, OSError) else error
        if not self._has_told:
            print(f"semstyle: --log {redact(self.baseFilename)}: {reason}; events are missing there", file=sys.stderr)
        self._has_told = True

    _has_told = False


def open_handler(destination: str) -> logging.Handler:
    if destination == STANDARD_ERROR:
        return logging.StreamHandler(sys.stderr)
    try:
        return EventFile(destination, encoding="utf-8")
    except OSError as error:
        reason = "there is no such folder" if isinstance(error, FileNotFoundError) else error.strerror
        raise FarmError(f"--log {destination}: {reason}; give a file that can be written, or -") from None
