"""Making several attempts in one task: renders of one shape side by side, each committed alone (used by workers)."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from semstyle.engine import Rendering, render_batch
from semstyle.engine.memory import release_freed_memory
from semstyle.farm.attempt import Assignment, Committed, Failed, Started
from semstyle.farm.worker.render_attempt import Loaded, answered, attempt, load, store, tidied
from semstyle.farm.worker.worker_state import STYLE_FEATURES

Shape = tuple[object, ...]
"""What the renders of a group share; see :attr:`semstyle.engine.Request.batch_key`."""
Group = list[tuple[int, Loaded]]
"""Renders of one shape, each with its place in the task."""


def attempts(assignments: Sequence[Assignment], started: Started) -> Iterator[Committed | Failed]:
    """Try each assignment once; yields an answer for each, in no order.

    After an answer that is poisoned, one that is not for a single render stands for all that have none yet.
    """
    if len(assignments) == 1:
        yield attempt(assignments[0], started)
        return
    groups: dict[Shape, Group] = defaultdict(list)
    for number, assignment in enumerate(assignments):
        match answered(load_and_measure, assignment):
            case Failed() as failed:
                yield replace(failed, number=number)
            case shape, loaded:
                groups[shape].append((number, loaded))
    for group in groups.values():
        yield from attempts_together(group, started) if len(group) > 1 else attempts_alone(group, started)


def load_and_measure(assignment: Assignment) -> tuple[Shape, Loaded]:
    loaded = load(assignment)
    # One that may go on from a checkpoint does so by itself.
    return (assignment.row.render_id,) if assignment.may_resume else loaded.request.batch_key, loaded


def attempts_together(group: Group, started: Started) -> Iterator[Committed | Failed]:
    """Render a group as one batch, or, if that fails, each by itself, which shows whose fault it was."""
    begun = time.perf_counter()
    renderings = answered(render_together, group)
    release_freed_memory()
    if isinstance(renderings, Failed):
        if renderings.poisoned:
            yield renderings
            return
        remark = f"rendered by itself, as its batch of {len(group)} failed: {renderings.message}"
        yield from attempts_alone(group, started, (remark,))
        return
    share = (time.perf_counter() - begun) / len(group)
    for (number, loaded), rendering in zip(group, renderings, strict=True):
        answer = answered(store, loaded, rendering, share, started)
        yield replace(tidied(answer, loaded.assignment.demand), number=number)


def render_together(group: Group) -> list[Rendering]:
    first = group[0][1]
    requests = [loaded.request for _, loaded in group]
    return render_batch(requests, encoder=first.encoder, device=first.device, style_features=STYLE_FEATURES)


def attempts_alone(group: Group, started: Started, remarks: tuple[str, ...] = ()) -> Iterator[Committed | Failed]:
    for number, loaded in group:
        answer = attempt(loaded.assignment, started)
        if isinstance(answer, Committed):
            answer = replace(answer, remarks=(*remarks, *answer.remarks))
        yield replace(answer, number=number)
