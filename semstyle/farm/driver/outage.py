"""Storage that does not answer: nothing is launched while that lasts, so that no row is given up for it."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor

from semstyle.farm.monitor.journal import Journal
from semstyle.storage import Folder

STUMBLE_SECONDS = 5.0
"""An answer that takes longer than this is worth telling."""
PROBE = "storage-probe-"
PROBE_BYTES = 2**20
"""About an image; a full disk may still take less."""


class Outage:
    """Once there is reason to, tries whether the output folder takes a file, from a thread of its own.

    How long it asks is this process's patience with storage (:func:`semstyle.storage.patient`).
    """

    def __init__(self, folder: Folder, journal: Journal) -> None:
        self._folder, self._journal = folder, journal
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="outage")
        self._answer: Future[None] | None = None
        self._since = 0.0
        self._told = False

    def suspect(self) -> None:
        """An attempt has failed for storage: ask, unless that is being done."""
        if self._answer is None:
            self._since = time.monotonic()
            self._answer = self._asker.submit(self._try)
            self._told = False

    def _try(self) -> None:
        path = f"{PROBE}{self._journal.run_id}"
        self._folder.write(path, bytes(PROBE_BYTES))
        self._folder.delete(path)

    def is_found_to_last(self) -> bool:
        """Look whether an answer has come, and tell what has changed; returns whether it is still awaited.

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
        """Wait for no answer any more."""
        self._asker.shutdown(wait=False, cancel_futures=True)
