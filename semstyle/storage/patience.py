"""How long storage that does not answer is asked again, and how."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tenacity import RetryCallState, retry, retry_if_exception, wait_random_exponential

from semstyle.storage.errors import StorageError

ATTEMPTS = 5
SECONDS = 45.0
"""How long after its first attempt a call may begin another: a worker that waits in vain soon gives its place back."""
NAP_SECONDS = 0.1

Listener = Callable[[StorageError, float], None]
"""Called by the thread that waits, with the error that keeps a call waiting and for how many seconds it has waited."""


class Patience:
    """How patient this process is with storage; see :func:`patient`."""

    def __init__(self) -> None:
        self.asked: list[float] = []
        self.listeners: list[Listener] = []
        self.lost_at = float("-inf")
        self.here = threading.local()

    def is_over(self, state: RetryCallState) -> bool:
        """Whether a call is not to be attempted again; this is tenacity's ``stop``."""
        seconds = state.seconds_since_start or 0.0
        if state.start_time <= self.lost_at or getattr(self.here, "hurries", False):
            return True
        if self.asked:
            return state.attempt_number >= ATTEMPTS and seconds >= max(self.asked)
        return state.attempt_number >= ATTEMPTS or seconds + state.upcoming_sleep >= SECONDS

    def tell(self, state: RetryCallState) -> None:
        """Tell the listeners that a call will be attempted again; this is tenacity's ``before_sleep``."""
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, StorageError):
            for listener in list(self.listeners):
                listener(error, state.seconds_since_start or 0.0)

    def rest(self, seconds: float) -> None:
        """Sleep, but wake up when patience is lost; this is tenacity's ``sleep``."""
        begun = time.monotonic()
        # Naps, as an Event that a signal's handler sets may wait for a lock which its own thread holds.
        while self.lost_at < begun and (left := begun + seconds - time.monotonic()) > 0:
            time.sleep(min(NAP_SECONDS, left))


_patience = Patience()

retried = retry(
    retry=retry_if_exception(lambda error: isinstance(error, StorageError) and error.transient),
    wait=wait_random_exponential(multiplier=0.2, max=5),
    stop=_patience.is_over,
    sleep=_patience.rest,
    before_sleep=_patience.tell,
    reraise=True,
)
"""Decorator that calls a function again, with back-off and jitter, after a transient :class:`StorageError`: for a few
seconds (at most ``SECONDS`` and what the last attempt takes), or for as long as :func:`patient` says."""


@contextmanager
def patient(seconds: float, listener: Listener = lambda error, seconds: None) -> Iterator[None]:
    """Within this context, every call of this process into storage is retried for at least ``seconds``.

    It is for a driver, which nothing can replace; a worker had better make room for a render that needs no storage yet.

    Args:
        listener: Hears of each call that waits for its next attempt.
    """
    _patience.asked.append(seconds)
    _patience.listeners.append(listener)
    try:
        yield
    finally:
        _patience.listeners.remove(listener)
        if seconds in _patience.asked:
            _patience.asked.remove(seconds)


@contextmanager
def at_once() -> Iterator[None]:
    """Within this context, this thread attempts a call into storage only once, having better things to do than wait."""
    _patience.here.hurries = True
    try:
        yield
    finally:
        _patience.here.hurries = False


def lose_patience() -> None:
    """End every :func:`patient` of this process now. A call that is being retried is attempted once more, at once."""
    _patience.asked.clear()
    _patience.lost_at = time.monotonic()
