"""How long a server has to answer, and how slowly a file may come."""

from __future__ import annotations

import time
from collections.abc import Callable

from semstyle.storage.errors import StorageError

CONNECT_SECONDS = 10.0
"""How long a connection may take to be made."""
SILENT_SECONDS = 30.0
"""How long a server may send nothing, before the first byte or between two."""
UNHURRIED_SECONDS = 60.0
"""How long a file of any size may take."""
SLOWEST = 100_000
"""Bytes a second, on average, at which a file may take longer than that."""


def seconds_for(size: int) -> float:
    """How long ``size`` bytes may take."""
    return UNHURRIED_SECONDS + size / SLOWEST


class Pace:
    """Watches over one file that is read from now on: how much of it has come, and whether that is fast enough.

    A file that comes at a byte a second is given up after ``UNHURRIED_SECONDS``; one that comes at ``SLOWEST`` bytes a
    second has all the time it needs.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._begun = time.monotonic()
        self.taken = 0

    def read(self, read: Callable[[float], bytes]) -> bytes:
        """Return the next part of the file.

        Args:
            read: Reads it, given the seconds that it may take.

        Raises:
            StorageError: a transient one, when nothing comes, or too little.
        """
        left = self._begun + seconds_for(self.taken) - time.monotonic()
        if left <= 0:
            raise self._too_slow()
        try:
            part = read(min(SILENT_SECONDS, left))
        except TimeoutError as error:
            raise self._timed_out(error, left) from None
        self.taken += len(part)
        return part

    def _timed_out(self, error: TimeoutError, left: float) -> StorageError:
        from aiohttp import ConnectionTimeoutError

        if isinstance(error.__cause__, ConnectionTimeoutError):
            return StorageError(f"{self._uri}: cannot be connected to within {CONNECT_SECONDS:g} s", transient=True)
        if left < SILENT_SECONDS:
            return self._too_slow()
        return StorageError(f"{self._uri}: has sent nothing for {SILENT_SECONDS:g} s", transient=True)

    def _too_slow(self) -> StorageError:
        seconds = time.monotonic() - self._begun
        return StorageError(f"{self._uri}: comes too slowly ({self.taken:,} bytes in {seconds:.0f} s)", transient=True)
