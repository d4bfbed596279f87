"""Noting whether a run waits for storage, and why: the disk is full, or nothing answers."""

from __future__ import annotations

import threading
import time

from semstyle.storage import StorageError

STUMBLE_SECONDS = 5.0
"""When a wait takes longer than this, the user is told."""
FORGOTTEN_SECONDS = 15.0
"""A wait is over when nothing was heard of it for so long; between two attempts there are at most five seconds."""


class StorageWait:
    """Hears of calls into storage that wait to be made again, from whatever thread they are made."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reason = ""
        self._heard_at = float("-inf")

    def hear(self, error: StorageError, seconds: float) -> bool:
        """Note why a call waits, and for how long it has waited; returns whether this is news, the begin of a wait."""
        if seconds < STUMBLE_SECONDS:
            return False
        with self._lock:
            is_new = self.reason is None
            if is_new:  # of many calls that wait, one says enough
                self._reason = f"waiting for storage: {error}"
            self._heard_at = time.monotonic()
        return is_new

    @property
    def reason(self) -> str | None:
        """Why calls wait, in one line without credentials; None while nothing waits."""
        return self._reason if time.monotonic() - self._heard_at < FORGOTTEN_SECONDS else None
