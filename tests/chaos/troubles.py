"""What happens inside workers, as tasks that travel to them by value: slow work, and work that goes wrong."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from unittest import mock

from semstyle.farm.attempt import Answer, Assignment, Started
from semstyle.farm.worker.task import node_id, perform

Perform = Callable[[Assignment], Iterator[Answer]]
SPARE_MEMORY = 128 * 2**20
HUGE = 4096
ROOM_LEFT = 1000


def slowly(seconds: float, environment: dict[str, str] | None = None) -> Perform:
    """The real work, ``seconds`` after it began, so that it can be hit in flight.

    Args:
        environment: Variables to set in the worker, such as where its S3 server is.
    """

    def perform_slowly(assignment: Assignment) -> Iterator[Answer]:
        os.environ.update(environment or {})
        answers = perform(assignment)
        yield next(answers)
        time.sleep(seconds)
        yield from answers

    return perform_slowly


def troubled(assignment: Assignment) -> Iterator[Answer]:
    """The real work, unless the row's tag ``trouble`` says otherwise: for the first attempt, or ``always``."""
    trouble, _, always = assignment.row.tags.get("trouble", "").partition(" ")
    if not trouble or (assignment.history and not always):
        yield from perform(assignment)
    elif trouble == "memory":
        yield from perform_with_little_memory(assignment)
    else:
        yield Started(node_id(), os.getpid(), time.time())
        time.sleep(0.5)  # answers travel in the background
        if trouble == "hang":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(3600)
        if trouble == "segfault":
            ctypes.string_at(0)
        raise AssertionError(trouble)


def dying_on(node: str, mark: str, gate: str, patience: float = 2.0) -> Perform:
    """The real work, but on the node of this id each process is killed by a segmentation fault while ``mark`` exists.

    Elsewhere it takes longer, so that the bad node is given enough.

    Args:
        node: Ray's id of the node.
        mark: A file; without it the node is well.
        gate: A file; while it is not there, renders on other nodes wait for it, at most ``patience`` seconds.
    """

    def perform_there(assignment: Assignment) -> Iterator[Answer]:
        if node_id() == node and Path(mark).exists():
            yield Started(node, os.getpid(), time.time())
            time.sleep(0.3)  # answers travel in the background
            ctypes.string_at(0)
        answers = perform(assignment)
        yield next(answers)
        deadline = time.monotonic() + patience
        while node_id() != node and not Path(gate).exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield from answers

    return perform_there


def with_old_driver_on(node: str) -> Perform:
    """The real work with pretended GPUs, for which the node of this id has a driver that is too old for torch."""

    def perform_there(assignment: Assignment) -> Iterator[Answer]:
        import torch

        from semstyle.farm.worker import render_attempt

        answers = perform(assignment)
        yield next(answers)
        too_old = RuntimeError("The NVIDIA driver on your system is too old (found version 12020). Please update it.")
        is_old = node_id() == node
        with (
            mock.patch.object(torch.cuda, "init", side_effect=too_old)
            if is_old
            else mock.patch.object(render_attempt, "choose_device", return_value=torch.device("cpu"))
        ):
            yield from answers

    return perform_there


def perform_with_little_memory(assignment: Assignment) -> Iterator[Answer]:
    """The real work at a size for which the process has no memory, by the operating system's own limit."""
    answers = perform(with_size(assignment, HUGE))
    yield next(answers)
    load_everything()
    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + SPARE_MEMORY, resource.RLIM_INFINITY))
    yield from answers


def with_size(assignment: Assignment, size: int) -> Assignment:
    row = assignment.row
    return replace(assignment, row=replace(row, parameters=replace(row.parameters, size=size)))


def load_everything() -> None:
    """What a render loads when it begins, which should not be what the memory is too small for."""
    import semstyle.farm.worker.render_attempt  # noqa: F401


def perform_on_full_disk(mark: str) -> Perform:
    """The real work, on a disk that takes a file's first kilobytes and no more while the file ``mark`` exists."""

    def perform_there(assignment: Assignment) -> Iterator[Answer]:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails instead
        most = ROOM_LEFT if Path(mark).exists() else resource.RLIM_INFINITY
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        yield from perform(assignment)

    return perform_there
