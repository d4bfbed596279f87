"""Servers that are silent, slow or endless, on the web and as S3: each read of them ends soon, and leaves nothing."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from slow_server import GOOD, slow_server
from tenacity import stop_after_attempt

from semstyle.storage import (
    AllowList,
    Folder,
    StorageError,
    UnsuitableFileError,
    deadlines,
    file_version,
    local_path,
    open_filesystem,
    open_stream,
    read_bytes,
    require_file,
)
from semstyle.storage import patience as patience_module
from semstyle.storage.reading import download

SOON = 15
"""Seconds; far from the minutes that these servers would take, even on a busy machine."""
LIMIT = 2**21
Place = Callable[[str], str]
Read = Callable[[str], object]


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(deadlines, "SILENT_SECONDS", 1.0)
    monkeypatch.setattr(deadlines, "UNHURRIED_SECONDS", 2.0)


@pytest.fixture
def silence_is_golden(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of something else, as a busy machine may be silent for a second."""
    monkeypatch.setattr(deadlines, "CONNECT_SECONDS", 20.0)
    monkeypatch.setattr(deadlines, "SILENT_SECONDS", 20.0)


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    """A first client of S3 takes most of a second."""
    with pytest.MonkeyPatch.context() as patch, slow_server() as (address, _):
        patch.setattr(deadlines, "SILENT_SECONDS", 60.0)
        point_s3_to(address, patch)
        assert read_bytes("s3://quick/a") == GOOD


def point_s3_to(address: str, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("AWS_ENDPOINT_URL", address)
    patch.setenv("AWS_ACCESS_KEY_ID", "anybody")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "anything-at-all")


