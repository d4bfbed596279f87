"""Noticing that storage does not answer. While that lasts nothing is launched, so that no row is given up for it."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

from semstyle.farm.monitor.journal import Journal
from semstyle.storage import Folder

STUMBLE_SECONDS = 5.0
"""When an answer takes longer than this, the user is told."""
PROBE = "storage-probe-"
PROBE_BYTES = 2**20
"""How large the file is that is tried, about an image; a disk that is full may still take a smaller one."""


class Outage:
    """Tries, from a thread of its own and once there is reason to, whether the output folder takes a file.

    It goes on for as long as this process is patient with storage (:func:`semstyle.storage.patient`).
    """

    def __init__(self, folder: Folder, journal: Journal) -> None:
        self._folder, self._journal = folder, journal
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="outage")
        self._answer: Future[None] | None = None
        self._since = 0.0
        self._told = False

    def suspect(self) -> None:
        """Begin to try, as an attempt has failed for storage; nothing happens if that is being done already."""
        if self._answer is None:
            self._since = time.monotonic()
            self._answer = self._asker.submit(self._try)
            self._told = False

    def _try(self) -> None:
        path = f"{PROBE}{self._journal.run_id}"
        self._folder.write(path, bytes(PROBE_BYTES))
        self._folder.delete(path)

    def is_found_to_last(self) -> bool:
        """Look whether storage has answered, and log what has changed; returns whether the answer is still awaited.

        Raises:
            StorageError: when the folder refuses, is full, or did not answer for as long as we are patient.
        """
        if self._answer is None:
            return False
        seconds = time.monotonic() - self._since
        if not self._answer.done():
            if not self._told and seconds >= STUMBLE_SECONDS:
                self._journal.storage_lost()
                self._told = True
            return True
        answer, self._answer = self._answer, None
        answer.result()
        if self._told:
            self._journal.storage_back(seconds)
        return False

    def close(self) -> None:
        """Stop waiting for an answer."""
        self._asker.shutdown(wait=False, cancel_futures=True)
