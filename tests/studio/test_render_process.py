"""The process that renders, a real one."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from semstyle.studio.renders.news import Advance
from semstyle.studio.renders.order import RenderOrder, write_order
from semstyle.studio.renders.render_process import RenderProcess
from semstyle.studio.sessions.session import StudioSession


@pytest.fixture(scope="module")
def process() -> Iterator[RenderProcess]:
    started = RenderProcess("cpu", 1)
    yield started
    started.stop()


def order_of(session: StudioSession, **parameters: str | int | float) -> RenderOrder:
    document = session.document()
    document.parameters = {"size": 64, "iterations": 3, **parameters}
    return write_order(session, document, "renders/x", is_preview=False)


def test_it_renders_tells_and_renders_again(process: RenderProcess, session: StudioSession) -> None:
    told: list[Advance] = []
    end = process.render(order_of(session), told.append, lambda: False)
    assert end.state == "finished" and end.picture and end.facts["seconds"] > 0
    assert [one.done for one in told] == [1, 2, 3] and told[-1].picture and told[0].planned == 3
    picture = Image.open(io.BytesIO(end.picture))
    assert picture.size == (64, 48) and "style_map" in picture.text["semstyle"]  # type: ignore[attr-defined]
    number = process.pid
    again = process.render(order_of(session), told.append, lambda: False)
    assert again.picture == end.picture and process.pid == number


def test_it_is_cancelled_between_evaluations(process: RenderProcess, session: StudioSession) -> None:
    told: list[Advance] = []
    end = process.render(order_of(session, iterations=2000), told.append, lambda: len(told) > 2)
    assert end.state == "cancelled" and len(told) < 1000
    assert process.render(order_of(session), lambda _: None, lambda: False).state == "finished"


def test_its_death_is_told_and_the_next_render_has_another(process: RenderProcess, session: StudioSession) -> None:
    def shoot(_: Advance) -> None:
        assert process.pid
        os.kill(process.pid, signal.SIGKILL)

    end = process.render(order_of(session, iterations=2000), shoot, lambda: False)
    assert end.state == "failed" and "make size smaller" in end.message
    assert process.render(order_of(session), lambda _: None, lambda: False).state == "finished"


def test_it_reads_nothing_outside_the_session(process: RenderProcess, session: StudioSession, pictures: Path) -> None:
    outside = RenderOrder(str(session.path), {"style": str(pictures / "style.png"), "size": 64, "iterations": 3})
    end = process.render(outside, lambda _: None, lambda: False)
    assert end.state == "failed" and "not under an allowed prefix" in end.message
