"""An S3 server that keeps objects in memory, and does one thing in its own way: what its bucket is named after."""

from __future__ import annotations

import http.server
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

ERROR = "<Error><Code>{code}</Code><Message>{message}</Message></Error>"
REFUSALS = {
    "access-denied": (403, "AccessDenied"),
    "expired-token": (403, "ExpiredToken"),
    "invalid-token": (400, "InvalidToken"),
    "skewed-clock": (403, "RequestTimeTooSkewed"),
    "no-room": (507, "XMinioStorageFull"),
    "slow-down": (503, "SlowDown"),
}
"""By the bucket in which everything is answered so."""


class OddS3(http.server.BaseHTTPRequestHandler):
    """``PUT``, ``GET``, ``HEAD`` and ``DELETE`` of objects.

    Buckets: ``ordinary``; ``ignores`` conditions; ``refuses`` every condition (412); ``lacks`` conditions (501);
    ``conflicts`` (409) the first time; ``loses`` the answer the first time; and those of ``REFUSALS``.
    """

    protocol_version = "HTTP/1.1"  # which has clients wait for "100 Continue"
    objects: dict[str, bytes]
    asked: Counter[str]

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        is_conditional = self.headers.get("If-None-Match") == "*"
        self.asked[self.path] += 1
        is_first = self.asked[self.path] == 1
        match self.path.split("/")[1]:
            case "lacks" if is_conditional:
                self.refuse(501, "NotImplemented")
            case "refuses" if is_conditional:
                self.refuse(412, "PreconditionFailed")
            case "conflicts" if is_conditional and is_first:
                self.refuse(409, "ConditionalRequestConflict")
            case bucket if bucket != "ignores" and is_conditional and self.path in self.objects:
                self.refuse(412, "PreconditionFailed")
            case bucket if bucket in REFUSALS:
                self.refuse(*REFUSALS[bucket])
            case bucket:
                self.objects[self.path] = content
                if bucket == "loses" and is_first:
                    self.close_connection = True
                else:
                    self.answer(200)

    def do_GET(self) -> None:
        bucket, path = self.path.split("/")[1], self.path.partition("?")[0]
        if bucket in REFUSALS:
            self.refuse(*REFUSALS[bucket])
        elif path in self.objects:
            self.answer(200, self.objects[path])
        else:
            self.refuse(404, "NoSuchKey")

    do_HEAD = do_GET

    def do_DELETE(self) -> None:
        self.objects.pop(self.path, None)
        self.answer(204)

    def refuse(self, status: int, code: str) -> None:
        try:
            phrase = HTTPStatus(status).phrase
        except ValueError:
            phrase = code
        self.answer(status, ERROR.format(code=code, message=phrase).encode())

    def answer(self, status: int, content: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def odd_s3() -> Iterator[tuple[str, dict[str, bytes]]]:
    """Its address, and its objects by path."""
    objects: dict[str, bytes] = {}
    handler = type("OddS3Here", (OddS3,), {"objects": objects, "asked": Counter()})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", objects
    finally:
        server.shutdown()
        server.server_close()
