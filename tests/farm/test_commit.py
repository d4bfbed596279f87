"""The image, then the record that only one attempt can make."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from semstyle.farm.commit import commit, recorded_digest, sha256
from semstyle.farm.layout import image_path, record_path
from semstyle.storage import Folder


def record(author: str, digest: str) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table({"image_sha256": [digest], "author": [author]}), stream)
    return stream.getvalue()


def author_of(folder: Folder, render_id: str) -> str:
    return pq.read_table(io.BytesIO(folder.read(record_path(render_id))))["author"][0].as_py()


def is_consistent(folder: Folder, render_id: str) -> bool:
    return recorded_digest(folder, render_id) == sha256(folder.read(image_path(render_id)))


@pytest.fixture(params=["disk", "s3"])
def folder(request, tmp_path) -> Folder:
    if request.param == "disk":
        return Folder(str(tmp_path))
    return Folder(f"{request.getfixturevalue('s3')}/{tmp_path.name}")


def test_the_second_of_two_attempts_changes_nothing(folder):
    assert commit(folder, "x", b"image of a", lambda digest: record("a", digest))
    assert not commit(folder, "x", b"image of b", lambda digest: record("b", digest))
    assert folder.read(image_path("x")) == b"image of a" and author_of(folder, "x") == "a"


def test_an_attempt_that_dies_between_image_and_record_has_not_rendered(folder):
    def die(digest):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        commit(folder, "x", b"half", die)
    assert not folder.exists(record_path("x"))
    assert commit(folder, "x", b"whole", lambda digest: record("a", digest))
    assert folder.read(image_path("x")) == b"whole" and is_consistent(folder, "x")


def test_an_image_that_replaced_the_winners_gets_its_own_record(folder):
    def overtaken(digest):
        folder.write(image_path("x"), b"image of a")  # a writes its image before ours …
        folder.write(image_path("x"), b"image of b")
        assert folder.create(record_path("x"), record("a", sha256(b"image of a")))  # … and commits after it
        return record("b", digest)

    assert not commit(folder, "x", b"image of b", overtaken)
    assert is_consistent(folder, "x") and author_of(folder, "x") == "b"


def test_the_winners_record_stays_when_its_image_does(folder):
    def overtaken(digest):
        folder.write(image_path("x"), b"image of a")
        assert folder.create(record_path("x"), record("a", sha256(b"image of a")))
        return record("b", digest)

    assert not commit(folder, "x", b"image of b", overtaken)
    assert is_consistent(folder, "x") and author_of(folder, "x") == "a"
