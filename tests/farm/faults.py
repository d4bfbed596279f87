"""Tasks in which something goes wrong, for rows whose tag ``fault`` says so; otherwise they do the real work."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from semstyle.farm.attempt import Answer, Assignment, Failed, FailureClass, Moved, Started
from semstyle.farm.task import leave, node_id, perform


def faulty(assignment: Assignment) -> Iterator[Answer]:
    """``crash``, ``hang`` and ``storage`` at the first attempt; ``crash always`` and ``hang always`` at each."""
    fault, _, always = assignment.row.tags.get("fault", "").partition(" ")
    if fault and (always or not assignment.history):
        yield Started(node_id(), os.getpid(), time.time())
        if fault == "crash":
            time.sleep(0.3)  # answers travel in the background
            os._exit(1)
        if fault == "hang":
            time.sleep(600)
        if fault == "storage":
            yield Failed(FailureClass.STORAGE, "503 Slow Down")
            return
        raise AssertionError(fault)
    yield from perform(assignment)


def slow(assignment: Assignment) -> Iterator[Answer]:
    """The real work, after half a second in which others can overtake."""
    for answer in perform(assignment):
        yield answer
        if isinstance(answer, Started):
            time.sleep(0.5)


def moves_once(assignment: Assignment) -> Iterator[Answer]:
    """The real work, but the first process leaves as one whose device has changed; tag ``moved`` names its mark."""
    mark = Path(assignment.row.tags["moved"])
    if not mark.exists():
        mark.touch()
        yield Moved()
        leave()
    yield from perform(assignment)


def broken_environment(assignment: Assignment) -> Iterator[Answer]:
    """What a worker without semstyle does before its first answer."""
    import semstyle_that_is_not_installed  # noqa: F401

    yield Moved()
