"""Being asked to stop: Ctrl-C, SIGTERM from a scheduler, SIGHUP from a terminal that closes. Imports nothing heavy."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def heeded() -> list[signal.Signals]:
    """Return those of ``SIGNALS`` that this process can and should handle.

    A signal that the process was started to ignore, as by ``nohup``, stays ignored. Only a main thread can handle any.
    """
    if threading.current_thread() is not threading.main_thread():
        return []
    return [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


def raise_interrupts() -> None:
    """Let each of ``SIGNALS`` raise :class:`KeyboardInterrupt` from now on, as Ctrl-C does anyway."""
    for number in heeded():
        signal.signal(number, interrupt)


@contextmanager
def handlers_kept() -> Iterator[None]:
    """Put back this process's handlers of these signals after a call that may install its own, as ``ray.init`` does."""
    before = {number: signal.getsignal(number) for number in heeded()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
