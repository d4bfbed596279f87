"""Renders of a session, as its page hears of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from semstyle.studio.errors import StudioError
from semstyle.studio.renders.news import Advance, End, RenderNews
from semstyle.studio.renders.order import settled_parameters
from semstyle.studio.renders.render_process import RenderProcess
from semstyle.studio.renders.render_queue import RenderQueue
from semstyle.studio.renders.renders import MOST_KEPT, SessionRenders
from semstyle.studio.sessions.session import StudioSession


@pytest.fixture
def renders(session: StudioSession) -> SessionRenders:
    return SessionRenders(session, RenderQueue(RenderProcess()))


def news_of(renders: SessionRenders) -> dict[str, object]:
    (news,) = renders.since(-1)[1]
    return news


def test_a_preview_is_small_and_keeps_the_other_parameters(session: StudioSession) -> None:
    document = session.document()
    document.parameters = {"size": 1024, "seed": 3, "preset": "painterly"}
    assert settled_parameters(document, True) == {"size": 192, "iterations": 40, "seed": 3, "preset": "painterly"}
    assert settled_parameters(document, False) == document.parameters
    document.parameters = {"size": 64}
    assert settled_parameters(document, True)["size"] == 64
    document.parameters = {"size": 4096}
    with pytest.raises(StudioError, match="use a cluster"):
        settled_parameters(document, False)


def test_later_strokes_do_not_change_a_render_that_waits(renders: SessionRenders, session: StudioSession) -> None:
    render_id = renders.start(session.document(), "picture")
    before = (renders.folder(render_id) / "target_map.png").read_bytes()
    document = session.document()
    document.target.painting.plane = None
    session.store(document)
    assert (renders.folder(render_id) / "target_map.png").read_bytes() == before
    assert news_of(renders)["state"] == "waiting"
    renders.cancel(render_id)
    assert news_of(renders)["state"] == "cancelled"
    renders.cancel(render_id)
    assert renders.since(-1)[2] == [] and not renders.folder(render_id).exists()


def test_only_what_has_changed_is_told(renders: SessionRenders, session: StudioSession) -> None:
    first = renders.start(session.document(), "picture")
    serial, _, _ = renders.since(-1)
    second = renders.start(session.document(), "picture")
    last, changed, ids = renders.since(serial)
    assert [one["id"] for one in changed] == [second] and ids == [first, second]
    assert renders.since(last) == (last, [], ids)


def test_a_picture_outlives_the_studio(renders: SessionRenders, session: StudioSession) -> None:
    news = RenderNews("0" * 16, "picture", made_at=1.0)
    renders.add(news, lambda: None)
    renders.update(news, state="running")
    assert SessionRenders(session, RenderQueue(RenderProcess())).since(-1)[1][0]["state"] == "failed"
    renders.end(news, End("finished", picture=b"a picture", facts={"seconds": 2.0}))
    again = SessionRenders(session, RenderQueue(RenderProcess()))
    told = news_of(again)
    assert (told["state"], told["facts"], told["picture_serial"]) == ("finished", {"seconds": 2.0}, 1)
    assert again.picture("0" * 16) == b"a picture"


def test_a_job_that_goes_on_without_the_studio_is_told(renders: SessionRenders, session: StudioSession) -> None:
    news = RenderNews("1" * 16, "picture", job="semstyle-1", out="s3://bucket/out")
    renders.add(news, lambda: None)
    renders.update(news, state="submitted")
    told = news_of(SessionRenders(session, RenderQueue(RenderProcess())))
    assert "semstyle-1 goes on without it, into s3://bucket/out" in str(told["message"])


def test_a_damaged_record_hides_no_other(session: StudioSession) -> None:
    for number, text in enumerate(["", "{}", "[1]", json.dumps({"id": 1})]):
        session.write(f"renders/{number}/render.json", text.encode())
    assert SessionRenders(session, RenderQueue(RenderProcess())).since(-1)[1] == []


def test_memory_and_disk_stay_bounded(renders: SessionRenders) -> None:
    for number in range(MOST_KEPT + 5):
        for kind in ("picture", "preview"):
            news = RenderNews(f"{kind} {number}", kind, made_at=float(number))  # type: ignore[arg-type]
            renders.add(news, lambda: None)
            renders._advance(news, Advance(1, 1, 1, 2, 0.5, picture=b"as it is"))
            assert renders.picture(news.id) == b"as it is"
            renders.end(news, End("finished", picture=b"done"))
    ids = renders.since(-1)[2]
    assert len(ids) == MOST_KEPT + 1 and f"preview {MOST_KEPT + 4}" in ids and "picture 0" not in ids
    assert len(list(renders.session.path.glob("renders/*"))) == MOST_KEPT
    assert len(renders._pictures) == 1
    assert renders.last_preview() == b"done"


def test_a_session_without_a_style_says_so(client: TestClient) -> None:
    made = client.post("/api/sessions").json()["id"]
    answer = client.post(f"/api/sessions/{made}/renders", json={"kind": "picture"})
    assert answer.status_code == 400 and "no style yet" in answer.json()["error"]
    assert client.get(f"/api/sessions/{made}/preview").status_code == 204


def test_a_cluster_has_to_be_named_by_a_web_address(client: TestClient, session: StudioSession) -> None:
    path = f"/api/sessions/{session.id}/submissions"
    assert "name the cluster" in client.post(path, json={}).json()["error"]
    for address in ("file:///etc/passwd", "ray://head:10001", "http://", "x"):
        answer = client.post(path, json={"address": address})
        assert answer.status_code == 400 and "dashboard" in answer.json()["error"]
    (renders,) = client.app.state.studio._renders.values()  # type: ignore[attr-defined]
    assert renders.since(-1)[2] == []


def test_a_removed_session_takes_its_renders_along(client: TestClient, session: StudioSession, tmp_path: Path) -> None:
    client.post(f"/api/sessions/{session.id}/renders", json={"kind": "preview"})
    assert client.delete(f"/api/sessions/{session.id}").status_code == 200
    assert client.get(f"/api/sessions/{session.id}").status_code == 404 and not session.path.exists()
