"""Attempts at a render: what the driver asks of a worker, what the worker answers, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from semstyle.farm.demand import Demand
from semstyle.manifest import Row


class FailureClass(StrEnum):
    """Why an attempt failed, which decides what happens next; see :data:`semstyle.farm.retries.POLICIES`."""

    INPUT = "input"
    STORAGE = "storage"
    WORKER = "worker"
    MEMORY = "memory"
    TIME = "time"
    DEVICE = "device"
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
        batch: How many renders the worker was given together.
    """

    run_id: str
    outcome: str
    node: str | None
    pid: int | None
    started_at: float
    seconds: float
    error: str = ""
    batch: int = 1


@dataclass(frozen=True)
class Assignment:
    """A render that a worker is to make and commit.

    Attributes:
        out: URI of the output folder.
        allow: Prefixes that inputs must come from.
        allow_torchscript: Whether maps may be made by networks in TorchScript.
        history: The attempts that failed, oldest first.
        checkpoint_after: Seconds; a render that is estimated to take longer stores a checkpoint after each phase. None
            stores none.
        may_resume: Whether an earlier attempt may have stored a checkpoint.
        judge: Whether the finished image gets metrics.
        preview: Whether a small picture is stored at the end of each phase.
    """

    row: Row
    out: str
    run_id: str
    demand: Demand
    allow: tuple[str, ...] = ()
    history: tuple[Attempt, ...] = ()
    checkpoint_after: float | None = None
    may_resume: bool = False
    judge: bool = True
    allow_torchscript: bool = False
    preview: bool = False

    def again(self, failed: Attempt, demand: Demand) -> Assignment:
        """Return the assignment that follows after an attempt at this render has failed."""
        return replace(self, history=(*self.history, failed), demand=demand, may_resume=True)


@dataclass(frozen=True)
class Started:
    """A worker has begun; this is always its first answer, unless it has been moved."""

    node: str
    pid: int
    at: float


@dataclass(frozen=True)
class Moved:
    """The worker was given another device than it started on, and leaves; this does not count as an attempt."""


@dataclass(frozen=True)
class Committed:
    """The render's record exists.

    Attributes:
        seconds: How long this render took, with its share of what was done for its batch as a whole.
        ours: False when another run committed it first.
        resumed_phases: How many phases an earlier attempt had made.
        remarks: What went wrong without harm, a line each, without credentials.
        number: The render's place among those of the task, from 0; None when it is the only one.
        poisoned: Whether the device has failed since the image was finished, so that this process can do no more.
    """

    seconds: float
    ours: bool
    resumed_phases: int = 0
    remarks: tuple[str, ...] = ()
    number: int | None = None
    poisoned: bool = False


@dataclass(frozen=True)
class Failed:
    """The attempt failed.

    Attributes:
        message: One line, without credentials.
        traceback: For the failure's file, without credentials; may be empty.
        number: The render's place among those of the task, from 0; None stands for all that have no answer yet.
        poisoned: Whether this process can do no more, as the device or what it was asked for has failed.
    """

    kind: FailureClass
    message: str
    traceback: str = ""
    number: int | None = None
    poisoned: bool = False


Answer = Started | Moved | Committed | Failed
