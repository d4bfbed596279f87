"""Folders on disk and on a real S3 server: atomic writes, create-only races, and no way out."""

from __future__ import annotations

import errno
import os
import pickle
import socket
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tenacity import stop_after_attempt

from semstyle.storage import Folder, MissingObjectError, StorageError
from semstyle.storage import folder as folder_module


@pytest.fixture(params=["disk", "s3", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    if request.param == "disk":
        return Folder(str(tmp_path / "out"))
    if request.param == "memory":
        return Folder(f"memory://{uuid.uuid4().hex}")
    return Folder(f"{request.getfixturevalue('s3')}/{uuid.uuid4().hex}")


def test_write_read_exists_delete(folder: Folder) -> None:
    assert not folder.exists("a/b.bin")
    folder.write("a/b.bin", b"one")
    folder.write("a/b.bin", b"two")
    assert folder.exists("a/b.bin")
    assert folder.read("a/b.bin") == b"two"
    folder.delete("a/b.bin")
    folder.delete("a/b.bin")
    assert not folder.exists("a/b.bin")
    with pytest.raises(MissingObjectError, match=r"a/b\.bin: there is no such file"):
        folder.read("a/b.bin")


def test_empty_files_are_files(folder: Folder) -> None:
    folder.write("empty", b"")
    assert folder.exists("empty")
    assert folder.read("empty") == b""


def test_create_only_once(folder: Folder) -> None:
    assert folder.create("records/a", b"first")
    assert not folder.create("records/a", b"second")
    assert folder.read("records/a") == b"first"


@pytest.mark.parametrize("place", ["disk", "s3"])
def test_one_of_many_racing_writers_creates(place: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    uri = str(tmp_path) if place == "disk" else f"{request.getfixturevalue('s3')}/{uuid.uuid4().hex}"
    start = threading.Barrier(8)
    content = [bytes([number]) * 200_000 for number in range(8)]

    def contend(number: int) -> bool:
        folder = Folder(uri)
        start.wait()
        return folder.create("records/same", content[number])

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(contend, range(8)))
    assert sum(won) == 1
    assert Folder(uri).read("records/same") == content[won.index(True)]
    assert list(Folder(uri).names("records")) == ["same"]


def test_names_are_only_the_files_directly_inside(folder: Folder) -> None:
    odd = ["plain.png", "with space.png", "ünïcode.png", "a+b&c=d.png", "percent%20.png"]
    for name in odd:
        folder.write(f"images/{name}", b"x")
    folder.write("images/deeper/x.png", b"x")
    folder.write("images-other/y.png", b"x")
    assert sorted(folder.names("images")) == sorted(odd)
    assert list(folder.names("never-made")) == []


def test_a_browser_is_told_what_it_finds_in_a_bucket(s3: str) -> None:
    folder = Folder(f"{s3}/{uuid.uuid4().hex}")
    for name in ("report/index.html", "report/contact_sheet.png", "records/a.parquet"):
        folder.write(name, b"x")
    assert folder.create("images/a.png", b"x")
    kinds = {
        path: folder.filesystem.info(folder.path(path))["ContentType"] for path in ("report/index.html", "images/a.png")
    }
    assert kinds == {"report/index.html": "text/html; charset=utf-8", "images/a.png": "image/png"}


def test_s3_names_go_on_past_one_page(s3: str) -> None:
    folder = Folder(f"{s3}/{uuid.uuid4().hex}")
    expected = {f"{number:04}.parquet" for number in range(1010)} | {f"{letter}.parquet" for letter in "abcxyzABC_~é"}
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda name: folder.write(f"records/{name}", b"x"), expected))
    names = list(folder.names("records"))
    assert len(names) == len(expected)
    assert set(names) == expected


