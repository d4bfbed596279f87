"""Starting the studio on this machine's loopback."""

from __future__ import annotations

import errno
import socket
import webbrowser
from collections.abc import Callable

import uvicorn

from semstyle.studio.app import make_app
from semstyle.studio.errors import StudioError
from semstyle.studio.studio import Studio

LOOPBACK = "127.0.0.1"
USUAL_PORT = 8377
MOST_CONNECTIONS = 100


class StudioServer(uvicorn.Server):
    """Says where it is as soon as it answers.

    Args:
        ready: Called then.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._ready()


def listen(port: int | None) -> socket.socket:
    """Listen on the loopback, where no other machine reaches it.

    Args:
        port: None takes the usual one, or any that is free if that is taken.

    Raises:
        StudioError: when the port that was asked for is taken.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        try:
            listener.bind((LOOPBACK, USUAL_PORT if port is None else port))
        except OSError as error:
            if port is not None or error.errno != errno.EADDRINUSE:
                raise
            listener.bind((LOOPBACK, 0))
    except OSError as error:
        listener.close()
        raise StudioError(f"--port {port}: {error.strerror or error}; give another port, or none") from None
    listener.listen()
    return listener


def serve(studio: Studio, listener: socket.socket, session_id: str | None, tell: Callable[[str], None]) -> None:
    """Serve until Ctrl-C.

    Args:
        session_id: The session that the page opens with; None takes the last one.
        tell: Called with the page's address once it answers. The token is behind its ``#``, which no browser sends.
    """
    port, token = listener.getsockname()[1], studio.sessions.token()
    place = f"&session={session_id}" if session_id else ""
    address = f"http://{LOOPBACK}:{port}/#token={token}{place}"
    config = uvicorn.Config(
        make_app(studio, port, token),
        access_log=False,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        limit_concurrency=MOST_CONNECTIONS,
        ws="none",
    )
    StudioServer(config, lambda: tell(address)).run(sockets=[listener])


def open_browser(address: str) -> bool:
    """Open the page in the user's browser; returns whether there is one."""
    try:
        return webbrowser.open(address)
    except webbrowser.Error:
        return False
