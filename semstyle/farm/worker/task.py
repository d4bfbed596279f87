"""The Ray task: it makes an attempt at a render, or at each of several, and answers as it goes.

This module imports little, as the driver imports it too.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

from semstyle.farm.attempt import Answer, Assignment, Committed, Failed, FailureClass, Moved, Started
from semstyle.farm.retries import POLICIES
from semstyle.farm.worker.visibility import Visibility
from semstyle.importing import uncollected

_visibility = Visibility()


def perform(*assignments: Assignment) -> Iterator[Answer]:
    """Answer :class:`Started`, then how each attempt ended; leave the process when it should not be used again."""
    if assignments[0].demand.gpus > 0 and _visibility.has_moved():
        yield Moved()
        leave()
    started = Started(node_id(), os.getpid(), time.time())
    yield started  # before torch is loaded, so that the driver knows on which node that kills the process
    with uncollected():
        from semstyle.farm.worker.batch import attempts

    must_leave, left = False, len(assignments)
    for answer in attempts(assignments, started):
        yield answer
        left -= 1
        must_leave |= answer.poisoned or (isinstance(answer, Failed) and POLICIES[answer.kind].poisons)
        if answer.poisoned:
            if left and answer.number is not None:
                yield untried(answer)
            break
    if must_leave:
        leave()


def untried(poisoned: Committed | Failed) -> Failed:
    """Return the answer for the rest of a task after one of its renders has left a device that can do no more."""
    if isinstance(poisoned, Failed) and poisoned.kind is FailureClass.DEVICE:
        return replace(poisoned, number=None)
    return Failed(FailureClass.WORKER, "not tried, as the device failed at another render of its batch", poisoned=True)


def node_id() -> str:
    import ray

    return str(ray.get_runtime_context().get_node_id())


def leave() -> None:
    """End this worker process, so that Ray starts a fresh one. What was answered before still arrives."""
    sys.exit(0)
