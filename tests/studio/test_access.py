"""Who is let in: a page of another origin, a stranger's host name and a wrong token are not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from semstyle.studio.access import HEADERS
from semstyle.studio.sessions.session import StudioSession


def test_the_page_itself_is_let_in(client: TestClient) -> None:
    own = {"origin": "http://127.0.0.1:8377", "sec-fetch-site": "same-origin"}
    assert client.get("/api/about", headers=own).status_code == 200
    assert client.post("/api/sessions", headers=own).status_code == 200
    assert client.get("/api/sessions", headers={"host": "localhost:8377"}).status_code == 200


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer wrong", "Basic a-token-of-the-tests", "Bearer a-token-of-the-test", "Bearer \xe9"]
)
def test_a_wrong_token_is_refused(client: TestClient, value: str) -> None:
    answer = client.get("/api/sessions", headers={"authorization": value.encode("latin-1")})
    assert answer.status_code == 401 and "semstyle studio printed" in answer.json()["error"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://127.0.0.1:9999",
        "http://localhost:8377",
        "null",
        "http://127.0.0.1:8377.evil.example",
    ],
)
def test_another_origin_is_refused_even_with_the_token(client: TestClient, origin: str) -> None:
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        answer = client.request(method, "/api/sessions", headers={"origin": origin})
        assert answer.status_code == 403 and "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example:8377", "evil.example", "127.0.0.1", "127.0.0.1:80", "[::1]:8377", ""])
def test_a_name_that_leads_here_is_refused(client: TestClient, host: str) -> None:
    for path in ("/", "/api/sessions", "/studio.js"):
        assert client.get(path, headers={"host": host}).status_code == 421


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_request_that_another_site_has_made_is_refused(client: TestClient, site: str) -> None:
    assert client.get("/api/sessions", headers={"sec-fetch-site": site}).status_code == 403
    assert client.get("/", headers={"sec-fetch-site": site}).status_code == 200, "a link may lead to the page"


def test_every_answer_has_the_headers_and_none_sets_a_cookie(client: TestClient, session: StudioSession) -> None:
    refused = {"authorization": "Bearer wrong"}
    paths = [
        "/",
        "/studio.js",
        "/studio.css",
        "/gone",
        "/api/about",
        "/api/gone",
        f"/api/sessions/{session.id}/events0",
    ]
    for answer in [*map(client.get, paths), client.get("/api/about", headers=refused)]:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert "set-cookie" not in answer.headers and "server" not in answer.headers


def test_the_page_holds_no_secret_and_no_inline_script(client: TestClient) -> None:
    page = client.get("/", headers={"authorization": ""}).text
    assert "a-token-of-the-tests" not in page and 'src="/studio.js"' in page
    assert "<script>" not in page and "style=" not in page and " on" not in page.replace(" one", "")
    policy = HEADERS["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/..%2fpyproject.toml", "/app%2findex.html", "/%2e%2e/x"]
)
def test_nothing_but_the_page_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "name", ["..%2f..%2fetc", "%2e%2e", "..", "x" * 41, "0123456789ABCDEF", "0123456789abcde%00", "0123456789abcdef"]
)
def test_a_session_id_leads_nowhere_else(client: TestClient, name: str) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/check"), ("GET", "/events"), ("POST", "/renders")):
        answer = client.request(method, f"/api/sessions/{name}{path}", json={"kind": "preview"})
        assert answer.status_code in {404, 405, 422}, (method, path)


@pytest.mark.parametrize("name", ["..%2fsession.json", "....", "0123", "0123456789abcdef.png", "0123456789ABCDEF"])
@pytest.mark.parametrize("kind", ["pictures", "planes", "renders"])
def test_a_files_name_leads_nowhere_else(client: TestClient, session: StudioSession, kind: str, name: str) -> None:
    for path in (f"{kind}/{name}", f"renders/{name}/picture"):
        assert client.get(f"/api/sessions/{session.id}/{path}").status_code in {404, 405, 422}
    assert client.put(f"/api/sessions/{session.id}/planes/{name}", content=b"x").status_code in {404, 405, 422}


def test_a_large_body_is_refused_by_what_it_says(client: TestClient, session: StudioSession) -> None:
    for path, size in (("renders", 2**20), ("pictures", 2**26), ("planes/0123456789abcdef", 2**23)):
        method = "PUT" if "planes" in path else "POST"
        said = {"content-length": str(size)}
        answer = client.request(method, f"/api/sessions/{session.id}/{path}", content=b"x", headers=said)
        assert answer.status_code == 413
    odd = client.post("/api/sessions", content=b"", headers={"content-length": "-5"})
    assert odd.status_code == 413


def test_a_large_body_is_refused_whatever_it_says(client: TestClient, session: StudioSession) -> None:
    read = 0

    def parts() -> Iterator[bytes]:
        nonlocal read
        for _ in range(100):
            read += 1
            yield bytes(2**20)

    answer = client.put(f"/api/sessions/{session.id}", content=parts())
    assert answer.status_code == 413 and "0.5 MiB" in answer.json()["error"]
