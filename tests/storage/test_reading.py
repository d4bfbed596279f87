"""Reading whole files: limits, places that are no files, and errors in words."""

from __future__ import annotations

import http.server
import os
import socket
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tenacity import stop_after_attempt

from semstyle.storage import (
    Folder,
    MissingObjectError,
    StorageError,
    UnsuitableFileError,
    UriError,
    file_version,
    local_path,
    open_stream,
    read_bytes,
    require_file,
)
from semstyle.storage import folder as folder_module


@pytest.fixture(params=["disk", "s3"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Folder:
    if request.param == "disk":
        return Folder(str(tmp_path))
    return Folder(f"{request.getfixturevalue('s3')}/{uuid.uuid4().hex}")


def test_limits_are_to_the_byte(folder: Folder) -> None:
    folder.write("a", b"12345")
    uri = folder.location("a")
    assert read_bytes(uri) == b"12345"
    assert read_bytes(uri, limit=5) == b"12345"
    with pytest.raises(StorageError, match="larger than the limit of 4 bytes") as caught:
        read_bytes(uri, limit=4)
    assert not caught.value.transient and caught.value.exit_code == 2
    with pytest.raises(StorageError, match="larger than the limit of 4 bytes"), local_path(uri, limit=4):
        pass
    with local_path(uri, limit=5) as path:
        assert path.read_bytes() == b"12345"


def test_an_empty_file_has_nothing_to_read(folder: Folder) -> None:
    folder.write("empty", b"")
    assert read_bytes(folder.location("empty"), limit=0) == b""
    with pytest.raises(UnsuitableFileError, match="empty: the file is empty"):
        require_file(folder.location("empty"))


def test_missing(folder: Folder) -> None:
    for attempt in (read_bytes, file_version):
        with pytest.raises(MissingObjectError, match="no such file"):
            attempt(folder.location("missing"))
    with pytest.raises(MissingObjectError), local_path(folder.location("missing")):
        pass


def test_local_path(folder: Folder) -> None:
    folder.write("weights.bin", b"123")
    with local_path(folder.location("weights.bin")) as path:
        assert path.read_bytes() == b"123"
        assert path.suffix == ".bin"
    if folder.uri.startswith("s3"):
        assert not path.exists()
    else:
        assert path == Path(folder.location("weights.bin"))


def test_the_version_changes_with_the_file(folder: Folder) -> None:
    folder.write("a", b"one")
    before = file_version(folder.location("a"))
    assert file_version(folder.location("a")) == before
    folder.write("a", b"other")
    assert file_version(folder.location("a")) != before


@pytest.mark.parametrize("read", [read_bytes, require_file, lambda uri: local_path(uri).__enter__()])
def test_what_is_no_file_is_not_opened(read: Callable[[str], object], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/proc/self/environ")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
    names = [str(tmp_path / name) for name in ("", "pipe", "socket", "link")]
    devices = ["/dev/zero", "/dev/tty", "/dev/null", "/dev/fd/0"]
    system = ["/proc/kmsg", "/proc/self/environ", "/proc/self/mem", "/sys/kernel/notes", "/proc/self/cwd/../proc/kmsg"]
    for uri in (*names, *devices, *system, "file:///proc/kmsg", "/dev/../proc/self/stat"):
        if os.path.lexists(uri.removeprefix("file://")):
            with pytest.raises(UnsuitableFileError, match="not a file"):
                read(uri)


def test_files_in_memory_are_files(tmp_path: Path) -> None:
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as file:
        file.write(b"12345")
        file.flush()
        assert read_bytes(file.name) == b"12345"


def test_an_output_folder_may_be_where_inputs_are_not(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        Folder(folder).write("a", b"")
        assert Folder(folder).read("a") == b""


def test_unknown_schemes() -> None:
    with pytest.raises(UriError, match=r"nonsense://x/y: .*nonsense") as caught:
        read_bytes("nonsense://x/y")
    assert not caught.value.transient


@pytest.mark.parametrize("scheme", ["reference", "dir", "cached", "zip", "github", "generic", "asyncwrapper", "hdfs"])
def test_schemes_that_need_more_than_a_uri(scheme: str) -> None:
    for uri in (f"{scheme}://", f"{scheme}://place/a.png"):
        with pytest.raises(StorageError, match=f"^{uri}: ") as caught:
            read_bytes(uri)
        assert not caught.value.transient and "\n" not in str(caught.value)


def test_a_scheme_in_capitals(web: str, s3: str) -> None:
    assert len(read_bytes(web.replace("http", "HTTP") + "/page")) == 1000
    Folder(f"{s3}/capitals").write("a", b"1")
    assert read_bytes(f"{s3}/capitals/a".replace("s3", "S3", 1)) == b"1"


def test_an_address_of_the_newer_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    server = http.server.ThreadingHTTPServer(("::1", 0, 0, 0), Moody, bind_and_activate=False)  # type: ignore[arg-type]
    server.address_family = socket.AF_INET6
    server.socket = socket.socket(socket.AF_INET6)
    server.server_bind()
    server.server_activate()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        assert len(read_bytes(f"http://[::1]:{server.server_address[1]}/page")) == 1000
    finally:
        server.shutdown()
        server.server_close()


class Moody(http.server.BaseHTTPRequestHandler):
    """Answers with the status that the path names; /lie promises few bytes; the rest is content."""

    def do_GET(self) -> None:
        name = self.path.strip("/").partition("?")[0]
        status = int(name) if name.isdigit() else 200
        self.send_response(status)
        content = b"x" * 1000 if status == 200 else b""
        if name != "unsized":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Moody)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("status", "transient"), [(403, False), (429, True), (500, True), (503, True)])
def test_which_answers_are_worth_another_try(web: str, status: int, transient: bool) -> None:
    once = read_bytes.retry_with(stop=stop_after_attempt(1))  # type: ignore[attr-defined]
    with pytest.raises(StorageError) as caught:
        once(f"{web}/{status}?token=hunter2")
    assert caught.value.transient is transient
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_page(web: str) -> None:
    with pytest.raises(MissingObjectError):
        read_bytes(f"{web}/404")


@pytest.mark.parametrize("page", ["sized", "unsized"])
def test_limits_hold_for_what_has_no_size(web: str, page: str) -> None:
    assert len(read_bytes(f"{web}/{page}", limit=1000)) == 1000
    with pytest.raises(StorageError, match="larger than the limit"):
        read_bytes(f"{web}/{page}", limit=999)


def test_a_file_is_required_without_reading_it(folder: Folder) -> None:
    folder.write("a", b"12345")
    require_file(folder.location("a"))
    with pytest.raises(MissingObjectError, match="b: there is no such file"):
        require_file(folder.location("b"))


def test_a_web_server_that_is_not_there_has_no_file() -> None:
    with pytest.raises(StorageError):
        require_file("http://127.0.0.1:1/a.png")


def test_running_out_of_memory_is_not_the_files_fault(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(*_: object, **__: object) -> bytes:
        raise MemoryError

    folder.write("a", b"1")
    monkeypatch.setattr(folder_module, "parts", too_large)
    with pytest.raises(MemoryError):
        folder.read("a")


def test_a_stream_goes_on_where_a_read_failed(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("a", b"0123456789")
    with open_stream(folder.location("a")) as stream:
        assert stream.read(2) == b"01"
        stumbles = [ConnectionResetError("cut"), TimeoutError("late")]
        real = stream._stream.read  # type: ignore[attr-defined]

        def stumbling(size: int = -1) -> bytes:
            if stumbles:
                raise stumbles.pop()
            return bytes(real(size))

        monkeypatch.setattr(stream, "_stream", Stumbling(stumbling))
        assert stream.read(3) == b"234"
    assert not stumbles


class Stumbling:
    """A stream of which only ``read`` is asked."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self.read = read
