"""This module tells when a device has come to a place in its work, without making the host wait for it."""

from __future__ import annotations

import time

import torch

Mark = float | torch.cuda.Event


class DeviceClock:
    """A clock that starts when it is made.

    A GPU does its work some time after the host has asked for it, so that the host's time says nothing of it. There
    each mark is an event in the GPU's queue.
    """

    def __init__(self, device: torch.device) -> None:
        self._is_cuda = device.type == "cuda"
        self._start = self.mark()

    def mark(self) -> Mark:
        """Return the present place in the device's work."""
        if not self._is_cuda:
            return time.monotonic()
        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record()
        return event

    def seconds(self, mark: Mark) -> float:
        """Return the seconds from the clock's start to ``mark``, which the device must have come to."""
        if isinstance(mark, float):
            assert isinstance(self._start, float)
            return mark - self._start
        assert not isinstance(self._start, float)
        milliseconds: float = self._start.elapsed_time(mark)
        return milliseconds / 1e3
