"""The client of web servers: how long it waits, where redirects may lead, and which addresses it connects to."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from semstyle.storage import deadlines
from semstyle.storage.addresses import is_public
from semstyle.storage.allow_list import AllowList
from semstyle.storage.errors import HopRefused

if TYPE_CHECKING:
    from aiohappyeyeballs import AddrInfoType
    from aiohttp import ClientRequest, ClientResponse, ClientSession

WHOLE_ANSWER_SECONDS = 300.0
"""How long an answer may take that is not read as a stream."""


def web_options(allow: AllowList | None) -> dict[str, Any]:
    """Options for fsspec's HTTP file system; with other options it makes another one, with connections of its own."""
    is_strict = allow is not None and not allow.is_trusting
    waits = (deadlines.CONNECT_SECONDS, deadlines.SILENT_SECONDS)
    return {"get_client": WebClient(allow if is_strict else None, *waits)}


@dataclass(frozen=True)
class WebClient:
    """Makes sessions of aiohttp.

    Attributes:
        allow: Where redirects may lead, and which hosts may have a private address; all, when None.
        connect_seconds: How long a connection may take to be made.
        silent_seconds: How long a server may send nothing.
    """

    allow: AllowList | None
    connect_seconds: float
    silent_seconds: float

    async def __call__(self, **options: Any) -> ClientSession:
        from aiohttp import ClientSession, ClientTimeout, TCPConnector

        timeout = ClientTimeout(WHOLE_ANSWER_SECONDS, sock_connect=self.connect_seconds, sock_read=self.silent_seconds)
        if self.allow is None:
            return ClientSession(timeout=timeout, **options)
        return ClientSession(
            timeout=timeout,
            connector=TCPConnector(socket_factory=allowed_socket),
            middlewares=(EveryHop(self.allow),),
            **options,
        )


@dataclass
class Hop:
    """A request on its way to one host; a redirect makes another.

    Attributes:
        may_be_private: Whether its host may have a private address.
        was_private: Whether it has one, so that no connection was made.
    """

    may_be_private: bool
    was_private: bool = False


HOP: ContextVar[Hop] = ContextVar("HOP")


@dataclass(frozen=True)
class EveryHop:
    """Middleware of aiohttp that checks every request before it is sent, also those that a redirect asks for."""

    allow: AllowList

    async def __call__(
        self, request: ClientRequest, send: Callable[[ClientRequest], Awaitable[ClientResponse]]
    ) -> ClientResponse:
        from aiohttp import ClientConnectionError

        url = request.url
        if not self.allow.allows(str(url)):
            raise HopRefused(f"redirected to {url}, not under an allowed prefix ({', '.join(self.allow.prefixes)})")
        hop = Hop(may_be_private=self.allow.names_host(url.host or ""))
        token = HOP.set(hop)
        try:
            return await send(request)
        except ClientConnectionError:
            if hop.was_private:
                raise HopRefused(
                    f"{url.host} has a private address; inputs come from there only with --allow-uri {url.origin()}/"
                ) from None
            raise
        finally:
            HOP.reset(token)


def allowed_socket(info: AddrInfoType) -> socket.socket:
    """Make the socket of a connection, unless its address may not be asked: here it is known what a name resolved to.

    Raises:
        PermissionError: when the address is private and the request's host may not have one.
    """
    family, kind, protocol, _, address = info
    hop = HOP.get()
    if not hop.may_be_private and not is_public(address[0]):
        hop.was_private = True
        raise PermissionError("a private address")
    return socket.socket(family, kind, protocol)
