"""Hearing what others want of a run: that it pauses, goes on, or stops."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import Future, ThreadPoolExecutor

from semstyle.farm.driver.stop import StopRequest
from semstyle.farm.monitor.control import Control, read_control
from semstyle.farm.monitor.journal import Journal
from semstyle.storage import Folder, StorageError

ASK_SECONDS = 3.0


class Wishes:
    """Reads the folder's ``control.json`` now and then, from a thread of its own, as storage may be slow.

    Storage that does not answer changes nothing.

    Attributes:
        is_paused: Whether nothing should be launched.
    """

    def __init__(self, folder: Folder, journal: Journal, stop: StopRequest) -> None:
        self._folder, self._journal, self._stop = folder, journal, stop
        self._asker = ThreadPoolExecutor(1, thread_name_prefix="wishes")
        self._answer: Future[Control] | None = None
        self._asked_at = float("-inf")
        self.is_paused = False

    def look(self) -> None:
        """Ask, or take in what was answered. A run whose id is among those to be cancelled is asked to stop, once."""
        if self._answer is None:
            if time.monotonic() - self._asked_at >= ASK_SECONDS:
                self._asked_at = time.monotonic()
                self._answer = self._asker.submit(read_control, self._folder)
            return
        if self._answer.done():
            answer, self._answer = self._answer, None
            with contextlib.suppress(StorageError):
                self._heed(answer.result())

    def _heed(self, control: Control) -> None:
        if control.paused != self.is_paused:
            self.is_paused = control.paused
            self._journal.paused() if control.paused else self._journal.resumed()
        if self._journal.run_id in control.cancelled and not self._stop.asked:
            self._journal.cancelled()
            self._stop.ask()

    def wait(self) -> None:
        """Look for the first time, and wait for the answer: a run that is paused launches nothing at its beginning."""
        self.look()
        if self._answer is not None:
            self._answer.exception()  # waits
        self.look()

    def close(self) -> None:
        """Ask no more."""
        self._asker.shutdown(wait=False, cancel_futures=True)
