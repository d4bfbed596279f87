"""How long storage that does not answer is asked again, and how."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tenacity import RetryCallState, retry, retry_if_exception, wait_random_exponential

from semstyle.storage.errors import StorageError

ATTEMPTS = 5


class Patience:
    """This process's; see :func:`patient`."""

    def __init__(self) -> None:
        self.asked: list[float] = []

    def is_over(self, state: RetryCallState) -> bool:
        """Whether ``ATTEMPTS`` have been made and the longest patience asked for is at its end; tenacity's stop."""
        return state.attempt_number >= ATTEMPTS and (state.seconds_since_start or 0.0) >= max(self.asked, default=0.0)


_patience = Patience()

retried = retry(
    retry=retry_if_exception(lambda error: isinstance(error, StorageError) and error.transient),
    wait=wait_random_exponential(multiplier=0.2, max=5),
    stop=_patience.is_over,
    reraise=True,
)
"""Decorator: back-off with jitter on transient :class:`StorageError`, for a few seconds, or as long as ``patient``."""


@contextmanager
def patient(seconds: float) -> Iterator[None]:
    """Within, every call of this process into storage is retried for ``seconds`` at least.

    For a driver, which nothing can replace; a worker had better give its place to a render that needs no storage yet.
    """
    _patience.asked.append(seconds)
    try:
        yield
    finally:
        if seconds in _patience.asked:
            _patience.asked.remove(seconds)


def lose_patience() -> None:
    """End every :func:`patient` of this process now, also for calls that are being retried."""
    _patience.asked.clear()