@pytest.mark.parametrize(
    "path",
    ["../x", "a/../../x", "/etc/passwd", "a//b", "./a", "a/.", "..", ".", "a\\..\\b", "a\0b", "a/", "images/../../x"],
)
@pytest.mark.parametrize("action", ["read", "write", "create", "exists", "delete", "location", "path", "names"])
def test_no_path_leaves_the_folder(path: str, action: str, tmp_path: Path) -> None:
    folder = Folder(str(tmp_path / "out"))
    arguments = (path, b"x") if action in {"write", "create"} else (path,)
    with pytest.raises(StorageError, match="not a plain path"):
        result = getattr(folder, action)(*arguments)
        list(result)  # names() is lazy
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_a_folder_should_be_is_an_error_not_an_existing_file(tmp_path: Path) -> None:
    (tmp_path / "records").write_bytes(b"in the way")
    folder = Folder(str(tmp_path))
    with pytest.raises(StorageError, match="folder"):
        folder.create("records/a.parquet", b"x")
    with pytest.raises(StorageError, match="folder"):
        folder.write("records/a.parquet", b"x")


def test_a_place_where_no_folder_can_be_made_is_named_as_that():
    for write in (Folder("/proc/semstyle").write, Folder("/proc/semstyle").create):
        with pytest.raises(StorageError, match=r"/proc/semstyle/a: access is denied; .*its folder cannot be made"):
            write("a", b"")


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(str(tmp_path))
    folder.write("a", b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folder_module.os, "fsync", full)
    with pytest.raises(StorageError, match="a: the disk is full"):
        folder.write("a", b"new")
    assert folder.read("a") == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


def test_create_without_hard_links_is_still_create_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(folder_module.os, "link", unsupported)
    folder = Folder(str(tmp_path))
    assert folder.create("a", b"first")
    assert not folder.create("a", b"second")
    assert folder.read("a") == b"first"


def test_drafts_of_a_killed_writer_are_not_names(tmp_path: Path) -> None:
    (tmp_path / f"{folder_module.TEMPORARY_PREFIX}123").write_bytes(b"half")
    (tmp_path / "whole").write_bytes(b"x")
    assert list(Folder(str(tmp_path)).names()) == ["whole"]


def test_transient_errors_are_retried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = os.replace, []

    def flaky(source: Path, target: Path) -> None:
        calls.append(source)
        if len(calls) < 3:
            raise OSError(errno.ESTALE, "Stale file handle")
        real(source, target)

    monkeypatch.setattr(folder_module.os, "replace", flaky)
    folder = Folder(str(tmp_path))
    folder.write("a", b"x")
    assert len(calls) == 3
    assert folder.read("a") == b"x"


def test_denied_is_not_retried_and_shows_no_secret(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-secret-of-mine")
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    # A different spelling of the endpoint, so that no cached connection is used.
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint.replace("127.0.0.1", "localhost"))
    began = time.monotonic()
    with pytest.raises(StorageError, match="access is denied: the secret key does not belong") as caught:
        Folder(s3).write("a", b"x")
    assert not caught.value.transient
    assert "wrong-secret-of-mine" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert time.monotonic() - began < 5


def test_a_server_that_is_not_there_is_transient(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing-at-all")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    folder = Folder("s3://renders/x")
    with pytest.raises(StorageError) as caught:
        Folder.read.retry_with(stop=stop_after_attempt(1))(folder, "a")
    assert caught.value.transient


def test_pickles_by_its_uri(folder: Folder) -> None:
    folder.write("a", b"x")
    copy = pickle.loads(pickle.dumps(folder))  # noqa: S301 - our own bytes
    assert copy.uri == folder.uri
    assert copy.read("a") == b"x"


def test_locations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Folder("out").location("images/a.png") == str(tmp_path / "out/images/a.png")
    assert Folder("file:///data/out").location("a") == "/data/out/a"
    assert Folder("S3://bucket/out/").location("images/a.png") == "s3://bucket/out/images/a.png"
    assert Folder("s3://bucket/out").location() == "s3://bucket/out"
