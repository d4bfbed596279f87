"""Making the attempts of a task: renders of one shape side by side, each committed alone (used by workers)."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace

from semstyle.engine import Course, Rendering, render_batch
from semstyle.engine.memory import release_freed_memory
from semstyle.farm.attempt import Assignment, Committed, Failed, Started
from semstyle.farm.worker.ahead import ahead
from semstyle.farm.worker.headway_notes import HeadwayNotes, Note
from semstyle.farm.worker.previews import Previews
from semstyle.farm.worker.render_attempt import Finished, Loaded, answered, judge, load, rendered, settled, tidied
from semstyle.farm.worker.worker_state import STYLE_FEATURES

Shape = tuple[object, ...]
"""What the renders of a group share; see :attr:`semstyle.engine.Request.batch_key`."""
Group = list[tuple[int, Loaded]]
"""Renders of one shape, each with its place in the task."""
MOST_WAITING = 2
"""So many finished renders may wait to be committed, as each keeps its image and its inputs in memory."""


def attempts(assignments: Sequence[Assignment], started: Started) -> Iterator[Committed | Failed]:
    """Try each assignment once; yields an answer for each, in no order, when it is committed.

    After an answer that is poisoned there is none; one that is not for a single render stands for all that have none.
    """
    with contextlib.closing(outcomes(assignments, started)) as found:
        yield from map(settled, found)


def outcomes(assignments: Sequence[Assignment], started: Started) -> Generator[Finished | Failed]:
    """Yield each render of a task when it is to be committed, and as :func:`attempts` what cannot be.

    Where the task has a device, it goes on meanwhile, so that the device does not wait for files to be written.
    """
    made = until_poisoned(renders(assignments, started))
    return ahead(made, MOST_WAITING) if goes_on(assignments) else made


def goes_on(assignments: Sequence[Assignment]) -> bool:
    """Whether to render while finished renders are committed; a CPU is busy with either."""
    return assignments[0].demand.gpus > 0 and len(assignments) > 1


def until_poisoned(made: Iterator[Finished | Failed]) -> Generator[Finished | Failed]:
    """Yield outcomes up to the first that is poisoned: nothing more must be tried on its device."""
    for outcome in made:
        yield outcome
        if outcome.poisoned:
            return


def renders(assignments: Sequence[Assignment], started: Started) -> Iterator[Finished | Failed]:
    """Make each render."""
    if len(assignments) == 1:
        yield rendered(assignments[0], started)
        return
    groups: dict[Shape, Group] = defaultdict(list)
    for number, assignment in enumerate(assignments):
        match answered(load_and_measure, assignment):
            case Failed() as failed:
                yield replace(failed, number=number)
            case shape, loaded:
                groups[shape].append((number, loaded))
    for group in groups.values():
        yield from renders_together(group, started) if len(group) > 1 else renders_alone(group, started)


def load_and_measure(assignment: Assignment) -> tuple[Shape, Loaded]:
    loaded = load(assignment)
    # One that may go on from a checkpoint does so by itself.
    return (assignment.row.render_id,) if assignment.may_resume else loaded.request.batch_key, loaded


def renders_together(group: Group, started: Started) -> Iterator[Finished | Failed]:
    """Render a group as one batch, or, if that fails, each by itself, which shows whose fault it was."""
    begun = time.perf_counter()
    renderings = answered(render_together, group, started)
    release_freed_memory()
    if isinstance(renderings, Failed):
        if renderings.poisoned:
            yield renderings
            return
        remark = f"rendered by itself, as its batch of {len(group)} failed: {renderings.message}"
        yield from renders_alone(group, started, (remark,))
        return
    share = (time.perf_counter() - begun) / len(group)
    for (number, loaded), rendering in zip(group, renderings, strict=True):
        outcome = answered(judge, loaded, rendering, share, started)
        yield replace(tidied(outcome, loaded.assignment.demand), number=number)


def render_together(group: Group, started: Started) -> list[Rendering]:
    first = group[0][1]
    note = Note(first.assignment.run_id, started)
    return render_batch(
        [loaded.request for _, loaded in group],
        encoder=first.encoder,
        device=first.device,
        style_features=STYLE_FEATURES,
        courses=[course_of(loaded.assignment, started, note) for _, loaded in group],
    )


def course_of(assignment: Assignment, started: Started, note: Note) -> Course:
    """Return whom a render of a batch tells how it is doing; it stores no checkpoints, as it is not resumed."""
    on_phase = Previews(assignment).store if assignment.preview else None
    return Course(HeadwayNotes(assignment, started, note).step, on_phase)


def renders_alone(group: Group, started: Started, remarks: tuple[str, ...] = ()) -> Iterator[Finished | Failed]:
    for number, loaded in group:
        outcome = rendered(loaded.assignment, started)
        if isinstance(outcome, Finished):
            outcome = replace(outcome, before=(*remarks, *outcome.before))
        yield replace(outcome, number=number)
