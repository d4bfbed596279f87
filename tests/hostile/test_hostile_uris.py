"""URIs from strangers: nothing is read that may not be, whoever sends us there, and every refusal says so."""

from __future__ import annotations

import os
import re
import resource
from pathlib import Path

import pytest
from forged_images import NOISE, saved
from settling import settled

from semstyle.storage import read_bytes

Web = tuple[str, list[str]]

REFUSED = {
    "unknown scheme": ("nonsense://x/y.png", "nonsense"),
    "script": ("javascript://x/%0aalert(1)", "javascript"),
    "chained": ("simplecache::https://example.org/a.png", "chained"),
    "inside an archive": ("zip://a.png::/data/b.zip", "chained"),
    "archive alone": ("zip:///data/b.zip", "zip"),
    "references": ("reference:///etc/passwd", "reference"),
    "folder of another": ("dir:///etc/passwd", "dir"),
    "cache of another": ("filecache:///etc/passwd", "filecache"),
    "git": ("git:///etc@master/passwd", "git"),
    "no address": ("http://", "http"),
    "no host": ("https:///a.png", "https"),
    "a port that is none": ("http://127.0.0.1:99999999/a.png", "99999999"),
    "nul": ("a\0b.png", "NUL"),
    "newline": ("no\nsuch\nfile.png", "no such file"),
    "escape sequence": ("\x1b[2J.png", "no such file"),
    "10 kB": ("a" * 10_000, "name too long|no such file|the most is"),
    "10 kB of folders": ("a/" * 5_000, "name too long|no such file|not a file|the most is"),
    "folder": (".", "not a file"),
    "folder of the system": ("/etc", "not a file"),
    "inside a file": ("style.png/a.png", "inside a file|no such file"),
    "endless device": ("/dev/zero", "not a file"),
    "terminal": ("/dev/tty", "not a file"),
    "memory of this process": ("/proc/self/mem", "not a file"),
    "environment of this process": ("/proc/self/environ", "not a file"),
    "what the kernel says": ("/proc/kmsg", "not a file"),
    "nothing in it": ("empty.png", "the file is empty"),
    "a device by way of another folder": (f"/proc/self/{'root'}/dev/zero", "not a file"),
    "passwords": ("file:///etc/passwd", "not a PNG"),
    "home that is not expanded": ("~/style.png", "no such file"),
    "variable that is not expanded": ("$HOME/style.png", "no such file"),
    "wildcard that is not expanded": ("*.png", "no such file"),
    "blank": (" ", "no such file|is not text"),
    "the scheme alone": ("file://", "not a file"),
    "a scheme in a file name": ("file:/etc/passwd", "no such file"),
}


@pytest.mark.parametrize("column", ["style", "init"])
@pytest.mark.parametrize("case", REFUSED)
def test_quarantined_with_one_line(case: str, column: str, folder: Path) -> None:
    uri, message = REFUSED[case]
    (folder / "empty.png").touch()
    line = settled(folder, {"style": "style.png", column: uri})
    assert line is not None
    assert re.search(message, line), line


def test_a_named_pipe_does_not_hold_the_worker(folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")
    line = settled(folder, {"style": "pipe.png"})
    assert line is not None and "not a file" in line


FORBIDDEN = {
    "another file": "/etc/passwd",
    "another file as a URI": "file:///etc/passwd",
    "another spelling of it": "FILE:///etc/../etc/passwd",
    "local": "local:///etc/passwd",
    "up": "allowed/../secret.png",
    "up and down": "allowed/../allowed/../secret.png",
    "same start": "allowed-not/style.png",
    "link": "allowed/link.png",
    "link to a folder": "allowed/folder/secret.png",
    "bucket": "s3://bucket/a.png",
    "web": "https://example.org/a.png",
    "memory": "memory://a.png",
    "asynchronous": "asynclocal:///etc/passwd",
}


@pytest.mark.parametrize("column", ["style", "content", "init", "encoder"])
@pytest.mark.parametrize("case", FORBIDDEN)
def test_nothing_outside_the_allowed_folder(case: str, column: str, folder: Path) -> None:
    for name in ("secret.png", "allowed/style.png", "allowed-not/style.png", "elsewhere/secret.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(saved(NOISE))
    (folder / "allowed/link.png").symlink_to(folder / "secret.png")
    (folder / "allowed/folder").symlink_to(folder / "elsewhere")
    allow = (str(folder / "allowed"),)
    line = settled(folder, {"style": "allowed/style.png", column: FORBIDDEN[case]}, allow)
    assert line is not None and "not under an allowed prefix" in line


def test_what_is_allowed_renders(folder: Path) -> None:
    assert settled(folder, {"style": "style.png"}, (str(folder),)) is None


AWAY = [
    "away",
    "away-with-token",
    "twice",
    "up",
    "encoded-up",
    "other-host",
    "same-start",
    "user",
    "away-when-read",
]


@pytest.mark.parametrize("page", AWAY)
def test_a_redirect_out_of_the_allowed_prefix_is_not_followed(page: str, folder: Path, web: Web) -> None:
    server, asked = web
    line = settled(folder, {"style": f"{server}/allowed/{page}"}, (f"{server}/allowed/", str(folder)))
    assert line is not None and "not under an allowed prefix" in line
    assert f"/allowed/{page}" in line and "5up3r" not in line
    assert not [path for path in asked if path.startswith(("/forbidden", "/allowed-not"))]


@pytest.mark.parametrize("page", AWAY[:4])
def test_weights_are_redirected_no_further(page: str, folder: Path, web: Web) -> None:
    server, asked = web
    values = {"style": "style.png", "encoder": f"{server}/allowed/{page}"}
    line = settled(folder, values, (f"{server}/allowed/", str(folder)))
    assert line is not None and "not under an allowed prefix" in line
    assert not [path for path in asked if path.startswith("/forbidden")]


@pytest.mark.parametrize("page", ["near", "style.png", "in-pieces", "style.png?size=2", "a%20b.png"])
def test_pages_under_the_allowed_prefix_render(page: str, folder: Path, web: Web) -> None:
    server, _ = web
    assert settled(folder, {"style": f"{server}/allowed/{page}"}, (f"{server}/allowed",)) is None


@pytest.mark.parametrize("page", ["away", "twice"])
def test_redirects_within_what_is_allowed_are_followed(page: str, folder: Path, web: Web) -> None:
    server, asked = web
    assert settled(folder, {"style": f"{server}/allowed/{page}"}, (server, str(folder))) is None
    assert "/forbidden/style.png" in asked


@pytest.mark.parametrize("page", ["file", "loop", "status-404", "status-403", "status-401", "status-410"])
def test_pages_that_are_none(page: str, folder: Path, web: Web) -> None:
    server, _ = web
    line = settled(folder, {"style": f"{server}/allowed/{page}"}, (server,))
    assert line is not None and f"/allowed/{page}" in line


def test_a_page_that_never_ends_is_read_no_further_than_the_limit(web: Web) -> None:
    server, _ = web
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Exception, match=r"larger than the limit|endless: "):
        read_bytes(f"{server}/allowed/endless", limit=50)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


def test_a_page_in_pieces_is_read_whole(web: Web) -> None:
    server, _ = web
    assert read_bytes(f"{server}/allowed/in-pieces", limit=10**6) == saved(NOISE)
