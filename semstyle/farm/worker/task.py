"""The Ray task: it makes an attempt at a render, or at each of several, and answers as it goes.

This module imports little, as the driver imports it too.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator

from semstyle.farm.attempt import Answer, Assignment, Failed, Moved, Started
from semstyle.farm.retries import POLICIES
from semstyle.farm.worker.visibility import Visibility

_visibility = Visibility()


def perform(*assignments: Assignment) -> Iterator[Answer]:
    """Answer :class:`Started`, then how each attempt ended; leave the process when it should not be used again."""
    from semstyle.farm.worker.batch import attempts

    if assignments[0].demand.gpus > 0 and _visibility.has_moved():
        yield Moved()
        leave()
    started = Started(node_id(), os.getpid(), time.time())
    yield started
    poisoned = False
    for answer in attempts(assignments, started):
        yield answer
        poisoned |= isinstance(answer, Failed) and POLICIES[answer.kind].poisons
    if poisoned:
        leave()


def node_id() -> str:
    import ray

    return str(ray.get_runtime_context().get_node_id())


def leave() -> None:
    """End this worker process, so that Ray starts a fresh one. What was answered before still arrives."""
    sys.exit(0)
