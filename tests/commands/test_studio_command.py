"""``semstyle studio`` before its page is there."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from semstyle.commands.studio import studio
from semstyle.errors import InputError
from semstyle.studio.errors import StudioError
from semstyle.studio.serving import LOOPBACK, USUAL_PORT, listen
from semstyle.studio.sessions.collection import SessionCollection


def test_without_its_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "fastapi", None)
    with pytest.raises(InputError, match=r"the package fastapi is missing.*semstyle\[studio\]"):
        studio(sessions=tmp_path / "sessions")
    assert not (tmp_path / "sessions").exists()


def test_a_style_that_is_none_leaves_no_session(tmp_path: Path) -> None:
    (tmp_path / "style.png").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="a Parquet file"):
        studio(style=tmp_path / "style.png", sessions=tmp_path / "sessions")


def test_a_folder_that_cannot_be_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError, match=r"--sessions .*file.*; give another folder"):
        SessionCollection(tmp_path / "file" / "sessions")


def test_it_listens_on_the_loopback_alone_and_a_port_that_is_taken_is_told() -> None:
    first = listen(0)
    address, port = first.getsockname()
    assert address == LOOPBACK
    with pytest.raises(StudioError, match=f"--port {port}: "):
        listen(port)
    with socket.socket() as other:
        other.settimeout(1)
        assert other.connect_ex(("127.0.0.2", port)) != 0
    first.close()


def test_the_usual_port_is_taken_or_another() -> None:
    listeners = [listen(None), listen(None)]
    ports = [one.getsockname()[1] for one in listeners]
    assert len(set(ports)) == 2 and USUAL_PORT not in ports[1:]
    for one in listeners:
        one.close()
