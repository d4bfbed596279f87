"""Launching tasks on the cluster and hearing from them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import ray

from semstyle.farm.attempt import Answer, Assignment, Attempt, Committed, Failed, FailureClass, Started
from semstyle.farm.cost import estimated_seconds
from semstyle.farm.demand import Demand
from semstyle.farm.driver.bad_nodes import BadNodes, Nodes
from semstyle.farm.driver.cluster import Cluster
from semstyle.farm.driver.ray_errors import classify

RENDERS_PER_PROCESS = 1000
"""After so many renders a worker process ends, and whatever leaked in it goes with it.

Without a number, Ray ends GPU workers after each task. A fresh process costs about five seconds, which at 100 renders
of a second each would be a twentieth of the time."""

NODE_ID = "ray.io/node-id"
"""A label that Ray gives every node."""

GATHER_SECONDS = 20e-6
"""How long, for each flight, answers are gathered before Ray is asked about all: that takes it about 2 µs each."""

Perform = Callable[..., Iterator[Answer]]
"""What a task does with its assignments; see :func:`semstyle.farm.worker.task.perform`."""


@dataclass(eq=False)
class Flight:
    """One task on its way: an attempt at one render, or at each of a batch.

    Attributes:
        answers: Ray's stream of the task's answers.
        avoids: Ids of the nodes that Ray was told not to send it to.
        launched_at: When it was launched; monotonic time.
        started: The worker's first answer; None while the task waits for a place.
        since: When it was launched, or, once it has started, when it started; monotonic time.
        ended_by_us: Why we cancelled it, if we did.
        pending: The assignments without an outcome, by their place in the task.
    """

    assignments: Sequence[Assignment]
    answers: Any
    avoids: frozenset[str] = frozenset()
    launched_at: float = field(default_factory=time.monotonic)
    since: float = field(default_factory=time.monotonic)
    started: Started | None = None
    ended_by_us: Failed | None = None
    pending: dict[int, Assignment] = field(init=False)

    def __post_init__(self) -> None:
        self.pending = dict(enumerate(self.assignments))

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.since

    @cached_property
    def estimates(self) -> list[float]:
        """Estimated seconds of each of its renders."""
        return [estimated_seconds(assignment.row, assignment.demand) for assignment in self.assignments]

    def take(self, answer: Answer) -> list[Assignment]:
        """Note ``answer``; returns the assignments that it is about. Unless they only started, they are settled now."""
        if isinstance(answer, Started):
            self.started, self.since = answer, time.monotonic()
            return list(self.pending.values())
        if isinstance(answer, Committed | Failed) and answer.number is not None:
            return [self.pending.pop(answer.number)]
        concerned, self.pending = list(self.pending.values()), {}
        return concerned

    def attempt(self, failed: Failed) -> Attempt:
        """Describe this failed attempt as records and failures list it."""
        started, batch = self.started, len(self.assignments)
        return Attempt(
            self.assignments[0].run_id,
            failed.kind,
            started.node if started else None,
            started.pid if started else None,
            started.at if started else time.time() - self.seconds,
            self.seconds,
            failed.message + (f" (in a batch of {batch})" if batch > 1 else ""),
            batch,
        )


Told = tuple[Flight, Assignment, Answer]
"""What has become of one assignment of a flight."""


class Fleet:
    """The tasks that are on the cluster now: launches them and hears from them.

    Args:
        demand: What a render asks for unless its assignment asks for more.
        perform: What a task does; see :func:`semstyle.farm.worker.task.perform`.
        bad_nodes: Which nodes to avoid.

    Attributes:
        wanted: How many places what is left to do is worth.
    """

    def __init__(self, cluster: Cluster, demand: Demand, perform: Perform, bad_nodes: BadNodes) -> None:
        self._cluster = cluster
        self._bad_nodes = bad_nodes
        self.demand = demand
        self._perform = perform
        self._remotes: dict[Demand, Any] = {}
        self._flights: dict[Any, Flight] = {}
        self.wanted: float = math.inf

    def __len__(self) -> int:
        return len(self._flights)

    def __iter__(self) -> Iterator[Flight]:
        return iter(list(self._flights.values()))

    @property
    def places(self) -> int:
        """How many renders the cluster has room for at once, as it is now, on nodes that are not avoided."""
        return self._cluster.places(self.demand, self._bad_nodes.avoided)

    @property
    def nodes(self) -> Nodes:
        """Id → address of the nodes that have room for a render, those that are avoided among them."""
        return self._cluster.addresses(self.demand)

    @property
    def room(self) -> int:
        """How many tasks may be launched now, or, below 0, how many wait that should not.

        A few wait on the cluster, so that no place is empty between two; but an autoscaler starts nodes for them, so
        no more of them than the run wants places.
        """
        places = self.places
        return places + int(min(max(2, places // 8), max(0, self.wanted - places))) - len(self)

    def launch(self, assignments: Sequence[Assignment]) -> None:
        """Submit one task, which asks for what its first assignment asks for; never blocks."""
        first = assignments[0]
        # Of few kinds: Ray counts the tasks of each name, and keeps these counts in the driver for good.
        name = f"render by {first.row.parameters.method}"
        avoids = self.to_avoid(first)
        where = {"label_selector": {NODE_ID: f"!in({','.join(sorted(avoids))})"}} if avoids else {}
        answers = self._remote(first.demand).options(name=name, **where).remote(*assignments)
        self._flights[answers] = Flight(assignments, answers, avoids)

    def to_avoid(self, assignment: Assignment) -> frozenset[str]:
        """Return ids of the nodes that this render should not be sent to: bad ones, and where it has died before.

        What cannot be avoided, as the render fits nowhere else, is not among them.
        """
        avoided = self._bad_nodes.avoided
        wanted = avoided | {attempt.node for attempt in assignment.history if has_died(attempt) and attempt.node}
        if not wanted:
            return wanted
        for nodes in (wanted, avoided):
            if self._cluster.fits(assignment.demand, nodes):
                return nodes & self._cluster.nodes.keys()
        return self._bad_nodes.unusable & self._cluster.nodes.keys()

    def answers(self, timeout: float) -> Iterator[Told]:
        """Yield what was answered since the last call, after waiting at most ``timeout`` seconds for a first answer.

        A flight notes that it has started; it has ended once each of its assignments has another answer.
        """
        if not self._flights:
            time.sleep(timeout)
            return
        ready, _ = ray.wait(list(self._flights), num_returns=1, timeout=timeout)
        if ready:
            time.sleep(GATHER_SECONDS * len(self))
            ready, _ = ray.wait(list(self._flights), num_returns=len(self._flights), timeout=0)
        for stream in ready:
            flight = self._flights[stream]
            answer = self._next_answer(flight)
            concerned = flight.take(answer)
            if not flight.pending:
                del self._flights[stream]
            yield from ((flight, assignment, answer) for assignment in concerned)

    def end(self, flight: Flight, reason: Failed) -> None:
        """Kill the task's worker; its last answer will be ``reason``."""
        flight.ended_by_us = reason
        ray.cancel(flight.answers, force=True)

    def give_up_lost(self) -> Iterator[Told]:
        """Give up the flights whose node is gone: their worker may never be heard of again."""
        for flight in self:
            if flight.started and not self._cluster.is_alive(flight.started.node):
                self._give_up(flight)  # and kill it, in case only Ray's view of the node is lost
                failed = Failed(FailureClass.NODE, "the node was lost")
                yield from ((flight, assignment, failed) for assignment in flight.take(failed))

    def recall_misdirected(self) -> Iterator[Assignment]:
        """Take back the tasks that wait in Ray and would now be sent elsewhere, as other nodes are avoided."""
        for flight in self:
            if not flight.started and flight.avoids != self.to_avoid(flight.assignments[0]):
                self._give_up(flight)
                yield from flight.pending.values()

    def recall(self) -> list[Assignment]:
        """Take back the tasks that no worker has begun; returns what they were to do."""
        return self._recall(self._waiting)

    def recall_surplus(self) -> list[Assignment]:
        """Take back the tasks that wait for a place which has gone, or which is not worth a node any more.

        Those launched last are taken, as the first may just be beginning.
        """
        return self._recall(self._waiting[room:] if (room := self.room) < 0 else [])

    @property
    def _waiting(self) -> list[Flight]:
        """The tasks that no worker has begun, in the order in which they were launched."""
        return [flight for flight in self if not flight.started]

    def _recall(self, flights: Sequence[Flight]) -> list[Assignment]:
        for flight in flights:
            self._give_up(flight)
        return [assignment for flight in flights for assignment in flight.pending.values()]

    def abandon(self) -> None:
        """Kill everything that is still in flight."""
        for flight in self:
            self._give_up(flight)

    def _give_up(self, flight: Flight) -> None:
        ray.cancel(flight.answers, force=True)
        del self._flights[flight.answers]

    def _next_answer(self, flight: Flight) -> Answer:
        try:
            answer: Answer = ray.get(next(flight.answers))
            return answer
        except StopIteration:
            return Failed(FailureClass.WORKER, "the worker ended without an answer")
        except ray.exceptions.RayError as error:
            if flight.ended_by_us:
                return flight.ended_by_us
            return classify(error, flight.started, self._cluster.is_alive)

    def _remote(self, demand: Demand) -> Any:
        if demand not in self._remotes:
            self._remotes[demand] = ray.remote(
                num_gpus=demand.gpus,
                num_cpus=demand.cpus,
                max_calls=RENDERS_PER_PROCESS,
                max_retries=0,  # the driver owns retries: Ray's have no back-off and hide the attempt
                num_returns="streaming",
            )(self._perform)
        return self._remotes[demand]


def has_died(attempt: Attempt) -> bool:
    """Whether an attempt by itself has ended its process, so that the next one had better be elsewhere."""
    return attempt.outcome == FailureClass.WORKER and attempt.batch == 1
