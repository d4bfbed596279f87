"""Noticing that Ray lets a worker process see other devices than those it started on."""

from __future__ import annotations

import os

VARIABLES = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES")

Visible = tuple[str | None, ...]


class Visibility:
    """The devices that this process started on."""

    def __init__(self) -> None:
        self._first: Visible | None = None

    def has_moved(self) -> bool:
        """Whether the current task was given other devices than the first one.

        CUDA reads its variable once, so such a process would go on using a device that now belongs to another.
        """
        now = tuple(os.environ.get(name) for name in VARIABLES)
        if self._first is None:
            self._first = now
        return self._first != now
