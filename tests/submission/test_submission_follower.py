"""Following a log over connections that break anywhere."""

from __future__ import annotations

import random
import threading
from collections.abc import AsyncIterator

import pytest

from semstyle.submission import follower as module
from semstyle.submission.errors import HeadSilentError
from semstyle.submission.follower import Answer, Event, Follower, Lines, Over, Silence
from semstyle.submission.job_state import JobState

LOG = "".join(f"line {number} äé\n" for number in range(200)) + "unfinished"


class BreakingHead:
    """Tells a log from its beginning on each connection, in chunks of any size, and breaks some of them.

    Args:
        breaks: The number of letters after which each connection ends, in turn; then one goes to the end.
        loudly: Whether a break is an error; Ray also closes a connection in good order when an agent dies.
    """

    def __init__(self, breaks: list[int], loudly: bool = True) -> None:
        self.breaks, self.loudly = breaks, loudly
        self.connections = 0

    async def followed_log(self, job_id: str, quiet_seconds: float) -> AsyncIterator[str]:
        end = self.breaks[self.connections] if self.connections < len(self.breaks) else len(LOG)
        self.connections += 1
        place = 0
        while place < end:
            size = min(random.randint(1, 700), end - place)
            yield LOG[place : place + size]
            place += size
        if end < len(LOG) and self.loudly:
            raise HeadSilentError("gone")

    def job(self, job_id: str) -> JobState:
        return JobState("RUNNING" if self.connections <= len(self.breaks) else "SUCCEEDED")

    def log(self, job_id: str) -> str:
        return LOG


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 0.002)


def heard(source: module.LogSource) -> list[Event]:
    follower = Follower(source, "job")
    follower.start()
    events: list[Event] = []
    while not (events and isinstance(events[-1], Over)):
        events.append(follower.events.get(timeout=10))
    return events


def lines(events: list[Event]) -> list[str]:
    return [line for event in events if isinstance(event, Lines) for line in event.lines]


@pytest.mark.parametrize("loudly", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_no_line_is_repeated_and_none_is_missing(seed: int, loudly: bool) -> None:
    chance = random.Random(seed)
    head = BreakingHead([chance.randint(0, len(LOG) - 1) for _ in range(8)], loudly)
    events = heard(head)
    assert lines(events) == LOG.split("\n")
    assert head.connections == 9
    assert events[-1] == Over(JobState("SUCCEEDED"))


def test_silence_and_the_first_answer_after_it_are_told() -> None:
    kinds = [type(event) for event in heard(BreakingHead([300, 0, 0]))]
    assert kinds.count(Silence) == 3
    assert kinds.count(Answer) == 1
    assert kinds.index(Silence) < kinds.index(Answer)


def test_the_end_of_a_log_is_fetched_when_its_connection_was_closed_too_early() -> None:
    class Hasty(BreakingHead):
        def job(self, job_id: str) -> JobState:
            return JobState("FAILED", exit_code=3)

    head = Hasty([500], loudly=False)
    assert lines(heard(head)) == LOG.split("\n")
    assert head.connections == 1


def test_a_follower_that_leaves_asks_no_more() -> None:
    class Running(BreakingHead):
        asked = threading.Event()

        def job(self, job_id: str) -> JobState:
            self.asked.set()
            return JobState("RUNNING")

    head = Running([])
    follower = Follower(head, "job")
    follower.start()
    assert head.asked.wait(10)
    follower.leave()
    follower._thread.join(10)
    assert not follower._thread.is_alive()


def test_pauses_grow_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.5)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 30.0)
    pauses = [pause for _, pause in zip(range(12), module.back_off(), strict=False)]
    for number, pause in enumerate(pauses):
        longest = min(0.5 * 2**number, 30.0)
        assert longest / 2 <= pause <= longest
