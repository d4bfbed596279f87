"""Where a finished file goes: tried before the work, leaving nothing, and kept elsewhere when it cannot go there."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from programs import free_ports
from small_disk import small_disk

from semstyle.commands.destination import Destination
from semstyle.errors import InputError, SemstyleError
from semstyle.storage import Folder, StorageError, read_bytes

READ_ONLY = "/proc/out.png"
"""Where not even root can write."""


def test_trying_leaves_nothing_and_destroys_nothing(tmp_path: Path) -> None:
    (tmp_path / "old.png").write_bytes(b"precious")
    for name in ("old.png", "new.png"):
        Destination("--out", str(tmp_path / name)).try_out()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"old.png": b"precious"}


def test_trying_leaves_nothing_in_a_bucket_either(s3: str) -> None:
    folder = Folder(f"{s3}/destinations")
    folder.write("old.png", b"precious")
    for name in ("old.png", "new.png"):
        Destination("--out", f"{s3}/destinations/{name}").try_out()
    assert list(folder.names()) == ["old.png"] and folder.read("old.png") == b"precious"


def test_a_file_is_written_where_it_is_to_be(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for place in ("out.png", "./out.png", str(tmp_path / "out.png"), f"file://{tmp_path}/out.png", f"{s3}/out.png"):
        assert Destination("--out", place).write(place.encode()) == (place, "")
        assert read_bytes(place) == place.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["out.png"]


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "latest.png").symlink_to(tmp_path / "kept" / "today.png")
    destination = Destination("--out", str(tmp_path / "latest.png"))
    destination.try_out()
    destination.write(b"new")
    assert (tmp_path / "latest.png").is_symlink() and (tmp_path / "kept" / "today.png").read_bytes() == b"new"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("folder", "--out folder: this is a folder; name a file in it"),
        ("absent/out.png", "--out absent/out.png: there is no folder absent; make it first"),
        ("file.txt/out.png", "--out file.txt/out.png: there is no folder file.txt; make it first"),
        ("pipe", "--out pipe: this is not a file; choose another name"),
        (
            "https://example.com/out.png",
            "--out https://example.com/out.png: a web address cannot be written to; "
            "give a path, or a URI such as s3://…",
        ),
        ("s3://bucket", "--out s3://bucket: this is a bucket or a folder; name a file in it"),
        ("s3://bucket/folder/", "--out s3://bucket/folder/: this is a bucket or a folder; name a file in it"),
    ],
)
def test_a_place_that_is_a_mistake(place: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.txt").touch()
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        Destination("--out", place).try_out()
    assert str(refused.value) == message and refused.value.exit_code == 2


def test_a_write_protected_file_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "out.png").touch(mode=0o444)
    if os.getuid() == 0:  # who may write to every file
        monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(InputError, match="write-protected"):
        Destination("--out", str(tmp_path / "out.png")).try_out()


def test_a_place_that_cannot_be_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_ports(1)[0]}")
    for place, message in (
        (READ_ONLY, f"--out {READ_ONLY}: nothing can be written into /proc "),
        ("s3://bucket/out.png", "--out s3://bucket/out.png: Could not connect to the endpoint"),
    ):
        with pytest.raises(StorageError) as refused:
            Destination("--out", place).try_out()
        assert str(refused.value).startswith(message) and refused.value.exit_code == 4


def test_no_password_is_told() -> None:
    with pytest.raises(SemstyleError) as refused:
        Destination("--out", "https://me:secret@example.com/out.png")
    assert "secret" not in str(refused.value)


def test_what_cannot_be_written_any_more_is_kept_elsewhere_and_named(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    destination = Destination("--out", str(tmp_path / "folder" / "out.png"))
    destination.try_out()
    (tmp_path / "folder").rmdir()
    (tmp_path / "folder").touch()
    place, problem = destination.write(b"an hour's work")
    assert Path(place).read_bytes() == b"an hour's work" and Path(place).is_relative_to(tempfile.gettempdir())
    assert problem.startswith(f"--out {tmp_path / 'folder' / 'out.png'}: cannot be written any more (")
    assert problem.endswith(f"; it is {place} instead") and "\n" not in problem
    shutil.rmtree(Path(place).parent)


def test_what_can_be_written_nowhere_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/proc/absent")
    with pytest.raises(StorageError, match=r"cannot be written any more .* nor into the temporary folder"):
        Destination("--out", READ_ONLY).write(b"")


def test_a_disk_that_is_full_before_or_after_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with small_disk(tmp_path / "disk", 1) as disk:
        destination = Destination("--out", str(disk.folder / "out.png"))
        destination.try_out()
        disk.fill()
        with pytest.raises(StorageError, match="No space left on device") as refused:
            destination.try_out()
        assert refused.value.exit_code == 4
        place, problem = destination.write(b"an hour's work")
        assert Path(place).read_bytes() == b"an hour's work" and "the disk is full" in problem
        assert sorted(path.name for path in disk.folder.iterdir()) == ["ballast"]
