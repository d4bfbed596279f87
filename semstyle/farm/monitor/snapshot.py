"""A snapshot of what the driver does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semstyle.farm.monitor.status import AvoidedNode, InFlight, NodeAtWork

MOST_SHOWN = 20


@dataclass(frozen=True)
class Snapshot:
    """What the driver does at one moment, for whoever shows it.

    Attributes:
        is_paused: Whether nothing is launched, as somebody wants it.
        running: How many attempts workers have begun; ``longest`` has those that run for longest, up to ``MOST_SHOWN``.
        queued: How many attempts Ray has no place for yet.
        waiting: How many rows wait to be tried again.
        places: How many renders the cluster has room for at once, on nodes that are not avoided.
        avoided: The nodes that are sent nothing now.
        last_error: The error of the row that failed last, if any has.
        nodes: The nodes that are at work, the busiest first, up to ``MOST_SHOWN``.
        worked: Estimated seconds of what workers have begun, as far as it should be done.
    """

    is_stopping: bool
    is_paused: bool
    running: int
    longest: Sequence[InFlight]
    queued: int
    waiting: int
    places: int
    avoided: Sequence[AvoidedNode]
    last_error: str | None
    worked: float = 0.0
    nodes: Sequence[NodeAtWork] = ()
