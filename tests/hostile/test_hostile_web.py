"""Rows that name web servers: silent, slow, endless, at private addresses; and URIs that are hardly any."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from forged_images import NOISE, saved
from settling import SMALL, assert_is_one_clear_line, settled
from slow_server import slow_server

from semstyle.farm.attempt import Assignment, Committed, Failed, FailureClass, Started
from semstyle.farm.demand import Demand
from semstyle.farm.worker.render_attempt import attempt
from semstyle.manifest import BadRow, Position, fetched_encoder, input_file
from semstyle.manifest.row import make_row
from semstyle.storage import deadlines, patience

SOON = 30
"""Seconds; far from the minutes that these servers would take, even on a busy machine."""
Slow = tuple[str, list[str]]
Web = tuple[str, list[str]]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    monkeypatch.setattr(deadlines, "SILENT_SECONDS", 1.0)
    monkeypatch.setattr(deadlines, "UNHURRIED_SECONDS", 2.0)
    monkeypatch.setattr(patience, "SECONDS", 3.0)
    with slow_server() as served:
        yield served


def answer_to(folder: Path, values: dict[str, Any], allow: tuple[str, ...]) -> Committed | Failed:
    row = make_row({**SMALL, **values}, Position(str(folder / "manifest.parquet"), 1), str(folder))
    assert not isinstance(row, BadRow)
    return attempt(Assignment(row, str(folder / "out"), "run", Demand(0, 1), allow), Started("node", 1, time.time()))


@pytest.mark.parametrize("column", ["style", "init", "encoder"])
@pytest.mark.parametrize("manner", ["silent", "stalls", "drips", "drips-headers"])
def test_a_slow_server_does_not_keep_a_worker(manner: str, column: str, folder: Path, slow: Slow) -> None:
    address, _ = slow
    begun = time.monotonic()
    answer = answer_to(folder, {"style": "style.png", column: f"{address}/{manner}/a.png"}, (address, str(folder)))
    assert time.monotonic() - begun < SOON
    assert isinstance(answer, Failed) and answer.kind is FailureClass.STORAGE
    assert_is_one_clear_line(answer.message)
    assert re.search("has sent nothing for 1 s|comes too slowly|Timeout on reading data", answer.message)


@pytest.mark.parametrize("column", ["style", "init", "encoder"])
def test_an_endless_file_fills_nothing(
    column: str, folder: Path, slow: Slow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address, _ = slow
    monkeypatch.setattr(deadlines, "SILENT_SECONDS", 20.0)
    monkeypatch.setattr(input_file, "MAX_BYTES", 2**21)
    monkeypatch.setattr(fetched_encoder, "MOST_BYTES", 2**21)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    values = {"style": "style.png", column: f"{address}/endless/a.png"}
    answer = answer_to(folder, values, (address, str(folder)))
    assert isinstance(answer, Failed) and answer.kind is FailureClass.INPUT
    assert answer.message == f"{address}/endless/a.png: larger than the limit of 2,097,152 bytes"
    assert not list((tmp_path / "temporary").rglob("*"))


HOSTS = {
    "this machine": "127.0.0.1",
    "this machine by name": "localhost",
    "this machine in IPv6": "[::1]",
    "this machine, mapped": "[::ffff:127.0.0.1]",
    "this machine as a number": "2130706433",
    "this machine in hexadecimal": "0x7f.1",
    "this machine in octal": "0177.0.0.1",
    "any address": "0.0.0.0",
    "a cloud's metadata": "169.254.169.254",
    "a cloud's metadata, mapped": "[::ffff:a9fe:a9fe]",
    "a private network": "10.0.0.1",
    "another private network": "192.168.0.1",
    "a container's network": "172.17.0.1",
    "a provider's network": "100.64.0.1",
    "a unique local address": "[fd00:ec2::254]",
    "a link-local address": "[fe80::1]",
    "everyone near": "224.0.0.1",
}


@pytest.mark.parametrize("column", ["style", "content", "init", "encoder"])
@pytest.mark.parametrize("host", HOSTS)
def test_private_addresses_are_not_asked(host: str, column: str, folder: Path, web: Web) -> None:
    server, asked = web
    port = server.rpartition(":")[2]
    begun = time.monotonic()
    line = settled(folder, {"style": "style.png", column: f"http://{HOSTS[host]}:{port}/allowed/style.png"})
    assert line is not None and re.search("has a private address|not a canonical IPv4 address", line)
    assert time.monotonic() - begun < SOON and not asked


def test_the_operators_word_is_enough(folder: Path, web: Web) -> None:
    server, _ = web
    assert settled(folder, {"style": f"{server}/allowed/style.png"}, (f"{server}/allowed/",)) is None


def test_a_file_that_one_run_may_read_is_not_remembered_for_another(folder: Path, web: Web) -> None:
    server, _ = web
    values = {"style": f"{server}/allowed/style.png"}
    assert isinstance(answer_to(folder, values, (server,)), Committed)
    answer = answer_to(folder, values, ())
    assert isinstance(answer, Failed) and "private address" in answer.message


STRANGE = {
    "capitals": ("HTTP://127.0.0.1:1/a.png", "private address"),
    "secure capitals": ("HTTPS://[::1]/a.png", "private address"),
    "IPv6": ("http://[::1]/a.png", "private address"),
    "IPv6 without an end": ("http://[::1", "not a web address"),
    "an empty IPv6": ("http://[]/a.png", "not a web address"),
    "only a user": ("http://user@/a.png", "not a web address"),
    "only a port": ("http://:80/a.png", "not a web address"),
    "a port in words": ("http://example.org:http/a.png", "not a web address"),
    "chained": ("https://example.org/a::b", "chained"),
    "chained after IPv6": ("http://[::1]/a::file:///etc/passwd", "chained"),
    "data": ("data:image/png;base64,AAAA", "no such file"),
    "data as a scheme": ("data://image/png;base64,AAAA", "inputs are not read from data://"),
    "no bucket": ("s3:///a.png", "s3:///a.png: "),
    "a file's host": ("file://example.org/etc/passwd", "no such file"),
    **{
        f"{scheme} {place or 'alone'}": (f"{scheme}://{place}", f"inputs are not read from {scheme.lower()}://")
        for scheme in (
            *("reference", "dir", "cached", "filecache", "simplecache", "blockcache", "zip", "tar", "libarchive"),
            *("generic", "git", "github", "gist", "jupyter", "dask", "asyncwrapper", "asynclocal", "ftp", "sftp"),
            *("ssh", "smb", "hdfs", "webhdfs", "webdav", "root", "dbfs", "REFERENCE", "Zip", "nonsense"),
        )
        for place in ("", "/etc/passwd", "127.0.0.1:1/a.png")
    },
}


@pytest.mark.parametrize("case", STRANGE)
def test_hardly_a_uri(case: str, folder: Path) -> None:
    uri, message = STRANGE[case]
    line = settled(folder, {"style": uri})
    assert line is not None and message in line


def test_a_scheme_is_read_where_it_is_allowed_by_name(folder: Path) -> None:
    import zipfile

    with zipfile.ZipFile(folder / "pictures.zip", "w") as archive:
        archive.writestr("style.png", saved(NOISE))
    line = settled(folder, {"style": f"zip://{folder}/pictures.zip"}, ("zip://",))
    assert line is not None and "not read" not in line  # it is opened, and the archive itself is no picture
