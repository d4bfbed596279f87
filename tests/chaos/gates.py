"""Renders that wait for a file, as tasks that travel to workers by value."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from semstyle.farm.attempt import Answer, Assignment
from semstyle.farm.worker.task import perform


def behind(gate: str, most: float = 240) -> Callable[[Assignment], Iterator[Answer]]:
    """The real work, begun once the file ``gate`` is there, or after ``most`` seconds at last."""

    def perform_behind(assignment: Assignment) -> Iterator[Answer]:
        answers = perform(assignment)
        yield next(answers)
        deadline = time.monotonic() + most
        while not Path(gate).exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        yield from answers

    return perform_behind


def last_ones_behind(gate: str, seconds: float) -> Callable[[Assignment], Iterator[Answer]]:
    """The real work, ``seconds`` after it began; rows whose id begins with ``last`` wait for the file ``gate``."""
    slowly, last = behind(gate, seconds), behind(gate)

    def perform_there(assignment: Assignment) -> Iterator[Answer]:
        yield from (last if assignment.row.render_id.startswith("last") else slowly)(assignment)

    return perform_there
