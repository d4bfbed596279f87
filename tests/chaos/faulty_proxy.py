"""A proxy in front of an S3 server that answers 500 and 503 and cuts connections, some of the time."""

from __future__ import annotations

import asyncio
import random
import re
import threading
from collections import Counter

ERROR = b"<Error><Code>%s</Code><Message>%s</Message></Error>"
ANSWER = b"HTTP/1.1 %s\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"


def answer(status: bytes, code: bytes, message: bytes) -> bytes:
    error = ERROR % (code, message)
    return ANSWER % (status, len(error), error)


PASSED, REFUSED, BROKEN = "passed", "503", "500"
ANSWERS = {
    REFUSED: answer(b"503 Service Unavailable", b"SlowDown", b"Please reduce your request rate."),
    BROKEN: answer(b"500 Internal Server Error", b"InternalError", b"We encountered an internal error."),
}
CUTS = ("cut request", "cut answer", "lost answer")
"""Before the server hears of it; in the middle of the answer; or it is done, and the answer never arrives."""
CONNECTION = re.compile(rb"(?im)^connection:.*\r\n")
BLOCK = 65536
MOST_SECONDS = 60.0
"""Of one request; a client that was killed may leave a server that waits for the rest of it."""


class FaultyProxy:
    """Forwards HTTP to ``127.0.0.1:port``, one request for each connection, from a thread of its own.

    Args:
        rate: The share of requests that meet a fault: a 503, a 500 or one of the cuts, each as often as the others.

    Attributes:
        rate: That share, which may be changed.
        counts: Requests by what was done to them.
    """

    def __init__(self, port: int, rate: float, seed: int = 0) -> None:
        self._port, self.rate, self._random = port, rate, random.Random(seed)
        self.counts: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        starting = asyncio.run_coroutine_threadsafe(asyncio.start_server(self._serve, "127.0.0.1", 0), self._loop)
        self._server = starting.result(10)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def cuts(self) -> int:
        return sum(self.counts[cut] for cut in CUTS)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fate = PASSED
        try:
            async with asyncio.timeout(MOST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                fate = self._random.choice((*ANSWERS, *CUTS)) if self._random.random() < self.rate else PASSED
                self.counts[fate] += 1
                if fate in ANSWERS:
                    writer.write(ANSWERS[fate])
                    await writer.drain()
                    # Closing while the request's body is unread would take the answer back.
                    await asyncio.wait_for(copied(reader), 5)
                elif fate != "cut request":
                    await self._forward(CONNECTION.sub(b"", head), reader, writer, fate)
        except (OSError, asyncio.IncompleteReadError):  # one side has gone, or the server is down
            fate = CUTS[0]
        finally:
            writer.transport.abort() if fate in CUTS else writer.close()

    async def _forward(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fate: str
    ) -> None:
        """Pass on one request, and its answer as far as ``fate`` lets it."""
        answers, requests = await asyncio.open_connection("127.0.0.1", self._port)
        requests.write(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        upload = asyncio.create_task(copied(reader, requests))
        upload.add_done_callback(lambda _: requests.close())  # a client that is gone waits for no answer
        try:
            while block := await answers.read(BLOCK):
                is_final = not block.startswith(b"HTTP/1.1 100")
                if is_final and fate == "lost answer":
                    return
                is_cut = is_final and fate == "cut answer"
                writer.write(block[: len(block) // 2] if is_cut else block)
                await writer.drain()
                if is_cut:
                    return
        finally:
            upload.cancel()
            requests.close()


async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter | None = None) -> None:
    """Everything that comes, to ``writer`` or nowhere."""
    while block := await reader.read(BLOCK):
        if writer:
            writer.write(block)
            await writer.drain()
