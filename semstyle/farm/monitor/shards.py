"""Statuses of several drivers that share a manifest: each stores one of its own, and the sum of all as the folder's."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from semstyle.farm.monitor.snapshot import MOST_SHOWN
from semstyle.farm.monitor.status import ENDED, Heartbeat, InFlight, NodeAtWork, State, Status
from semstyle.farm.output.layout import STATUS, shard_status_path
from semstyle.farm.output.lost_renders import Lost
from semstyle.manifest import Shard
from semstyle.storage import Folder, MissingObjectError

ADDED = (
    *("renders", "duplicates", "skipped", "rendered", "failed", "failed_before"),
    *("retries", "left", "lost", "remarked", "running", "queued", "waiting"),
)
PRECEDENCE: tuple[State, ...] = (
    "running",
    "paused",
    "stopping",
    "starting",
    "aggregating",
    "failed",
    "stopped",
    "finished",
)
"""The state of several drivers together is the first of these that any of them is in."""
DONE = {"aggregating", "finished", "failed"}


class ShardHeartbeat(Heartbeat):
    """Writes the status of a driver that has only a shard of the rows."""

    def __init__(self, folder: Folder, shard: Shard) -> None:
        super().__init__(folder)
        self._shard = shard
        self.shard = str(shard)

    def is_last(self) -> bool:
        """Whether the drivers of all other shards are done; of several that end at once, each may be last."""
        self.flush()
        others = self._others()
        return len(others) == self._shard.count - 1 and all(status.state in DONE for status in others)

    def lost_elsewhere(self) -> Lost:
        """Return the renders that the drivers of the other shards have lost."""
        return sum((Lost(status.lost, status.lost_ids) for status in self._others()), Lost())

    def _others(self) -> list[Status]:
        return [status for status in read_shards(self._folder, self._shard.count) if status.shard != self.shard]

    def _write(self, status: Status) -> None:
        self._folder.write(shard_status_path(self._shard), status.as_json())
        seen: list[Status] = []
        # Again when another has written meanwhile: whoever is last to write has then seen everyone's last.
        while (shards := read_shards(self._folder, self._shard.count)) != seen:
            self._folder.write(STATUS, together(shards, self._shard.count).as_json())
            seen = shards


def read_shards(folder: Folder, count: int) -> list[Status]:
    """Read the statuses that the drivers of ``count`` shards have stored so far."""
    statuses = []
    for number in range(1, count + 1):
        try:
            statuses.append(Status.model_validate_json(folder.read(shard_status_path(Shard(number, count)))))
        except (MissingObjectError, ValidationError):
            continue
    return statuses


def together(shards: Sequence[Status], count: int) -> Status:
    """Make one status of all: counts are added up, and the heartbeat is the oldest.

    Args:
        count: How many shards there should be; while some are missing the run is starting at best.
    """
    latest = max(shards, key=lambda status: status.updated_at)
    states = {status.state for status in shards} | ({"starting"} if len(shards) < count else set())
    at_work = [status for status in shards if status.state not in ENDED]
    changed: dict[str, Any] = {name: sum(getattr(status, name) for status in shards) for name in ADDED}
    changed.update(
        shard=None,
        shards=[status.model_copy(update={"in_flight": [], "nodes": []}) for status in shards],
        state=next(state for state in PRECEDENCE if state in states),
        started_at=min(status.started_at for status in shards),
        updated_at=min((status.updated_at for status in at_work), default=latest.updated_at),
        places=max(status.places for status in shards),  # they share one cluster
        per_minute=sum(status.per_minute or 0 for status in at_work) or None,
        eta_seconds=max((status.eta_seconds or 0 for status in at_work), default=0) or None,
        in_flight=longest(shards),
        nodes=nodes_at_work(shards),
        avoided_nodes=list({found.node: found for status in shards for found in status.avoided_nodes}.values()),
        first_remark=next((status.first_remark for status in shards if status.first_remark), None),
        lost_ids=[render_id for status in shards for render_id in status.lost_ids],
    )
    return latest.model_copy(update=changed)


def longest(shards: Sequence[Status]) -> list[InFlight]:
    """Return the attempts of all that have been running for longest."""
    attempts = [attempt for status in shards for attempt in status.in_flight]
    return heapq.nlargest(MOST_SHOWN, attempts, key=lambda attempt: attempt.seconds)


def nodes_at_work(shards: Sequence[Status]) -> list[NodeAtWork]:
    """Return the busiest nodes, which the drivers share."""
    addresses = {found.node: found.address for status in shards for found in status.nodes}
    running: Counter[str] = Counter()
    for status in shards:
        running.update({found.node: found.running for found in status.nodes})
    return [NodeAtWork(node=node, address=addresses[node], running=n) for node, n in running.most_common(MOST_SHOWN)]
