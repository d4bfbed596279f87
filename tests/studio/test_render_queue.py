"""Whose turn it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any

import pytest

from semstyle.studio.errors import StudioError
from semstyle.studio.renders.news import Advance, End
from semstyle.studio.renders.order import RenderOrder
from semstyle.studio.renders.render_process import RenderProcess
from semstyle.studio.renders.render_queue import MOST_WAITING, QueuedRender, RenderQueue


class SteppedProcess(RenderProcess):
    """Takes as long as the test says: each ``step`` lets one render end."""

    def __init__(self) -> None:
        super().__init__()
        self.step = threading.Semaphore(0)
        self.made: list[Any] = []

    def start(self) -> Connection:
        return None  # type: ignore[return-value]

    def render(self, order: RenderOrder, tell: Callable[[Advance], None], is_cancelled: Callable[[], bool]) -> End:
        while not self.step.acquire(timeout=0.005):
            if is_cancelled():
                return End("cancelled")
        self.made.append(order.base)
        return End("finished")

    def stop(self) -> None:
        self.step.release()


class Line:
    """A queue, and what becomes of each render that is put into it."""

    def __init__(self) -> None:
        self.process = SteppedProcess()
        self.queue = RenderQueue(self.process)
        self.ends: dict[str, str] = {}
        self.ahead: dict[str, int] = {}
        self.begun: dict[str, threading.Event] = {}
        self.over = threading.Condition()
        self.queue.start()

    def add(self, name: str, session: str = "one", is_preview: bool = False) -> QueuedRender:
        self.begun[name] = threading.Event()
        render = QueuedRender(
            session,
            is_preview,
            RenderOrder(name, {}),
            begun=self.begun[name].set,
            told=lambda _: None,
            ended=lambda end: self._end(name, end),
            moved=lambda ahead: self.ahead.update({name: ahead}),
        )
        self.queue.add(render)
        return render

    def _end(self, name: str, end: End) -> None:
        with self.over:
            self.ends[name] = end.state
            self.over.notify_all()

    def wait(self, *names: str) -> None:
        with self.over:
            assert self.over.wait_for(lambda: self.ends.keys() >= set(names), 30)

    def finish(self, *names: str) -> list[str]:
        """Let so many renders end; returns all that were made, in order."""
        for _ in names:
            self.process.step.release()
        self.wait(*names)
        return list(self.process.made)


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.queue.close()


def test_sessions_take_turns_however_much_one_asks_for(line: Line) -> None:
    line.add("first")
    assert line.begun["first"].wait(30)
    for number in range(3):
        line.add(f"greedy {number}", "greedy")
    line.add("modest", "modest")
    line.add("second", "one")
    assert line.ahead | {"first": 0} == {
        "first": 0,
        "greedy 0": 1,
        "modest": 2,
        "second": 3,
        "greedy 1": 4,
        "greedy 2": 5,
    }
    made = line.finish("first", "greedy 0", "modest", "second", "greedy 1", "greedy 2")
    assert made == ["first", "greedy 0", "modest", "second", "greedy 1", "greedy 2"]


def test_a_newer_preview_takes_the_place_of_the_older_one(line: Line) -> None:
    line.add("busy", "other")
    assert line.begun["busy"].wait(30)
    line.add("picture")
    line.add("old", is_preview=True)
    line.add("new", is_preview=True)
    line.wait("old")
    assert line.ends["old"] == "cancelled"
    assert line.finish("busy", "new", "picture") == ["busy", "new", "picture"], "a preview goes first"


def test_a_running_preview_is_cancelled_by_a_newer_one_of_its_session_alone(line: Line) -> None:
    line.add("old", is_preview=True)
    assert line.begun["old"].wait(30)
    line.add("other", "other", is_preview=True)
    assert not line.ends
    line.add("new", is_preview=True)
    line.wait("old")
    assert line.ends == {"old": "cancelled"}
    assert line.finish("other", "new") == ["other", "new"]


def test_what_waits_is_cancelled_at_once_and_what_runs_soon(line: Line) -> None:
    running, waiting = line.add("running"), line.add("waiting")
    assert line.begun["running"].wait(30)
    line.queue.cancel(waiting)
    assert line.ends == {"waiting": "cancelled"}
    line.queue.cancel(running)
    line.wait("running")
    line.queue.cancel(running)
    assert line.process.made == []


def test_a_session_does_not_fill_the_queue(line: Line) -> None:
    line.add("running")
    assert line.begun["running"].wait(30)
    for number in range(MOST_WAITING):
        line.add(f"waiting {number}")
    with pytest.raises(StudioError, match="are waiting already"):
        line.add("one too many")
    line.add("another's", "other")
