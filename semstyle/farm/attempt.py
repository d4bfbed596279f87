"""Tries at a render: what the driver asks of a worker, what the worker answers, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from semstyle.farm.demand import Demand
from semstyle.manifest import Row


class FailureClass(StrEnum):
    """Why an attempt failed, which decides what happens next (design, section 4.3)."""

    INPUT = "input"
    STORAGE = "storage"
    WORKER = "worker"
    MEMORY = "memory"
    TIME = "time"
    NODE = "node"


RENDERED = "rendered"


@dataclass(frozen=True)
class Attempt:
    """One try at a render, as records and failures list it.

    Attributes:
        outcome: ``rendered`` or a :class:`FailureClass`.
        node: Ray's id of the node; None when the attempt failed before a worker had it.
        started_at: Seconds since the epoch.
        error: One line, without credentials; empty when rendered.
    """

    run_id: str
    outcome: str
    node: str | None
    pid: int | None
    started_at: float
    seconds: float
    error: str = ""


@dataclass(frozen=True)
class Assignment:
    """A render that a worker is to make and commit.

    Attributes:
        out: URI of the output folder.
        allow: Prefixes that inputs must come from.
        history: The attempts that failed, oldest first.
    """

    row: Row
    out: str
    run_id: str
    demand: Demand
    allow: tuple[str, ...] = ()
    history: tuple[Attempt, ...] = ()

    def again(self, failed: Attempt, demand: Demand) -> Assignment:
        """The same render after an attempt that failed."""
        return replace(self, history=(*self.history, failed), demand=demand)


@dataclass(frozen=True)
class Started:
    """A worker has begun; always its first answer."""

    node: str
    pid: int
    at: float


@dataclass(frozen=True)
class Moved:
    """The worker was given another device than it started on and leaves; not an attempt."""


@dataclass(frozen=True)
class Committed:
    """The render's record exists.

    Attributes:
        ours: False when another run committed it first.
    """

    seconds: float
    ours: bool


@dataclass(frozen=True)
class Failed:
    """The attempt failed.

    Attributes:
        message: One line, without credentials.
        traceback: For the failure's file, without credentials; may be empty.
    """

    kind: FailureClass
    message: str
    traceback: str = ""


Answer = Started | Moved | Committed | Failed
