"""Noticing nodes on which whatever is tried dies, so that nothing is sent there for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from semstyle.farm.attempt import Attempt, FailureClass, Started
from semstyle.farm.errors import GpuError
from semstyle.farm.monitor.journal import Journal
from semstyle.farm.monitor.status import AvoidedNode

MOST_FAILURES = 3
"""A node is avoided after so many tasks that died on it with no render between."""
FIRST_SECONDS = 300.0
"""For how long a node is avoided the first time. Each time that it fails again it is for twice as long."""
LONGEST_SECONDS = 3600.0
BLAMED = {FailureClass.WORKER, FailureClass.DEVICE}
"""What may be a node's fault. Out of memory is not among it: that depends on the render and on how many share a GPU."""

Task = tuple[str | None, int | None, float]
"""Node, process and beginning: what all attempts of one task have in common, and those of no two tasks."""
Nodes = Mapping[str, str]
"""Id → address of the nodes that are alive and have room for a render."""


@dataclass
class Suspicion:
    """What is known against one node.

    Attributes:
        failures: The tasks that have died on it since its last render or since it was avoided.
        since, until: From when and until when it is avoided; None while it is not.
        times: How often it has been avoided without a render between.
        is_unusable: Whether its GPU cannot be used at all.
    """

    failures: dict[Task, None] = field(default_factory=dict)
    since: float | None = None
    until: float | None = None
    times: int = 0
    reason: str = ""
    is_unusable: bool = False


class BadNodes:
    """Knows which nodes to avoid, and which attempts that failed were a bad node's fault.

    After ``MOST_FAILURES`` tasks have died on a node with no render between, it is avoided and the attempts are
    excused. When its time is over it is tried again: one render clears it, one failure has it avoided again. When it
    is the last node that was not avoided, the nodes are hardly at fault: then all are used again, and failures count
    until something is rendered.

    Args:
        seconds: For how long a node is avoided the first time.
        clock: Returns seconds that only grow.
    """

    def __init__(
        self, journal: Journal, seconds: float = FIRST_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._journal, self._seconds, self._clock = journal, seconds, clock
        self._suspicions: dict[str, Suspicion] = {}
        self._excused: set[Task] = set()
        self._is_general = False

    @property
    def avoided(self) -> frozenset[str]:
        """Ids of the nodes that nothing should be sent to now."""
        return frozenset(node for node, suspicion in self._suspicions.items() if suspicion.since is not None)

    @property
    def unusable(self) -> frozenset[str]:
        """Ids of those of them whose GPU cannot be used at all."""
        return frozenset(node for node in self.avoided if self._suspicions[node].is_unusable)

    def shown(self, nodes: Nodes) -> list[AvoidedNode]:
        """Describe those of ``nodes`` that are avoided, for the status."""
        now, clock = datetime.now(UTC), self._clock()
        avoided = ((node, self._suspicions[node]) for node in sorted(self.avoided & nodes.keys()))
        return [
            AvoidedNode(
                node=node,
                address=nodes[node],
                reason=suspicion.reason,
                until=now + timedelta(seconds=max(0.0, (suspicion.until or clock) - clock)),
            )
            for node, suspicion in avoided
        ]

    def succeeded(self, started: Started | None) -> None:
        """Note that a render was committed where ``started`` says."""
        self._is_general = False
        if started is not None and (suspicion := self._suspicions.pop(started.node, None)) and suspicion.times:
            self._journal.node_cleared(started.node)

    def failed(self, attempt: Attempt, launched_at: float, nodes: Nodes) -> None:
        """Note that an attempt has failed.

        Args:
            launched_at: When its task was launched, by the clock.

        Raises:
            GpuError: when its node's GPU cannot be used, and no other node is left.
        """
        kind, node, task = FailureClass(attempt.outcome), attempt.node, task_of(attempt)
        if node is None or kind not in BLAMED or task in self._excused:
            return
        suspicion = self._suspicions.setdefault(node, Suspicion())
        if kind is FailureClass.DEVICE:
            self._forbid(node, suspicion, attempt, nodes)
        elif suspicion.since is not None:
            if launched_at < suspicion.since:  # else it was sent there all the same, as it fits nowhere else
                self._excused.add(task)
        elif not self._is_general:
            suspicion.failures[task] = None
            if suspicion.times or len(suspicion.failures) >= MOST_FAILURES:
                self._convict(node, suspicion, attempt, nodes)

    def excused(self, history: Iterable[Attempt]) -> list[Attempt]:
        """Return those attempts that were a bad node's fault, and should not count."""
        return [attempt for attempt in history if task_of(attempt) in self._excused]

    def suspected(self, history: Iterable[Attempt], nodes: Nodes) -> list[Attempt]:
        """Return those attempts that may yet turn out to have been a bad node's fault, by what comes next on it."""
        undecided = {
            task
            for node, suspicion in self._suspicions.items()
            if node in nodes and self._others(node, nodes)
            for task in suspicion.failures
        }
        return [attempt for attempt in history if task_of(attempt) in undecided]

    def look(self, nodes: Nodes) -> None:
        """Let nodes be tried whose time is over, and all if no other is left."""
        for node, suspicion in self._suspicions.items():
            if suspicion.until is not None and suspicion.until <= self._clock():
                suspicion.since = suspicion.until = None
                self._journal.node_tried_again(node)
        if nodes and self.avoided - self.unusable and nodes.keys() <= self.avoided:
            self._pardon()

    def _others(self, node: str, nodes: Nodes) -> bool:
        """Whether a node other than ``node`` can be used."""
        return bool(nodes.keys() - self.avoided - {node})

    def _convict(self, node: str, suspicion: Suspicion, attempt: Attempt, nodes: Nodes) -> None:
        """Avoid a node for the tasks that died on it, unless it is the last one."""
        if not self._others(node, nodes):
            self._pardon()
            return
        failures = len(suspicion.failures)
        tasks = "another task" if suspicion.times else f"{failures} tasks"
        self._excused.update(suspicion.failures)
        self._avoid(node, suspicion, f"{tasks} died on it with no render between, the last of: {attempt.error}", nodes)

    def _forbid(self, node: str, suspicion: Suspicion, attempt: Attempt, nodes: Nodes) -> None:
        """Avoid a node whose GPU cannot be used, whatever the others are like."""
        if nodes and nodes.keys() <= self.unusable | {node}:
            raise GpuError(f"no node's GPU can be used; {nodes.get(node, node)}: {attempt.error}")
        if suspicion.since is None:
            suspicion.is_unusable = True
            self._avoid(node, suspicion, attempt.error, nodes)

    def _avoid(self, node: str, suspicion: Suspicion, reason: str, nodes: Nodes) -> None:
        seconds = min(LONGEST_SECONDS, self._seconds * 2**suspicion.times)
        suspicion.since, suspicion.reason = self._clock(), reason
        suspicion.until, suspicion.times = suspicion.since + seconds, suspicion.times + 1
        suspicion.failures.clear()
        self._journal.node_avoided(node, nodes.get(node), reason, seconds)

    def _pardon(self) -> None:
        """Use every node again but those whose GPU cannot be used, and blame none until something is rendered."""
        self._suspicions = {node: self._suspicions[node] for node in self.unusable}
        self._is_general = True
        self._journal.nodes_pardoned()


def task_of(attempt: Attempt) -> Task:
    return attempt.node, attempt.pid, attempt.started_at
