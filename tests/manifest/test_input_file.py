"""Whether a file is still the one that was read, wherever it is."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from semstyle.manifest.input_file import InputFile, has_changed, large_input, read_input
from semstyle.storage import AllowList, Folder

TRUSTING = AllowList.trusting()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A server of ``tmp_path``, which says the time of a file but has no ETag."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(params=["disk", "s3", "web"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Folder, str]:
    """A folder to write to, and the URI of its file ``a``."""
    if request.param == "s3":
        folder = Folder(f"{request.getfixturevalue('s3')}/{tmp_path.name}")
        return folder, folder.location("a")
    uri = str(tmp_path / "a") if request.param == "disk" else f"{request.getfixturevalue('web')}/a"
    return Folder(str(tmp_path)), uri


def test_what_is_written_over_has_changed_and_what_is_written_again_has_not(place):
    folder, uri = place
    folder.write("a", b"one")
    data, file = read_input(uri, TRUSTING)
    assert data == b"one" and file.sha256 == hashlib.sha256(b"one").hexdigest()
    assert has_changed(file, uri, TRUSTING) is False
    folder.write("a", b"one")
    assert has_changed(file, uri, TRUSTING) is False
    folder.write("a", b"two")
    assert has_changed(file, uri, TRUSTING) is True
    folder.delete("a")
    assert has_changed(file, uri, TRUSTING) is None


def test_a_file_whose_stamp_is_the_same_is_not_read(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    os.utime(path, (1, 1))
    _, file = read_input(str(path), TRUSTING)
    path.write_bytes(b"two")
    os.utime(path, (1, 1))
    assert file.stamp is not None
    assert has_changed(file, str(path), TRUSTING) is False


def test_large_files_on_disk_have_a_digest_and_those_in_a_bucket_a_stamp_alone(tmp_path, s3):
    (tmp_path / "a").write_bytes(b"one")
    assert large_input(str(tmp_path / "a"), TRUSTING).sha256 == hashlib.sha256(b"one").hexdigest()
    bucket = Folder(f"{s3}/{tmp_path.name}")
    bucket.write("a", b"one")
    file = large_input(bucket.location("a"), TRUSTING)
    assert file.sha256 is None and file.stamp is not None
    assert has_changed(file, bucket.location("a"), TRUSTING) is False
    bucket.write("a", b"two")
    assert has_changed(file, bucket.location("a"), TRUSTING) is True
    assert large_input(bucket.location("a"), TRUSTING) != file


def test_what_tells_nothing_has_not_changed():
    assert has_changed(InputFile("memory://a/b", None, None), "memory://a/b", TRUSTING) is None


def test_what_is_not_allowed_is_not_looked_at(tmp_path):
    (tmp_path / "a").write_bytes(b"one")
    _, file = read_input(str(tmp_path / "a"), TRUSTING)
    (tmp_path / "a").write_bytes(b"two!")
    assert has_changed(file, str(tmp_path / "a"), AllowList([str(tmp_path / "elsewhere")])) is None
