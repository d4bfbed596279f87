"""Joining paths and URIs, and the list of where inputs may come from."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semstyle.storage import AllowList, StorageError, parent, resolve


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


def test_an_empty_allow_list_allows_everything() -> None:
    AllowList().check("s3://anything/at/all")


@pytest.mark.parametrize("uri", ["s3://b/in/a.png", "s3://b/in", "S3://b/in/deep/a.png", "https://ok.org/a/b?c=d"])
def test_under_a_prefix(uri: str) -> None:
    AllowList(["s3://b/in/", "https://ok.org"]).check(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "s3://b/inner/a.png",
        "s3://b/other",
        "s3://b",
        "s3://b/in/../secret",
        "s3://B/in/a.png",
        "https://ok.org.evil.com/a",
        "https://ok.org@evil.com/a",
        "https://ok.org\\@evil.com/a",
        "https://ok.org/a/%2e%2e/b",
        "https://ok.org/a/%252e%252e/b",
        "http://ok.org/a",
        "/etc/passwd",
        "file:///etc/passwd",
        "zip://x::s3://b/in/a",
    ],
)
def test_not_under_a_prefix(uri: str) -> None:
    with pytest.raises(StorageError):
        AllowList(["s3://b/in", "https://ok.org"]).check(uri)


def test_links_on_disk_do_not_lead_out(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.png").write_bytes(b"x")
    (tmp_path / "in/link.png").symlink_to(tmp_path / "secret.png")
    allow = AllowList([str(tmp_path / "in")])
    allow.check(str(tmp_path / "in/a.png"))
    allow.check(f"file://{tmp_path}/in/a.png")
    for uri in ("in/link.png", "in/../secret.png", "inner/a.png"):
        with pytest.raises(StorageError, match="not under an allowed prefix"):
            allow.check(f"{tmp_path}/{uri}")


def test_the_refusal_hides_credentials() -> None:
    with pytest.raises(StorageError) as caught:
        AllowList(["s3://b/in"]).check("https://u:hunter2@host/a?token=hunter2")
    assert "hunter2" not in str(caught.value)
