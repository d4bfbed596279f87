"""What the driver does at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Running:
    """An attempt that a worker has begun.

    Attributes:
        attempt: 1 for the row's first.
        seconds: Since it began.
    """

    render_id: str
    attempt: int
    node: str
    pid: int
    seconds: float


@dataclass(frozen=True)
class Snapshot:
    """The driver at one moment, for whoever shows it.

    Attributes:
        running: Attempts that workers have begun, the longest first.
        queued: Attempts that Ray has no place for yet.
        waiting: Attempts that wait for their next try.
        places: Renders that the cluster has room for at once.
        last_error: Of the row that failed last, if any has.
    """

    is_stopping: bool
    running: Sequence[Running]
    queued: int
    waiting: int
    places: int
    last_error: str | None
