"""Which failed attempts are followed by another, and how long after (design, section 4.3)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from semstyle.farm.attempt import Attempt, FailureClass

COUNTED = {FailureClass.WORKER, FailureClass.MEMORY, FailureClass.TIME}
MOST_STORAGE_FAILURES = 8
"""With the delays below: about three minutes of a storage that does not answer."""
MOST_NODES_LOST = 20
"""Preemption is not the render's fault, but one that takes its node down each time must end somewhere."""
LONGEST_DELAY = 60.0
CRASH_DELAY = 1.0
"""Long enough for Ray to notice that it was the whole node."""


def delay_before_next(history: Sequence[Attempt], max_attempts: int) -> float | None:
    """Seconds until the attempt after ``history`` (all failed), or None when there is none.

    What ended a whole batch may be another row's fault and does not count towards ``max_attempts``.
    """
    counts = Counter(attempt.outcome for attempt in history)
    match FailureClass(history[-1].outcome):
        case FailureClass.INPUT:
            return None
        case FailureClass.STORAGE:
            failures = counts[FailureClass.STORAGE]
            return None if failures > MOST_STORAGE_FAILURES else back_off(failures)
        case FailureClass.NODE:
            return None if counts[FailureClass.NODE] > MOST_NODES_LOST else CRASH_DELAY
        case _:
            return None if died(history) >= max_attempts else CRASH_DELAY


def is_last_resort(history: Sequence[Attempt], max_attempts: int) -> bool:
    """Whether the attempt after ``history`` is the last, others having died: it should do nothing but render."""
    return 0 < died(history) == max_attempts - 1


def died(history: Sequence[Attempt]) -> int:
    """Attempts that count towards ``max_attempts``."""
    return sum(attempt.batch == 1 and attempt.outcome in COUNTED for attempt in history)


def back_off(failures: int) -> float:
    """Doubling from about a second; jitter keeps a cluster's workers from coming back all at once."""
    return random.uniform(0.5, 1.0) * min(LONGEST_DELAY, 2.0**failures)
