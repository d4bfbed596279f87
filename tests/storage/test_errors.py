"""What storage says about what went wrong, whether it is worth another try, and what the command then exits with."""

from __future__ import annotations

import errno
import os
import socket
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from aiohttp import ClientPayloadError
from aiohttp.http_exceptions import ContentLengthError
from odd_s3 import odd_s3
from tenacity import stop_after_attempt

from semstyle.storage import (
    Folder,
    MissingObjectError,
    StorageError,
    UnsuitableFileError,
    UriError,
    read_bytes,
    require_file,
    translated,
)

once = read_bytes.retry_with(stop=stop_after_attempt(1))  # type: ignore[attr-defined]
write_once = Folder.write.retry_with(stop=stop_after_attempt(1))


@pytest.mark.parametrize(
    ("number", "line", "transient"),
    [
        (errno.ENOSPC, "the disk is full", True),
        (errno.EDQUOT, "the quota of this disk is used up", True),
        (errno.EIO, "Input/output error", True),
        (errno.EROFS, "Read-only file system", False),
        (errno.EACCES, "access is denied", False),
    ],
)
def test_what_a_disk_says(number: int, line: str, transient: bool) -> None:
    with pytest.raises(StorageError, match=f"^/out/a: {line}") as caught, translated("/out/a"):
        raise OSError(number, os.strerror(number))
    assert caught.value.transient is transient and caught.value.exit_code == 4


def test_a_full_disk_is_a_full_disk() -> None:
    full = Path("/dev/full")
    with pytest.raises(StorageError, match=r"^/dev/full: the disk is full") as caught, translated(str(full)):
        full.write_bytes(b"x")
    assert caught.value.transient


def test_no_answer_in_time_is_told_in_words() -> None:
    with pytest.raises(StorageError, match=r"^s3://b/a: has not answered in time") as caught, translated("s3://b/a"):
        raise TimeoutError
    assert caught.value.transient


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with odd_s3() as (address, _):
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything-at-all")
        yield


@pytest.mark.usefixtures("odd")
@pytest.mark.parametrize(
    ("bucket", "line", "transient"),
    [
        ("access-denied", "access is denied: these credentials have no permission for this", False),
        ("expired-token", r"access is denied: the credentials have expired; .*\(AWS_SESSION_TOKEN\)", False),
        ("invalid-token", "access is denied: the session token is not valid", False),
        ("skewed-clock", "access is denied: the clock of this machine is wrong", False),
        ("no-room", "the server has no room left", True),
        ("slow-down", "Service Unavailable", True),
    ],
)
def test_what_an_s3_server_says(bucket: str, line: str, transient: bool) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: once(f"s3://{bucket}/a"),
        lambda: write_once(Folder(f"s3://{bucket}"), "a", b"1"),
    ]
    for attempt in attempts:
        with pytest.raises(StorageError, match=f"^s3://{bucket}/a: {line}") as caught:
            attempt()
        assert caught.value.transient is transient and caught.value.exit_code == 4


@pytest.mark.usefixtures("odd")
def test_a_server_that_has_no_such_request_is_not_asked_again() -> None:
    with pytest.raises(StorageError, match="the server does not know this kind of request") as caught:
        Folder("s3://lacks").create("a", b"1")
    assert not caught.value.transient


def test_a_missing_bucket_is_no_missing_file(s3: str) -> None:
    bucket = f"s3://missing-{uuid.uuid4().hex[:12]}"
    for read in (read_bytes, require_file):
        with pytest.raises(StorageError, match=f"^{bucket}/a.png: there is no such bucket") as caught:
            read(f"{bucket}/a.png")
        assert not isinstance(caught.value, MissingObjectError) and caught.value.exit_code == 4
    with pytest.raises(StorageError, match="there is no such bucket"):
        list(Folder(bucket).names("records"))
    with pytest.raises(MissingObjectError, match="there is no such file"):
        read_bytes(f"{s3}/a.png")


def test_revoked_keys_are_named_and_not_shown(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "revoked-key-id")
    # A different spelling of the endpoint, so that no cached connection is used.
    monkeypatch.setenv("AWS_ENDPOINT_URL", os.environ["AWS_ENDPOINT_URL"] + "/")
    with pytest.raises(StorageError, match="access is denied: the server does not know the access key") as caught:
        Folder(s3).write("a", b"x")
    assert "revoked-key-id" not in str(caught.value) and caught.value.exit_code == 4


def test_exit_codes() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        silent = f"http://127.0.0.1:{unused.getsockname()[1]}/a.png"
    codes = {
        silent: (StorageError, 4),
        "/none/a.png": (MissingObjectError, 2),
        "/etc": (UnsuitableFileError, 2),
        "/dev/null": (UnsuitableFileError, 2),
        "a\0b": (UriError, 2),
        "zip://a::/b.zip": (UriError, 2),
        "nonsense://a": (UriError, 2),
        "http://": (UriError, 2),
        "s3://NO BUCKET/a": (UriError, 2),
    }
    for uri, (kind, code) in codes.items():
        with pytest.raises(StorageError) as caught:
            once(uri)
        assert (type(caught.value), caught.value.exit_code) == (kind, code), uri
    with pytest.raises(UriError):
        Folder("/tmp").read("../a")


def test_a_connection_lost_in_the_middle_of_a_body_is_transient_however_it_is_wrapped() -> None:
    cut = ClientPayloadError("Response payload is not completed")
    cut.__cause__ = ContentLengthError("Not enough data to satisfy content length header")
    wrapped = OSError("could not read")
    wrapped.__cause__ = cut
    for error in (cut, wrapped):
        with pytest.raises(StorageError) as told, translated("s3://bucket/record.parquet"):
            raise error
        assert told.value.transient
