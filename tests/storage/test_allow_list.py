"""Where inputs may come from, by the text of their URIs."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from fsspec.registry import known_implementations

from semstyle.storage import AllowList, UriError
from semstyle.storage.allow_list import READ_SCHEMES


def test_without_prefixes_everything_that_is_public() -> None:
    for uri in ("s3://anything/at/all", "https://example.org/a", "HTTPS://example.org/a", "/data/a", "gs://b/a"):
        AllowList().check(uri)


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
    with pytest.raises(UriError):
        AllowList(["s3://b/in", "https://ok.org"]).check(uri)


def test_links_on_disk_do_not_lead_out(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.png").write_bytes(b"x")
    (tmp_path / "in/link.png").symlink_to(tmp_path / "secret.png")
    allow = AllowList([str(tmp_path / "in")])
    allow.check(str(tmp_path / "in/a.png"))
    allow.check(f"file://{tmp_path}/in/a.png")
    for uri in ("in/link.png", "in/../secret.png", "inner/a.png"):
        with pytest.raises(UriError, match="not under an allowed prefix"):
            allow.check(f"{tmp_path}/{uri}")


def test_the_refusal_hides_credentials() -> None:
    with pytest.raises(UriError) as caught:
        AllowList(["s3://b/in"]).check("https://u:hunter2@host/a?token=hunter2")
    assert "hunter2" not in str(caught.value)


LEAD_ELSEWHERE = sorted(name for name in set(known_implementations) - READ_SCHEMES - {"local"} if "_" not in name)


@pytest.mark.parametrize("scheme", [*LEAD_ELSEWHERE, "nonsense", "javascript"])
def test_other_schemes_are_read_only_where_they_are_allowed_by_name(scheme: str) -> None:
    uri = f"{scheme}://place/folder/a.png"
    with pytest.raises(UriError, match=f"inputs are not read from {scheme}://"):
        AllowList().check(uri)
    with pytest.raises(UriError, match="not under an allowed prefix"):
        AllowList(["https://example.org/", "s3://bucket/"]).check(uri)
    for prefix in (f"{scheme}://", f"{scheme}://place/folder"):
        AllowList([prefix]).check(uri)


def test_what_leads_to_other_files_is_not_among_the_schemes_that_are_read() -> None:
    leading = {"reference", "dir", "zip", "tar", "libarchive", "cached", "filecache", "simplecache", "blockcache"}
    choosing = {"ftp", "sftp", "ssh", "smb", "webdav", "hdfs", "webhdfs", "arrow_hdfs", "dask", "jupyter", "jlab"}
    others = {"git", "github", "gist", "generic", "asyncwrapper", "async_wrapper", "data", "asynclocal", "root"}
    assert not READ_SCHEMES & (leading | choosing | others)


@pytest.mark.parametrize("uri", ["http://", "https:///a.png", "http://[::1", "http://h:99999999/a"])
def test_what_is_no_web_address(uri: str) -> None:
    for allow in (AllowList(), AllowList.trusting(), AllowList(["http://"])):
        with pytest.raises(UriError, match="not a web address"):
            allow.check(uri)


def test_trusting_is_everywhere() -> None:
    for uri in ("http://127.0.0.1/a", "reference:///etc/passwd", "/etc/passwd", "zip:///a.zip", "s3://b/../a"):
        AllowList.trusting().check(uri)


def test_lists_are_equal_when_they_allow_the_same() -> None:
    one, same = AllowList(["s3://b/in/"]), AllowList(["s3://b/in"])
    assert one == same and hash(one) == hash(same)
    assert len({one, AllowList(), AllowList.trusting(), AllowList(["s3://b/i"])}) == 4
    for allow in (one, AllowList(), AllowList.trusting()):
        copy = pickle.loads(pickle.dumps(allow))  # noqa: S301 - our own bytes
        assert copy == allow and copy.is_trusting == allow.is_trusting


@pytest.mark.parametrize(
    ("prefix", "host", "expected"),
    [
        ("http://127.0.0.1:8000/a", "127.0.0.1", True),
        ("https://Intranet/", "intranet", True),
        ("http://[::1]/", "::1", True),
        ("http://127.0.0.1/", "127.0.0.2", False),
        ("http://intranet.evil.org/", "intranet", False),
        ("https://", "intranet", False),
        ("s3://intranet/", "intranet", False),
        ("/127.0.0.1", "127.0.0.1", False),
    ],
)
def test_hosts_that_a_prefix_names(prefix: str, host: str, expected: bool) -> None:
    assert AllowList([prefix]).names_host(host) is expected
