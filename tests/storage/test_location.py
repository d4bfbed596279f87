"""Joining and splitting paths and URIs."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semstyle.storage import StorageError, UriError, parent, resolve
from semstyle.storage.location import split_scheme


@pytest.mark.parametrize(
    ("uri", "base", "expected"),
    [
        ("a.png", "/data/m", "/data/m/a.png"),
        ("./x/../a.png", "/data/m", "/data/m/a.png"),
        ("../a.png", "/data/m", "/data/a.png"),
        ("/abs/a.png", "s3://bucket/m", "/abs/a.png"),
        ("a.png", "s3://bucket/m", "s3://bucket/m/a.png"),
        ("../a.png", "s3://bucket/m", "s3://bucket/a.png"),
        ("a.png", "s3://bucket", "s3://bucket/a.png"),
        ("a.png", "S3://bucket/m/", "s3://bucket/m/a.png"),
        ("s3://other/a.png", "/data", "s3://other/a.png"),
        ("https://host/a.png?x=../y", "/data", "https://host/a.png?x=../y"),
        ("a.png", "file:///data", "/data/a.png"),
        ("with space/ü#1.png", "s3://bucket/m", "s3://bucket/m/with space/ü#1.png"),
        ("c:d.png", "/data", "/data/c:d.png"),
    ],
)
def test_resolve(uri: str, base: str, expected: str) -> None:
    assert resolve(uri, base) == expected


def test_a_relative_base_starts_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve("a.png", ".") == str(tmp_path / "a.png")
    assert parent("m.parquet") == str(tmp_path)


@pytest.mark.parametrize("uri", ["../../a", "../../other/a", "x/../../../a"])
def test_dots_do_not_leave_a_bucket(uri: str) -> None:
    with pytest.raises(StorageError, match="leaves s3://bucket"):
        resolve(uri, "s3://bucket/m")


@pytest.mark.parametrize("uri", ["simplecache::s3://b/a", "zip://a::/b.zip", "a\0b"])
def test_what_reaches_through_other_systems_is_refused(uri: str) -> None:
    with pytest.raises(StorageError):
        resolve(uri, "/data")


@given(st.text(max_size=30), st.sampled_from(["s3://bucket/some/folder", "/data/some/folder"]))
def test_what_resolves_is_absolute_stays_and_resolves_to_itself(uri: str, base: str) -> None:
    try:
        found = resolve(uri, base)
    except StorageError:
        return
    assert resolve(found, "s3://elsewhere/x") == found
    if not uri.startswith("/") and "://" not in uri:
        assert found.startswith("s3://bucket/" if base.startswith("s3") else "/")


@pytest.mark.parametrize(
    ("uri", "folder"),
    [("s3://b/x/m.parquet", "s3://b/x"), ("s3://b/m.parquet", "s3://b"), ("/a/m.parquet", "/a"), ("/m.parquet", "/")],
)
def test_parent(uri: str, folder: str) -> None:
    assert parent(uri) == folder


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("HTTP://host/a", ("http", "host/a")),
        ("http://[::1]:80/a", ("http", "[::1]:80/a")),
        ("http://user@[::1]/a", ("http", "user@[::1]/a")),
        ("http://[::1", ("http", "[::1")),
        ("local:///a", ("file", "/a")),
    ],
)
def test_scheme_and_rest(uri: str, expected: tuple[str, str]) -> None:
    assert split_scheme(uri) == expected


@pytest.mark.parametrize("uri", ["http://[::1]/a::b", "http://host/[a::b]", "s3://[a::b]/c", "http://a::b/[c]"])
def test_colons_are_an_address_only_between_the_brackets_of_a_host(uri: str) -> None:
    with pytest.raises(UriError, match="chained"):
        split_scheme(uri)
