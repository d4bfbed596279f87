"""A picture that a cluster renders, with a real head on this machine."""

from __future__ import annotations

import io
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from ray_head import ray_head

from semstyle.storage import Folder
from semstyle.studio import cluster
from semstyle.studio.cluster import ClusterPlace, follow_again, hand_over
from semstyle.studio.renders.news import RenderNews
from semstyle.studio.renders.render_process import RenderProcess
from semstyle.studio.renders.render_queue import RenderQueue
from semstyle.studio.renders.renders import SessionRenders
from semstyle.studio.sessions.session import StudioSession
from semstyle.submission import follower
from semstyle.submission.distant_head import DistantHead
from semstyle.submission.errors import HeadSilentError
from semstyle.submission.job_state import JobState
from semstyle.submission.request import JobRequest

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


@pytest.mark.chaos
def test_a_picture_comes_back_to_a_studio_that_was_closed_meanwhile(
    head: str, renders: SessionRenders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as closed:  # what a studio leaves that is killed at once
        closed.setattr(cluster, "follow", store_only)
        render_id = hand_over(renders, renders.session.document(), ClusterPlace(head, str(tmp_path / "shared")))
    again = reopened(renders)
    news = news_when(again, lambda news: news.is_over)
    assert (news.id, news.state) == (render_id, "finished"), news.message
    assert Image.open(io.BytesIO(again.picture(render_id))).size == (64, 48)


def reopened(renders: SessionRenders) -> SessionRenders:
    """The renders of the same session in a studio that is started now."""
    again = SessionRenders(renders.session, RenderQueue(RenderProcess()))
    follow_again(again)
    return again


def store_only(renders: SessionRenders, news: RenderNews, head: DistantHead, out: Folder) -> None:
    """What is left of a job's following in a studio that is killed as it begins."""
    renders.add(news, stop)
    renders.update(news)


def stop() -> None:
    raise AssertionError("nobody has stopped it")


class KnownHead:
    """A head that knows how the job has ended, once it is asked the third time."""

    def __init__(self, state: str) -> None:
        self._state, self._asked = state, 0

    def job(self, job_id: str) -> JobState:
        assert job_id == "semstyle-1"
        return JobState(self._state, "as told")

    def log(self, job_id: str) -> str:
        return "one line\nanother"

    async def followed_log(self, job_id: str, quiet_seconds: float) -> AsyncIterator[str]:
        self._asked += 1
        if self._asked < 3:
            raise HeadSilentError("no answer yet")
        yield self.log(job_id)


def handed_over(renders: SessionRenders, out: Path, address: str | None = "http://head:8265") -> None:
    """A picture on a cluster, as the studio that was closed has stored it."""
    news = RenderNews("1" * 16, "picture", state="waiting", job="semstyle-1", address=address, out=str(out))
    renders.add(news, stop)
    renders.update(news, state="submitted")


@pytest.mark.parametrize(("state", "told"), [("STOPPED", "cancelled"), ("FAILED", "failed")])
def test_a_job_is_followed_again_though_its_head_is_silent_at_first(
    renders: SessionRenders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str, told: str
) -> None:
    handed_over(renders, tmp_path / "out")
    known = KnownHead(state)
    monkeypatch.setattr(DistantHead, "connected", lambda self: known)
    monkeypatch.setattr(follower, "FIRST_PAUSE", 0.01)
    again = reopened(renders)
    news = news_when(again, lambda news: news.is_over)
    assert news.state == told
    assert [news.state for news in reopened(renders)._news.values()] == [told], "and it is stored"


def test_a_job_of_a_place_that_is_not_known_any_more_has_ended(renders: SessionRenders, tmp_path: Path) -> None:
    for address in (None, "head:8265"):
        handed_over(renders, tmp_path / "out", address)
        again = reopened(renders)
        assert [news.state for news in again._news.values()] == ["failed"] and not again._on_their_way


def test_no_more_jobs_are_followed_than_there_are_places_for(
    renders: SessionRenders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed_over(renders, tmp_path / "out")
    monkeypatch.setattr(cluster, "MOST_JOBS", 0)
    (news,) = reopened(renders)._news.values()
    assert news.state == "failed" and "the job semstyle-1 goes on" in news.message


def test_an_address_with_a_credential_is_not_stored(
    renders: SessionRenders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DistantHead, "connected", lambda self: TakingHead())
    monkeypatch.setattr(cluster, "follow", store_only)
    for address in ("http://user:secret@127.0.0.1:8265", "http://127.0.0.1:8265"):
        hand_over(renders, renders.session.document(), ClusterPlace(address, str(tmp_path / "shared")))
    first, second = sorted(renders._news.values(), key=lambda news: news.made_at)
    assert (first.address, second.address) == (None, "http://127.0.0.1:8265")
    stored = [path.read_text() for path in renders.session.path.glob("renders/*/render.json")]
    assert len(stored) == 2 and "secret" not in "".join(stored)


class TakingHead:
    def submit(self, request: JobRequest) -> None:
        assert request.entrypoint
