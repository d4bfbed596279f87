"""A web server that takes notices as apprise's ``json://`` posts them, or does not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "s3cr3t-t0ken"


class NoticeServer:
    """Keeps what was posted; ``answer`` is the status it answers with, None for no answer at all."""

    def __init__(self, answer: int | None = 200) -> None:
        self.posted: list[dict[str, Any]] = []
        self.is_over = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == f"/{TOKEN}"
                server.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                if answer is None:
                    server.is_over.wait()
                    return
                self.send_response(answer)
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self._server.server_port}/{TOKEN}"

    def close(self) -> None:
        self.is_over.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def notice_server(answer: int | None = 200) -> Iterator[NoticeServer]:
    server = NoticeServer(answer)
    try:
        yield server
    finally:
        server.close()
