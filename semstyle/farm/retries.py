"""Deciding what follows an attempt that failed, by the class of its failure."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from semstyle.farm.attempt import Attempt, FailureClass

LONGEST_DELAY = 60.0
CRASH_SECONDS = 1.0
"""How long to wait after a crash, so that Ray notices if it was the whole node."""


def back_off(failures: int) -> float:
    """Return a delay in seconds that doubles from about one; jitter keeps workers from coming back all at once."""
    return random.uniform(0.5, 1.0) * min(LONGEST_DELAY, 2.0**failures)


def at_once(failures: int) -> float:
    return CRASH_SECONDS


@dataclass(frozen=True)
class RetryPolicy:
    """What follows a failure of one class.

    Attributes:
        most: After how many failures of this class the row is still tried again; None leaves it to ``--max-attempts``.
        delay: Returns the seconds before the next attempt, given how many failures of this class there were.
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
    # As lost nodes: the node is avoided, and without another one the run ends.
    FailureClass.DEVICE: RetryPolicy(most=20, poisons=True),
    # Preemption is not the render's fault, but one that takes its node down each time must end somewhere.
    FailureClass.NODE: RetryPolicy(most=20),
}


def delay_before_next(history: Sequence[Attempt], max_attempts: int, excused: Collection[Attempt] = ()) -> float | None:
    """Return the seconds until the attempt after ``history``, all of which failed, or None when there is no other.

    Args:
        excused: Attempts that were a bad node's fault.
    """
    kind = FailureClass(history[-1].outcome)
    policy, failures = POLICIES[kind], Counter(attempt.outcome for attempt in history)[kind]
    is_last = died(history, excused) >= max_attempts if policy.most is None else failures > policy.most
    return None if is_last else policy.delay(failures)


def is_last_resort(history: Sequence[Attempt], max_attempts: int, excused: Collection[Attempt] = ()) -> bool:
    """Whether the attempt after ``history`` is the last after others have died, so that it should only render."""
    return 0 < died(history, excused) == max_attempts - 1


def died(history: Sequence[Attempt], excused: Collection[Attempt] = ()) -> int:
    """Count the attempts that count towards ``max_attempts``.

    An attempt in a batch does not count, as another row may have ended it; nor does one on a node that is bad.
    """
    return sum(
        attempt.batch == 1 and POLICIES[FailureClass(attempt.outcome)].counts and attempt not in excused
        for attempt in history
    )
