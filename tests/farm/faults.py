"""Tasks in which something goes wrong, for rows whose tag ``fault`` says so; otherwise they do the real work."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from unittest import mock

from semstyle.engine import Checkpoint
from semstyle.farm.attempt import Answer, Assignment, Failed, FailureClass, Moved, Started
from semstyle.farm.worker.task import leave, node_id, perform


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


def poisonous(*assignments: Assignment) -> Iterator[Answer]:
    """The real work, but a task with a row of tag ``fault`` dies when it is half done."""
    answers = perform(*assignments)
    if any(assignment.row.tags.get("fault") for assignment in assignments):
        for answer in islice(answers, max(1, len(assignments) // 2)):  # noqa: UP028 - Ray sends, an islice takes nothing
            yield answer
        time.sleep(0.3)  # answers travel in the background
        os._exit(1)
    yield from answers


def dies_committing(*assignments: Assignment) -> Iterator[Answer]:
    """The real work of a task that renders on while it commits; at first it dies committing a row of tag ``fault``."""
    from semstyle.farm.worker import batch

    settled = batch.settled

    def settle(outcome):  # type: ignore[no-untyped-def]
        row = None if isinstance(outcome, Failed) else outcome.loaded.assignment
        if row is not None and row.row.tags.get("fault") and not row.history:
            time.sleep(0.3)  # answers travel in the background
            os._exit(1)
        return settled(outcome)

    with mock.patch.object(batch, "goes_on", lambda assignments: True), mock.patch.object(batch, "settled", settle):
        yield from perform(*assignments)


def too_large_together(*assignments: Assignment) -> Iterator[Answer]:
    """The real work, but without the memory to render several side by side."""
    import torch

    with mock.patch("semstyle.farm.worker.batch.render_batch", side_effect=torch.OutOfMemoryError("out of memory")):
        yield from perform(*assignments)


def judges_badly(assignment: Assignment) -> Iterator[Answer]:
    """The real work, but the metrics raise."""
    with mock.patch("semstyle.evaluate.judged.judge", side_effect=ZeroDivisionError("no metric today")):
        yield from perform(assignment)


def dies_judging(assignment: Assignment) -> Iterator[Answer]:
    """The real work, but the metrics kill their process."""
    with mock.patch("semstyle.evaluate.judged.judge", side_effect=lambda *_: os._exit(1)):
        for answer in perform(assignment):
            yield answer
            time.sleep(0.3)  # answers travel in the background


def dies_after_a_phase(assignment: Assignment) -> Iterator[Answer]:
    """The real work, but killed as soon as the first attempt has stored a checkpoint."""
    if not assignment.history:
        from semstyle.farm.worker import checkpoints

        store = checkpoints.Checkpoints.store

        def store_and_die(self: checkpoints.Checkpoints, checkpoint: Checkpoint) -> None:
            store(self, checkpoint)
            os.kill(os.getpid(), signal.SIGKILL)

        checkpoints.Checkpoints.store = store_and_die  # type: ignore[method-assign]
    yield from perform(assignment)


def without_usable_gpu(assignment: Assignment) -> Iterator[Answer]:
    """What a worker answers whose driver is too old."""
    import torch

    answers = perform(replace(assignment, demand=replace(assignment.demand, gpus=1)))
    yield next(answers)
    too_old = RuntimeError("The NVIDIA driver on your system is too old (found version 12020). Please update it.")
    with mock.patch.object(torch.cuda, "init", side_effect=too_old):
        yield from answers


def slow(assignment: Assignment) -> Iterator[Answer]:
    """The real work, after half a second in which others can overtake."""
    for answer in perform(assignment):
        yield answer
        if isinstance(answer, Started):
            time.sleep(0.5)


def sweeping(assignment: Assignment) -> Iterator[Answer]:
    """The real work; before it is over, files that tag ``sweep`` names go once they are there, or failures come."""
    for answer in perform(assignment):
        if not isinstance(answer, Started):
            for name in assignment.row.tags.get("sweep", "").split():
                sweep(Path(assignment.out, name))
        yield answer


def sweep(path: Path) -> None:
    if path.parent.name == "failures":
        path.write_text("{}")
        return
    while not (path.exists() and path.parents[1].joinpath("records", f"{path.stem}.parquet").exists()):
        time.sleep(0.05)
    path.unlink()


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


def telling_often(*assignments: Assignment) -> Iterator[Answer]:
    """The real work, but its headway is told often, and with tag ``heard`` it waits for that file once it has told."""
    from semstyle.farm.monitor.headway import Headway, leave_note

    heard = assignments[0].row.tags.get("heard")

    def tell_and_wait(key: str, headway: Headway) -> bool:
        is_left = leave_note(key, headway)
        until = time.monotonic() + 60
        while heard and not Path(heard).exists() and time.monotonic() < until:
            time.sleep(0.05)
        return is_left

    notes = "semstyle.farm.worker.headway_notes"
    with mock.patch(f"{notes}.NOTE_SECONDS", 0.01), mock.patch(f"{notes}.leave_note", tell_and_wait):
        yield from perform(*assignments)
