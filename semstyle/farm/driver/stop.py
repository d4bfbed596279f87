"""Stopping a run on request: Ctrl-C, SIGTERM, SIGHUP."""

from __future__ import annotations

import signal
import time
from types import FrameType, TracebackType
from typing import Any

from semstyle.interrupts import heeded
from semstyle.storage import lose_patience


class StopRequest:
    """While entered, these signals ask the run to stop instead of interrupting it; a second one ends the grace.

    Enter it after ``ray.init``, which installs handlers of its own. In another thread than the main one, which
    cannot handle signals, only :meth:`ask` stops.
    """

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._deadline: float | None = None
        self._before: dict[signal.Signals, Any] = {}

    @property
    def asked(self) -> bool:
        return self._deadline is not None

    @property
    def grace_is_over(self) -> bool:
        return self._deadline is not None and time.monotonic() >= self._deadline

    def ask(self) -> None:
        """Ask the run to stop: first with a grace for what is in flight, then at once. Storage is not waited for."""
        lose_patience()
        self._deadline = time.monotonic() + (0 if self.asked else self._grace)

    def __enter__(self) -> StopRequest:
        for number in heeded():
            self._before[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.ask()
