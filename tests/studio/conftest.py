"""A studio that answers in this process, with a session that has a style and two maps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from semstyle.studio.app import make_app
from semstyle.studio.beginning import begun_session
from semstyle.studio.renders.render_process import RenderProcess
from semstyle.studio.sessions.collection import SessionCollection
from semstyle.studio.sessions.session import StudioSession
from semstyle.studio.studio import Studio

PORT, TOKEN = 8377, "a-token-of-the-tests"


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[SessionCollection]:
    found = SessionCollection(tmp_path / "sessions")
    yield found
    found.close()


@pytest.fixture
def session(sessions: SessionCollection, pictures: Path) -> StudioSession:
    """A session of 64×48 pixels whose maps are each other's reverse."""
    style, style_map, target_map = (pictures / f"{name}.png" for name in ("style", "style_map", "target_map"))
    return begun_session(sessions, style, style_map, target_map, None)


@pytest.fixture
def client(sessions: SessionCollection) -> TestClient:
    """Asks as the page does. No render is made: the queue is not started."""
    app = make_app(Studio(sessions, RenderProcess()), PORT, TOKEN)
    headers = {"authorization": f"Bearer {TOKEN}"}
    return TestClient(app, f"http://127.0.0.1:{PORT}", headers=headers, raise_server_exceptions=False)
