"""A head that is connected to when it is first asked, so that one which is silent now may answer later."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from semstyle.submission.job_state import JobState

if TYPE_CHECKING:
    from semstyle.submission.head import Head

CONNECTING = threading.Lock()
"""Ray's client is made in an environment that is changed for it, by one thread at a time."""


class DistantHead:
    """Asks a head as :class:`semstyle.submission.head.Head` does, and raises what that raises, also while connecting.

    Args:
        address: Its dashboard's URL.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._head: Head | None = None

    def connected(self) -> Head:
        """Return the head itself.

        Raises:
            SubmissionError: unless a head answers.
        """
        from semstyle.submission.head import Head  # only now, as it imports Ray

        with CONNECTING:
            self._head = self._head or Head(self.address)
            return self._head

    def job(self, job_id: str) -> JobState:
        return self.connected().job(job_id)

    def log(self, job_id: str) -> str:
        return self.connected().log(job_id)

    def stop(self, job_id: str) -> None:
        self.connected().stop(job_id)

    def followed_log(self, job_id: str, quiet_seconds: float) -> AsyncIterator[str]:
        return self.connected().followed_log(job_id, quiet_seconds)
