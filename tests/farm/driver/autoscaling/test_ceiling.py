"""Finding out how much may be asked for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from semstyle.farm.driver.autoscaling import ceiling as module
from semstyle.farm.driver.autoscaling.ceiling import FIRST_PLACES, Ceiling


def ask(ceiling: Ceiling, limit: int) -> int:
    """Ask for as much as the ceiling says, of an autoscaler with a limit; returns how much that was."""
    asked = ceiling.places
    (ceiling.grant if asked <= limit else ceiling.refuse)(asked)
    return asked


@given(limit=st.integers(1, 500))
def test_the_limit_is_found_within_some_requests_and_kept(limit):
    ceiling = Ceiling()
    asked = [ask(ceiling, limit) for _ in range(20)]
    assert asked[0] == FIRST_PLACES and asked[-1] == limit and ceiling.is_found
    assert max(asked) <= max(FIRST_PLACES, 2 * limit)
    assert len([places for places in asked if places != limit]) <= 18


def test_what_is_there_is_known_to_be_granted():
    ceiling = Ceiling()
    ceiling.grant(100)
    assert ceiling.places == 200


def test_a_refusal_is_forgotten_after_a_while_and_by_what_is_granted_since(monkeypatch):
    ceiling = Ceiling()
    for _ in range(20):
        ask(ceiling, 3)
    assert ceiling.places == 3
    ceiling.grant(4)
    assert ceiling.places == FIRST_PLACES
    ask(ceiling, 4)
    monkeypatch.setattr(module, "FORGET_SECONDS", 0)
    assert ceiling.places == FIRST_PLACES and not ceiling.is_found


def test_a_limit_that_is_lowered_is_followed():
    ceiling = Ceiling()
    for limit in (64, 10):
        for _ in range(20):
            ask(ceiling, limit)
    assert ceiling.places == 10
