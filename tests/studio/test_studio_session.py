"""A session on disk."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from semstyle.storage import StorageError
from semstyle.studio.errors import StudioError, UnknownItemError
from semstyle.studio.sessions.collection import SessionCollection
from semstyle.studio.sessions.plane import Plane
from semstyle.studio.sessions.session import StudioSession


def test_what_is_stored_is_there_when_it_is_opened_again(session: StudioSession) -> None:
    document = session.document()
    document.name = "another"
    document.target.painting.plane = session.add_plane(Plane(np.ones((48, 64), np.uint8)))
    revision = session.store(document)
    again = StudioSession(session.path)
    assert again.document() == document.model_copy(update={"revision": revision})
    assert (again.map_of(again.document().target).numbers == 1).all()


def test_a_tab_does_not_overwrite_what_another_has_stored(session: StudioSession) -> None:
    mine, theirs = session.document(), session.document()
    theirs.name = "theirs"
    session.store(theirs)
    with pytest.raises(StudioError, match="another tab") as refused:
        session.store(mine)
    assert refused.value.status == 409 and session.document().name == "theirs"


def test_a_document_names_only_what_is_there(session: StudioSession) -> None:
    for change, error in (
        ({"plane": "0" * 16}, StudioError),
        ({"plane": session.add_plane(Plane(np.zeros((8, 8), np.uint8)))}, StudioError),
    ):
        document = session.document()
        document.style.painting.plane = change["plane"]
        with pytest.raises(error):
            session.store(document)
    document = session.document()
    document.style.picture = "0" * 16
    with pytest.raises(UnknownItemError):
        session.store(document)


def test_a_write_that_fails_leaves_what_was_there(session: StudioSession, monkeypatch: pytest.MonkeyPatch) -> None:
    before = session.document()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("semstyle.storage.folder.os.replace", full)
        with pytest.raises(StorageError):
            session.store(before.model_copy(update={"name": "never"}))
    assert session.document() == before
    assert session.store(before) == before.revision + 1


def test_files_that_nothing_names_are_removed_but_not_at_once(session: StudioSession) -> None:
    old, new = (session.add_plane(Plane(np.zeros((48, 64), np.uint8))) for _ in range(2))
    hours_ago = time.time() - 7200
    for plane in (old, session.document().style.painting.plane):
        os.utime(session.path / "planes" / str(plane), (hours_ago, hours_ago))
    session.store(session.document())
    assert not (session.path / "planes" / old).exists()
    assert (session.path / "planes" / new).exists(), "a document that names it may be on its way"
    assert session.map_of(session.document().style).size == (64, 48)


def test_a_damaged_document_is_told_and_hides_no_other(sessions: SessionCollection, session: StudioSession) -> None:
    other = sessions.new("other")
    (session.path / "session.json").write_text('{"palette": []}')
    with pytest.raises(StudioError, match=r"session\.json: palette"):
        session.document()
    assert {one.id for one in sessions.all()} == {session.id, other.id}


def test_ids_lead_to_sessions_alone(sessions: SessionCollection, session: StudioSession) -> None:
    (sessions.path.parent / "session.json").write_text("{}")
    for name in ("..", ".", "", "../sessions", "0" * 16, session.id.upper() + "/", f"{session.id}/../{session.id}"):
        with pytest.raises(UnknownItemError):
            sessions.open(name)
    assert sessions.open(session.id) is sessions.open(session.id)


def test_the_token_is_the_owners_and_outlives_the_studio(tmp_path: Path) -> None:
    first = SessionCollection(tmp_path / "kept")
    token = first.token()
    assert (tmp_path / "kept" / "token").stat().st_mode & 0o777 == 0o600 and len(token) == 43
    first.close()
    again = SessionCollection(tmp_path / "kept")
    assert again.token() == token
    (tmp_path / "kept" / "token").write_text("short")
    assert len(again.token()) == 43
    again.close()


def test_two_studios_do_not_share_a_folder(sessions: SessionCollection) -> None:
    with pytest.raises(StudioError, match="another studio"):
        SessionCollection(sessions.path)
    sessions.close()
    SessionCollection(sessions.path).close()


def test_a_removed_session_is_gone(sessions: SessionCollection, session: StudioSession) -> None:
    sessions.remove(session.id)
    assert not session.path.exists() and sessions.all() == []