@pytest.fixture(params=["web", "s3"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A file of a server's, by its manner."""
    with slow_server() as (address, _):
        point_s3_to(address, monkeypatch)
        yield lambda manner: f"{address if request.param == 'web' else 's3:/'}/{manner}/a.png"


@pytest.fixture
def litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, empty now."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    return tmp_path / "temporary"


def read_once(uri: str) -> object:
    once = read_bytes.retry_with(stop=stop_after_attempt(1))  # type: ignore[attr-defined]
    return once(uri, LIMIT, AllowList.trusting())


def copy(uri: str) -> bytes:
    with local_path(uri, AllowList.trusting(), LIMIT) as path:
        return path.read_bytes()


@pytest.mark.parametrize(
    ("manner", "line"),
    [
        ("silent", r"has sent nothing for 1 s|Read timeout on endpoint"),
        ("stalls", r"has sent nothing for 1 s|Read timeout on endpoint"),
        ("drips-headers", r"has sent nothing for 1 s|Read timeout on endpoint"),
    ],
)
def test_a_read_ends_and_may_be_tried_again(place: Place, manner: str, line: str) -> None:
    begun = time.monotonic()
    with pytest.raises(StorageError, match=f"{manner}/a.png: ({line})") as caught:
        read_once(place(manner))
    assert caught.value.transient and caught.value.exit_code == 4
    assert time.monotonic() - begun < SOON


@pytest.mark.usefixtures("silence_is_golden")
def test_a_byte_now_and_then_does_not_keep_a_reader(place: Place) -> None:
    begun = time.monotonic()
    with pytest.raises(StorageError, match=r"drips/a\.png: comes too slowly \(\d+ bytes in \d s\)") as caught:
        read_once(place("drips"))
    assert caught.value.transient and time.monotonic() - begun < SOON


@pytest.mark.usefixtures("silence_is_golden")
@pytest.mark.parametrize("read", [read_once, copy])
def test_no_more_than_the_limit_is_taken(place: Place, read: Read, litter: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(UnsuitableFileError, match=f"larger than the limit of {LIMIT:,} bytes") as caught:
        read(place("endless"))
    assert not caught.value.transient and caught.value.exit_code == 2
    assert time.monotonic() - begun < SOON
    assert not list(litter.rglob("*"))


@pytest.mark.parametrize("manner", ["silent", "stalls", "drips"])
def test_a_partial_download_is_removed(
    place: Place, manner: str, litter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience_module, "ATTEMPTS", 2)
    with pytest.raises(StorageError):
        copy(place(manner))
    assert not list(litter.rglob("*"))


@pytest.mark.usefixtures("silence_is_golden")
def test_a_file_that_keeps_coming_may_take_its_time(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "SLOWEST", 5)  # of the twenty that the server drips
    begun = time.monotonic()
    with pytest.raises(UnsuitableFileError, match="larger than the limit of 80 bytes"):
        read_bytes(place("drips"), limit=80)
    assert time.monotonic() - begun > 1.5 * deadlines.UNHURRIED_SECONDS


@pytest.mark.usefixtures("silence_is_golden")
def test_what_comes_in_time_is_whole(place: Place) -> None:
    assert read_once(place("quick")) == copy(place("quick")) == GOOD


@pytest.mark.usefixtures("silence_is_golden")
def test_a_page_is_asked_for_once() -> None:
    with slow_server() as (address, asked):
        read_bytes(f"{address}/quick/a.png", LIMIT)
        assert asked == ["GET /quick/a.png"]


@pytest.mark.parametrize("read", [require_file, file_version, lambda uri: open_stream(uri).__enter__().read(1)])
def test_whatever_asks_a_silent_server_ends(place: Place, read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience_module, "ATTEMPTS", 1)
    if read is file_version and place("").startswith("http"):
        return  # asks nobody
    begun = time.monotonic()
    with pytest.raises(StorageError) as caught:
        read(place("silent"))
    assert caught.value.transient and time.monotonic() - begun < SOON


@pytest.mark.parametrize("write", [Folder.write, Folder.create])
def test_a_silent_store_takes_nothing_and_that_is_told(place: Place, write: Callable[..., object]) -> None:
    once = write.retry_with(stop=stop_after_attempt(1))  # type: ignore[attr-defined]
    if place("").startswith("s3"):
        begun = time.monotonic()
        with pytest.raises(StorageError) as caught:
            once(Folder("s3://silent/out"), "a", b"x")
        assert caught.value.transient and time.monotonic() - begun < SOON


def test_a_server_that_takes_no_connection() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        address = server.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        try:
            for one in waiting:  # fill the queue of those that wait to be taken
                one.setblocking(False)
                one.connect_ex(address)
            begun = time.monotonic()
            with pytest.raises(StorageError, match=r"cannot be connected to within 0\.5 s") as caught:
                read_once(f"http://127.0.0.1:{address[1]}/a.png")
            assert caught.value.transient and time.monotonic() - begun < SOON
        finally:
            for one in waiting:
                one.close()


def test_a_worker_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience_module, "SECONDS", 2.0)
    begun = time.monotonic()
    with slow_server() as (address, asked), pytest.raises(StorageError):
        read_bytes(f"{address}/silent/a.png", LIMIT)
    assert time.monotonic() - begun < SOON
    assert 1 < len(asked) < patience_module.ATTEMPTS


@pytest.mark.usefixtures("silence_is_golden")
def test_a_full_disk_here_is_not_the_servers_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    once = download.retry_with(stop=stop_after_attempt(1))  # type: ignore[attr-defined]
    with slow_server() as (address, _):
        uri = f"{address}/endless/a.png"
        filesystem, path = open_filesystem(uri)
        with pytest.raises(StorageError, match=r"^/dev/full: the disk is full") as caught:
            once(filesystem, path, uri, Path("/dev/full"), LIMIT)
    assert caught.value.transient


def test_many_wait_for_a_silent_server_at_once() -> None:
    errors: list[BaseException] = []

    def read(address: str) -> None:
        try:
            read_once(f"{address}/silent/a.png")
        except StorageError as error:
            errors.append(error)

    with slow_server() as (address, _):
        threads = [threading.Thread(target=read, args=(address,)) for _ in range(20)]
        begun = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(errors) == 20 and time.monotonic() - begun < SOON
