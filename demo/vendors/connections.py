"""Connections that break: a client's connection is reset, without an answer.

An ASGI application does not see the connection that it answers on, so the server's protocol notes it. Belongs
here: breaking connections. Does not belong here: when that happens (`demo.vendors.faults`).
"""

import asyncio
import socket
import struct
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_open: dict[Any, asyncio.Transport] = {}
_AT_ONCE = struct.pack("ii", 1, 0)


class NotedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP, whose connections are known by their clients' addresses."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Notes the connection."""
        _open[transport.get_extra_info("peername")] = transport
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the connection."""
        _open.pop(self.client, None)
        super().connection_lost(exc)


def reset(scope: Scope) -> None:
    """Reset the connection on which a request came, as a vendor's load balancer may."""
    transport = _open[tuple(scope["client"])]
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()
