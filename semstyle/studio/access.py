"""Who may talk to the studio: this machine's browser, from the studio's own page, with the token.

Any page on the web can make a browser send requests to this machine. So a request has to name this machine as its host
(a name of a stranger's that leads here is refused), come from no other origin, and carry the token in a header, which
no other origin can make a browser send; there is no cookie that would go along by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

NAMES = ("127.0.0.1", "localhost")
OWN_SITES = {"same-origin", "none"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
SMALL_BODY = 512 * 2**10


class Refusal(Exception):
    """A request that is not answered, with the HTTP status and the words that say so."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Gate:
    """Lets only the studio's own page in, bounds what is sent, and gives every answer its headers. An ASGI middleware.

    Args:
        port: Where the studio listens.
        token: What the page has to know.
        largest_bodies: End of a path → bytes that may be sent to it, where that is more than ``SMALL_BODY``.
    """

    def __init__(self, app: Application, port: int, token: str, largest_bodies: dict[str, int]) -> None:
        self._app, self._token, self._largest_bodies = app, token, largest_bodies
        self._hosts = {f"{name}:{port}" for name in NAMES}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return  # nothing here speaks over WebSockets

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        try:
            limit = self._limit(scope["path"])
            self._check(scope["method"], scope["path"], Headers(scope=scope), limit)
        except Refusal as refusal:
            refused = JSONResponse({"error": str(refusal)}, refusal.status, headers={"connection": "close"})
            await refused(scope, receive, send_with_headers)
            return
        await self._app(scope, bounded(receive, limit), send_with_headers)

    def _limit(self, path: str) -> int:
        found = (size for part, size in self._largest_bodies.items() if f"/{part}/" in f"{path}/")
        return next(found, SMALL_BODY)

    def _check(self, method: str, path: str, headers: Headers, limit: int) -> None:
        host = headers.get("host", "")
        if host not in self._hosts or len(headers.getlist("host")) != 1:
            raise Refusal(421, "this host is not the studio's; open the address that semstyle studio printed")
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{host}":
            raise Refusal(403, "requests from other origins are refused")
        if headers.get("sec-fetch-site", "none") not in OWN_SITES and (origin is not None or path.startswith("/api")):
            raise Refusal(403, "requests from other sites are refused")
        if path.startswith("/api"):
            self._check_token(headers)
        length = headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length) > limit:
            raise Refusal(413, f"too large; the most is {limit / 2**20:.1f} MiB")

    def _check_token(self, headers: Headers) -> None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not secrets.compare_digest(token.encode(), self._token.encode()):
            raise Refusal(401, "the token is missing or wrong; open the address that semstyle studio printed")


def bounded(receive: Receive, limit: int) -> Receive:
    """Return ``receive`` that raises when more than ``limit`` bytes have come, whatever a header had said."""
    got = 0

    async def receive_bounded() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > limit:
            raise HTTPException(413, f"too large; the most is {limit / 2**20:.1f} MiB")
        return message

    return receive_bounded
