"""A folder with good pictures, and a web server that sends visitors elsewhere."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from forged_images import NOISE, plain, saved

NEAR, AWAY = "/allowed/style.png", "/forbidden/style.png"
REDIRECTS = {
    "/allowed/near": NEAR,
    "/allowed/away": AWAY,
    "/allowed/away-with-token": f"{AWAY}?token=planted-token-5up3r",
    "/allowed/twice": "/allowed/away",
    "/allowed/up": "/allowed/../forbidden/style.png",
    "/allowed/encoded-up": "/allowed/%2e%2e/forbidden/style.png",
    "/allowed/other-host": "http://localhost:1/allowed/style.png",
    "/allowed/same-start": "/allowed-not/style.png",
    "/allowed/user": "//user:planted-password-5up3r@127.0.0.1/allowed/style.png",
    "/allowed/file": "file:///etc/passwd",
    "/allowed/loop": "/allowed/loop",
}
BOMB_BYTES = 300 * 2**20


class Web(http.server.BaseHTTPRequestHandler):
    """Pictures under any folder; the names in ``REDIRECTS`` are sent on; other names misbehave in their own way."""

    asked: list[str]

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.answer(with_body=True)

    def answer(self, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        if path in REDIRECTS or (path == "/allowed/away-when-read" and with_body):
            self.send_response(302)
            self.send_header("Location", REDIRECTS.get(path, AWAY))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if path.startswith("/allowed/status-"):
            self.send_error(int(path.rpartition("-")[2]))
            return
        self.send_response(200)
        content = saved(NOISE)
        if path == "/allowed/endless":
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.pour(b"x" * 2**20, with_body)
        elif path == "/allowed/in-pieces":
            self.end_headers()
            self.pour_once(content, with_body)
        else:
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content if with_body else b"")

    def pour(self, block: bytes, with_body: bool) -> None:
        """Far more than was announced, as long as someone takes it."""
        for _ in range(BOMB_BYTES // len(block) if with_body else 0):
            self.wfile.write(block)

    def pour_once(self, content: bytes, with_body: bool) -> None:
        """Without a length, in pieces."""
        for start in range(0, len(content) if with_body else 0, 1000):
            self.wfile.write(content[start : start + 1000])
            self.wfile.flush()

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:  # the reader has had enough
            return

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[tuple[str, list[str]]]:
    """The server's address, and the paths whose content was asked for."""
    asked: list[str] = []
    handler = type("Asked", (Web,), {"asked": asked})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Holds ``style.png`` of 48×32 pixels and its map ``map.npy`` of three channels."""
    (tmp_path / "style.png").write_bytes(saved(NOISE))
    (tmp_path / "content.png").write_bytes(saved(plain()))
    np.save(tmp_path / "map.npy", np.random.default_rng(0).random((8, 12, 3), np.float32))
    return tmp_path
