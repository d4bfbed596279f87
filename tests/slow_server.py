"""A web server, and an S3 server for who takes it for one, that is silent, slow or endless."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PAUSE_SECONDS = 0.05
GOOD = b"0123456789" * 100
BLOCK = b"x" * 2**18
LONG = "1000000"


class Slow(http.server.BaseHTTPRequestHandler):
    """What the first folder of the path names: ``silent``, ``stalls``, ``drips``, ``drips-headers``, ``endless``.

    Everything else is ``GOOD``.
    """

    over: threading.Event
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        manner = self.path.split("/")[1]
        if manner == "silent":
            self.over.wait()
        elif manner == "drips-headers":
            self.drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 100_000)
        elif manner == "endless":
            self.begin(length=None)
            while self.command == "GET" and not self.over.is_set():
                self.wfile.write(BLOCK)
        elif manner in {"stalls", "drips"}:
            self.begin(LONG)
            self.wfile.write(b"0123456789")
            self.over.wait() if manner == "stalls" else self.drip(b"x" * 100_000)
        else:
            self.begin(str(len(GOOD)))
            self.wfile.write(GOOD if self.command == "GET" else b"")

    do_HEAD = do_PUT = do_GET

    def begin(self, length: str | None) -> None:
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", length)
        self.end_headers()

    def drip(self, content: bytes) -> None:
        for letter in content:
            self.wfile.write(bytes([letter]))
            if self.over.wait(PAUSE_SECONDS):
                return

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # the reader has had enough
            super().handle()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def slow_server() -> Iterator[tuple[str, list[str]]]:
    """Its address, such as ``http://127.0.0.1:40123``, and what it has been asked, such as ``GET /silent/a``."""
    over, asked = threading.Event(), list[str]()
    handler = type("SlowHere", (Slow,), {"over": over, "asked": asked})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        over.set()
        server.shutdown()
        server.server_close()
