"""What the driver does at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semstyle.farm.monitor.status import InFlight

MOST_SHOWN = 20


@dataclass(frozen=True)
class Snapshot:
    """The driver at one moment, for whoever shows it.

    Attributes:
        running: Attempts that workers have begun; ``longest`` has the first ``MOST_SHOWN``, the longest before others.
        queued: Attempts that Ray has no place for yet.
        waiting: Attempts that wait for their next try.
        places: Renders that the cluster has room for at once.
        last_error: Of the row that failed last, if any has.
    """

    is_stopping: bool
    running: int
    longest: Sequence[InFlight]
    queued: int
    waiting: int
    places: int
    last_error: str | None
