"""What follows an attempt that failed, by the class of its failure."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from semstyle.farm.attempt import Attempt, FailureClass

LONGEST_DELAY = 60.0
CRASH_SECONDS = 1.0
"""Long enough for Ray to notice that it was the whole node."""


def back_off(failures: int) -> float:
    """Doubling from about a second; jitter keeps a cluster's workers from coming back all at once."""
    return random.uniform(0.5, 1.0) * min(LONGEST_DELAY, 2.0**failures)


def at_once(failures: int) -> float:
    return CRASH_SECONDS


@dataclass(frozen=True)
class RetryPolicy:
    """What a class of failures leads to.

    Attributes:
        most: Failures of this class after which the row is tried again; None leaves that to ``--max-attempts``.
        delay: Seconds before the next attempt, given how many of this class there were.
        counts: Whether the attempt is one of ``--max-attempts``.
        poisons: Whether the worker's process may be broken (an error of CUDA stays), so that it ends.
        needs_whole_gpu: Whether the next attempt gets a GPU to itself.
    """

    most: int | None
    delay: Callable[[int], float] = at_once
    counts: bool = False
    poisons: bool = False
    needs_whole_gpu: bool = False


POLICIES = {
    FailureClass.INPUT: RetryPolicy(most=0),
    # With the delays: about three minutes of a storage that does not answer.
    FailureClass.STORAGE: RetryPolicy(most=8, delay=back_off),
    FailureClass.WORKER: RetryPolicy(most=None, counts=True, poisons=True),
    FailureClass.MEMORY: RetryPolicy(most=None, counts=True, poisons=True, needs_whole_gpu=True),
    FailureClass.TIME: RetryPolicy(most=None, counts=True),
    # Preemption is not the render's fault, but one that takes its node down each time must end somewhere.
    FailureClass.NODE: RetryPolicy(most=20),
}


def delay_before_next(history: Sequence[Attempt], max_attempts: int) -> float | None:
    """Seconds until the attempt after ``history`` (all failed), or None when there is none."""
    kind = FailureClass(history[-1].outcome)
    policy, failures = POLICIES[kind], Counter(attempt.outcome for attempt in history)[kind]
    is_last = died(history) >= max_attempts if policy.most is None else failures > policy.most
    return None if is_last else policy.delay(failures)


def is_last_resort(history: Sequence[Attempt], max_attempts: int) -> bool:
    """Whether the attempt after ``history`` is the last, others having died: it should do nothing but render."""
    return 0 < died(history) == max_attempts - 1


def died(history: Sequence[Attempt]) -> int:
    """Attempts that count towards ``max_attempts``.

    What ended a whole batch may be another row's fault and does not count.
    """
    return sum(attempt.batch == 1 and POLICIES[FailureClass(attempt.outcome)].counts for attempt in history)
