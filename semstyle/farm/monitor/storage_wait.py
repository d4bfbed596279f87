"""Whether a run waits for storage, and why: the disk is full, or nothing answers."""

from __future__ import annotations

import threading
import time

from semstyle.storage import StorageError

STUMBLE_SECONDS = 5.0
"""A wait that is longer is worth telling."""
FORGOTTEN_SECONDS = 15.0
"""After so long without another word of it a wait is over; between two attempts there are five at most."""


class StorageWait:
    """What calls into storage that are attempted again tell, from whatever thread they are made."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reason = ""
        self._heard_at = float("-inf")

    def hear(self, error: StorageError, seconds: float) -> bool:
        """Note what keeps a call waiting, and for how long it has; returns whether that is the first word of a wait."""
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
        """One line without credentials, or None while nothing waits."""
        return self._reason if time.monotonic() - self._heard_at < FORGOTTEN_SECONDS else None
