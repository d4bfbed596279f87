"""Whether a store creates only where there is nothing: real ones, and servers that do it their own way."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from odd_s3 import odd_s3

from semstyle.storage import Folder, StorageError, require_conditional_writes

Store = tuple[str, dict[str, bytes]]


@pytest.fixture
def objects(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """What is in the odd server, which ``s3://`` leads to."""
    with odd_s3() as (address, objects):
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "anybody")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "anything-at-all")
        yield objects


def test_a_real_store_has_them(s3: str) -> None:
    folder = Folder(f"{s3}/{uuid.uuid4().hex}")
    require_conditional_writes(folder, "probe")
    assert list(folder.names()) == []


def test_a_disk_has_them_and_is_not_written_to(tmp_path: Path) -> None:
    require_conditional_writes(Folder(str(tmp_path / "out")), "probe")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bucket", ["ordinary", "conflicts", "loses"])
def test_a_store_that_stumbles_has_them(bucket: str, objects: dict[str, bytes]) -> None:
    require_conditional_writes(Folder(f"s3://{bucket}/out"), "probe")
    assert objects == {}


@pytest.mark.parametrize(
    ("bucket", "line"),
    [
        ("ignores", "overwrites what is to be created only where there is nothing"),
        ("refuses", r"refuses every conditional write \(412\)"),
        ("lacks", "has no conditional writes"),
    ],
)
def test_a_store_without_them_is_told_what_it_lacks(bucket: str, line: str, objects: dict[str, bytes]) -> None:
    with pytest.raises(StorageError, match=f"^s3://{bucket}/out: {line}.*; runs need a store with") as caught:
        require_conditional_writes(Folder(f"s3://{bucket}/out"), "probe")
    assert not caught.value.transient and caught.value.exit_code == 4
    assert objects == {}


def test_what_an_earlier_probe_left_is_no_proof_of_anything(objects: dict[str, bytes]) -> None:
    for bucket in ("ordinary", "ignores"):
        objects[f"/{bucket}/out/probe"] = b"left"
    require_conditional_writes(Folder("s3://ordinary/out"), "probe")
    with pytest.raises(StorageError, match="overwrites"):
        require_conditional_writes(Folder("s3://ignores/out"), "probe")


def test_a_conflict_is_tried_again(objects: dict[str, bytes]) -> None:
    assert Folder("s3://conflicts/out").create("a", b"1")
    assert objects == {"/conflicts/out/a": b"1"}
