"""A session that is taken along is a manifest that everything else reads."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from semstyle.manifest import Row, build_manifest, read_rows
from semstyle.studio.sessions.session import StudioSession


@pytest.fixture
def unpacked(client: TestClient, session: StudioSession, tmp_path: Path) -> Path:
    document = session.document()
    document.name, document.parameters = (
        "a lake: *evil* ../..",
        {"size": 256, "style_weight": 50, "preset": "painterly"},
    )
    session.store(document)
    answer = client.get(f"/api/sessions/{session.id}/export")
    assert answer.status_code == 200
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert all("/" not in name for name in archive.namelist())
        archive.extractall(folder)
    return folder


def only(manifest: Path) -> Row:
    (row,) = read_rows(str(manifest))
    assert isinstance(row, Row)
    return row


def test_its_row_is_the_session(unpacked: Path) -> None:
    row = only(unpacked / "manifest.parquet")
    assert row.styles == (str(unpacked / "style.png"),) and row.target_map == str(unpacked / "target_map.png")
    assert (row.parameters.size, row.parameters.style_weight) == (256, 50) and row.content is None
    assert row.tags == {"session": "a lake: *evil* ../.."}


def test_its_spec_makes_the_same_row(unpacked: Path) -> None:
    build_manifest(str(unpacked / "spec.yaml"), str(unpacked / "built.parquet"))
    assert only(unpacked / "built.parquet").content_id == only(unpacked / "manifest.parquet").content_id


def test_the_same_session_makes_the_same_archive(client: TestClient, session: StudioSession) -> None:
    first, second = (client.get(f"/api/sessions/{session.id}/export").content for _ in range(2))
    assert first == second
    assert client.get(f"/api/sessions/{session.id}/maps/target").content.startswith(b"\x89PNG")
