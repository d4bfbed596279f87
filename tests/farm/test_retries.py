"""Which failures get another attempt."""

from __future__ import annotations

import pytest

from semstyle.farm.attempt import Attempt, FailureClass
from semstyle.farm.retries import (
    LONGEST_DELAY,
    POLICIES,
    back_off,
    delay_before_next,
    is_last_resort,
)


def history(*outcomes: str) -> list[Attempt]:
    return [Attempt("run", outcome, "node", 1, 0.0, 1.0, "error") for outcome in outcomes]


def test_every_class_has_a_policy():
    assert set(POLICIES) == set(FailureClass)


def test_bad_input_is_final():
    assert delay_before_next(history("input"), 3) is None


@pytest.mark.parametrize("kind", ["worker", "memory", "time"])
def test_crashes_memory_and_time_share_one_cap(kind):
    assert delay_before_next(history("worker", kind), 3) is not None
    assert delay_before_next(history("time", "worker", kind), 3) is None


def test_lost_nodes_and_storage_do_not_use_up_attempts():
    assert delay_before_next(history("node", "storage", "node", "storage", "worker"), 2) is not None
    assert delay_before_next(history("worker", "node"), 2) is not None


def test_what_ended_a_batch_does_not_use_up_attempts():
    together = Attempt("run", "worker", "node", 1, 0.0, 1.0, "error", batch=4)
    assert delay_before_next([together], 1) is not None
    assert delay_before_next([together, *history("worker")], 1) is None


def test_what_was_a_bad_nodes_fault_does_not_use_up_attempts():
    first, second, third = (Attempt("run", "worker", "node", pid, 0.0, 1.0, "error") for pid in range(3))
    assert delay_before_next([first, second], 2) is None
    assert delay_before_next([first, second], 2, excused=[first]) is not None
    assert delay_before_next([first, second, third], 2, excused=[first]) is None
    assert is_last_resort([first, second], 2, excused=[first])
    assert not is_last_resort([first], 2, excused=[first])


def test_the_last_resort_comes_after_deaths_only():
    assert not is_last_resort(history("storage", "node"), 1)
    assert not is_last_resort(history("worker"), 3)
    assert is_last_resort(history("worker", "storage", "time"), 3)
    assert is_last_resort(history("memory"), 2)


def test_even_lost_nodes_and_storage_end_somewhere():
    for kind, most in {"node": 20, "device": 20, "storage": 8}.items():
        assert delay_before_next(history(*[kind] * most), 3) is not None
        assert delay_before_next(history(*[kind] * (most + 1)), 3) is None


def test_back_off_grows_varies_and_is_bounded():
    assert all(1 <= back_off(1) <= 2 for _ in range(50))
    assert all(4 <= back_off(3) <= 8 for _ in range(50))
    assert all(LONGEST_DELAY / 2 <= back_off(100) <= LONGEST_DELAY for _ in range(50))
    assert len({back_off(3) for _ in range(10)}) > 1


def test_every_class_has_a_rule():
    for kind in FailureClass:
        delay_before_next(history(kind), 3)
