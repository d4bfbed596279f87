"""A picture that a cluster renders, with a real head on this machine."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from ray_head import ray_head

from semstyle.studio.cluster import ClusterPlace, hand_over
from semstyle.studio.renders.news import RenderNews
from semstyle.studio.renders.render_process import RenderProcess
from semstyle.studio.renders.render_queue import RenderQueue
from semstyle.studio.renders.renders import SessionRenders
from semstyle.studio.sessions.session import StudioSession
from semstyle.submission.errors import HeadSilentError

PATIENCE = 240.0


@pytest.fixture(scope="module")
def head() -> Iterator[str]:
    with ray_head() as address:
        yield address


@pytest.fixture
def renders(session: StudioSession) -> SessionRenders:
    document = session.document()
    document.parameters = {"size": 64, "iterations": 3}
    session.store(document)
    return SessionRenders(session, RenderQueue(RenderProcess()))


def news_when(renders: SessionRenders, holds: Callable[[RenderNews], bool]) -> RenderNews:
    """The news of the only render, as soon as they are as they should be."""
    deadline = time.monotonic() + PATIENCE
    while True:
        (news,) = renders._news.values()
        if holds(news):
            return news
        assert time.monotonic() < deadline, news
        time.sleep(0.1)


@pytest.mark.chaos
def test_a_picture_comes_back_from_a_cluster(head: str, renders: SessionRenders, tmp_path: Path) -> None:
    session = renders.session
    render_id = hand_over(renders, session.document(), ClusterPlace(head, str(tmp_path / "shared")))
    news = news_when(renders, lambda news: news.is_over)
    assert (news.id, news.state) == (render_id, "finished"), news.message
    assert Image.open(io.BytesIO(renders.picture(render_id))).size == (64, 48)
    assert SessionRenders(session, RenderQueue(RenderProcess())).picture(render_id) == renders.picture(render_id)


@pytest.mark.chaos
def test_a_job_is_stopped_from_the_page(head: str, renders: SessionRenders, tmp_path: Path) -> None:
    document = renders.session.document()
    document.parameters = {"size": 512, "iterations": 2000, "tolerance": 0}
    render_id = hand_over(renders, document, ClusterPlace(head, str(tmp_path / "shared")))
    news_when(renders, lambda news: bool(news.message) and not news.message.startswith("handed"))
    renders.cancel(render_id)
    assert news_when(renders, lambda news: news.is_over).state == "cancelled"


def test_a_head_that_does_not_answer_is_told_and_leaves_nothing(renders: SessionRenders, tmp_path: Path) -> None:
    place = ClusterPlace("http://127.0.0.1:9", str(tmp_path / "shared"))
    with pytest.raises(HeadSilentError, match="nothing answers"):
        hand_over(renders, renders.session.document(), place)
    assert renders.since(-1)[2] == [] and not (tmp_path / "shared").exists()
