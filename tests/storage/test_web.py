"""Web servers at private addresses: only those allowed by name are connected to, whatever a name resolves to."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import fsspec
import pytest
from slow_server import GOOD, slow_server

from semstyle.storage import AllowList, UriError, local_path, open_filesystem, read_bytes, require_file
from semstyle.storage import web as web_module

PUBLIC = AllowList()
Read = Callable[[str, AllowList], object]


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    with slow_server() as served:
        yield served


def port_of(address: str) -> str:
    return address.rpartition(":")[2]


def copy(uri: str, allow: AllowList) -> bytes:
    with local_path(uri, allow) as path:
        return path.read_bytes()


READS: list[Read] = [
    lambda uri, allow: read_bytes(uri, allow=allow),
    lambda uri, allow: require_file(uri, allow),
    copy,
]
HOSTS = ["127.0.0.1", "localhost", "LocalHost", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"]
LEGACY = ["127.0.0.1.", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "①②⑦.⓪.⓪.①"]


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("host", HOSTS)
def test_this_machine_is_not_connected_to(host: str, read: Read, server: tuple[str, list[str]]) -> None:
    address, asked = server
    with pytest.raises(UriError, match=r"has a private address; inputs come from there only with --allow-uri http://"):
        read(f"http://{host}:{port_of(address)}/quick/a.png", PUBLIC)
    assert asked == []


@pytest.mark.parametrize("host", LEGACY)
def test_other_spellings_of_it_lead_nowhere(host: str, server: tuple[str, list[str]]) -> None:
    address, asked = server
    with pytest.raises(Exception, match=r"private address|not a canonical|not a web address") as caught:
        read_bytes(f"http://{host}:{port_of(address)}/quick/a.png", allow=PUBLIC)
    assert asked == [] and not getattr(caught.value, "transient", True)


@pytest.mark.parametrize("read", READS)
def test_what_is_allowed_by_name_is_read(read: Read, server: tuple[str, list[str]]) -> None:
    address, asked = server
    uri = f"{address}/quick/a.png"
    for allow in (AllowList([address]), AllowList([f"{address}/quick/"]), AllowList.trusting()):
        read(uri, allow)
    assert asked
    for allow in (AllowList([f"http://localhost:{port_of(address)}"]), AllowList(["https://127.0.0.1"])):
        with pytest.raises(UriError, match="not under an allowed prefix"):
            read(uri, allow)


def test_a_scheme_allowed_by_name_names_no_host(server: tuple[str, list[str]]) -> None:
    address, asked = server
    with pytest.raises(UriError, match="private address"):
        read_bytes(f"{address}/quick/a.png", allow=AllowList(["http://"]))
    assert asked == []


def test_what_the_submitter_names_is_not_restricted(server: tuple[str, list[str]]) -> None:
    assert read_bytes(f"{server[0]}/quick/a.png") == GOOD


def test_a_name_that_resolves_to_this_machine(monkeypatch: pytest.MonkeyPatch, server: tuple[str, list[str]]) -> None:
    address, asked = server
    resolve(monkeypatch, "127.0.0.1")
    with pytest.raises(UriError, match=r"^http://pictures\.example:\d+/a: pictures\.example has a private address"):
        read_bytes(f"http://pictures.example:{port_of(address)}/a", allow=PUBLIC)
    assert asked == []


def test_a_name_that_resolves_to_another_address_each_time(
    monkeypatch: pytest.MonkeyPatch, server: tuple[str, list[str]]
) -> None:
    address, asked = server
    monkeypatch.setattr(web_module, "is_public", lambda ip: ip == "127.0.0.9")  # stands for the public one
    resolve(monkeypatch, "127.0.0.9", "127.0.0.1", "127.0.0.1", "127.0.0.1")
    for _ in range(4):
        with pytest.raises(Exception, match=r"private address|Connect call failed"):
            read_bytes(f"http://pictures.example:{port_of(address)}/a", allow=PUBLIC)
    assert asked == []


def resolve(monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
    """Have ``pictures.example`` resolve to each of the answers in turn."""
    coming = iter(answers)
    real = socket.getaddrinfo

    def resolved(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        return real(next(coming, answers[-1]) if host == "pictures.example" else host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolved)


class Forwards(http.server.BaseHTTPRequestHandler):
    """Sends every visitor to where the path says after ``/to/``."""

    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", self.path.removeprefix("/to/"))
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that redirects; its address, 127.0.0.2, stands for a public one."""
    monkeypatch.setattr(web_module, "is_public", lambda ip: ip == "127.0.0.2")
    server = http.server.ThreadingHTTPServer(("127.0.0.2", 0), Forwards)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.2:{server.server_address[1]}/to/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("hops", [1, 3])
def test_redirects_do_not_lead_to_a_private_address(
    hops: int, read: Read, public: str, server: tuple[str, list[str]]
) -> None:
    address, asked = server
    with pytest.raises(UriError, match=rf"^{public}.*: 127\.0\.0\.1 has a private address"):
        read(f"{public * hops}{address}/quick/a.png", PUBLIC)
    assert asked == []


def test_who_may_read_more_shares_no_connection_with_who_may_not(server: tuple[str, list[str]]) -> None:
    address, _ = server
    uri = f"{address}/quick/a.png"
    lists = [None, AllowList(), AllowList([address]), AllowList(["https://example.org"]), AllowList.trusting()]
    unrestricted, public, named, _, trusting = (opened(uri, allow) for allow in lists)
    assert len({id(one) for one in (unrestricted, public, named)}) == 3
    assert trusting is unrestricted
    assert opened(uri, AllowList()) is public and opened(uri, AllowList([f"{address}/"])) is named
    for _ in range(2):  # also once the others have a connection that is kept
        assert read_bytes(uri) == GOOD == read_bytes(uri, allow=AllowList([address]))
        with pytest.raises(UriError, match="private address"):
            read_bytes(uri, allow=AllowList())
    assert len({id(one._session.connector) for one in (unrestricted, public, named)}) == 3


def opened(uri: str, allow: AllowList | None) -> fsspec.AbstractFileSystem:
    if allow is not None and not allow.allows(uri):
        return None
    return open_filesystem(uri, allow)[0]
