"""The image, then the record that only one attempt can make."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from semstyle.farm.output.commit import commit, recorded_digests, sha256
from semstyle.farm.output.layout import image_path, map_path, record_path
from semstyle.storage import Folder


def record(author: str, digest: str, maps: dict[str, str] | None = None, kind: str = "png") -> bytes:
    stream = io.BytesIO()
    values = {"render_id": "x", "image": f"images/x.{kind}", "image_sha256": digest, "author": author}
    schema = pa.schema([*((name, pa.string()) for name in values), ("maps", pa.map_(pa.string(), pa.string()))])
    values["maps"] = list((maps or {}).items())
    pq.write_table(pa.Table.from_pylist([values], schema), stream)
    return stream.getvalue()


def author_of(folder: Folder, render_id: str) -> str:
    return pq.read_table(io.BytesIO(folder.read(record_path(render_id))))["author"][0].as_py()


def is_consistent(folder: Folder, render_id: str) -> bool:
    return all(sha256(folder.read(path)) == digest for path, digest in recorded_digests(folder, render_id).items())


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


def test_a_record_whose_image_is_gone_does_not_count_and_is_replaced(folder):
    assert commit(folder, "x", b"image of a", lambda digest: record("a", digest))
    folder.delete(image_path("x"))
    assert commit(folder, "x", b"image of b", lambda digest: record("b", digest))
    assert folder.read(image_path("x")) == b"image of b"
    assert is_consistent(folder, "x") and author_of(folder, "x") == "b"


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


def test_maps_are_the_image_s_own_whichever_of_two_attempts_wins(folder):
    path = map_path("x", "style_map.png")

    def overtaken(digest):
        folder.write(image_path("x"), b"image of a")  # a wrote its map before ours was written, and its image after
        assert folder.create(record_path("x"), record("a", sha256(b"image of a"), {path: sha256(b"map of a")}))
        return record("b", digest, {path: sha256(b"map of b")})

    assert not commit(folder, "x", b"image of b", overtaken, {path: b"map of b"})
    assert folder.read(path) == b"map of b" and folder.read(image_path("x")) == b"image of b"
    assert is_consistent(folder, "x") and author_of(folder, "x") == "b"


def test_a_record_from_before_maps_were_made_has_none(folder):
    stream = io.BytesIO()
    pq.write_table(pa.table({"render_id": ["x"], "image_sha256": ["0" * 64]}), stream)
    folder.write(record_path("x"), stream.getvalue())
    assert recorded_digests(folder, "x") == {image_path("x"): "0" * 64}


def test_an_image_in_another_format_replaces_the_one_whose_image_is_gone(folder):
    assert commit(folder, "x", b"image of a", lambda digest: record("a", digest, kind="webp"), format_name="webp")
    assert not commit(folder, "x", b"image of b", lambda digest: record("b", digest, kind="webp"), format_name="webp")
    assert recorded_digests(folder, "x") == {"images/x.webp": sha256(b"image of a")}
    assert commit(folder, "x", b"image of c", lambda digest: record("c", digest, kind="jpeg"), format_name="jpeg")
    assert is_consistent(folder, "x") and author_of(folder, "x") == "c" and folder.exists("images/x.jpeg")


def test_of_two_attempts_in_two_formats_the_record_describes_one_that_is_there(folder):
    def overtaken(digest):
        folder.write(image_path("x"), b"image of a")
        assert folder.create(record_path("x"), record("a", sha256(b"image of a")))
        return record("b", digest, kind="webp")

    assert not commit(folder, "x", b"image of b", overtaken, format_name="webp")
    assert is_consistent(folder, "x") and author_of(folder, "x") == "b"
    assert recorded_digests(folder, "x") == {"images/x.webp": sha256(b"image of b")}
