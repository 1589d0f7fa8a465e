"""What an ASGI application cannot say: a connection that breaks or goes silent in the middle of an answer."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_CONNECTION = "sandbox.connection"
_LISTENS_AGAIN = 0.1
# Two shorts on Windows, two ints elsewhere: on, and no time to linger.
_NO_LINGER = struct.pack("HH" if sys.platform == "win32" else "ii", 1, 0)


class Protocol(H11Protocol):
    """HTTP/1.1 of uvicorn; the application finds the connection in its scope."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """One wrapped application for each connection."""
        super().connection_made(transport)
        inner = self.app

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            scope[_CONNECTION] = transport
            await inner(scope, receive, send)

        self.app = application


def reset(scope: Scope) -> None:
    """End the connection the hard way: the peer gets a reset, not an orderly end."""
    transport: Any = scope[_CONNECTION]
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


async def silence(receive: Receive, stopping: Callable[[], bool]) -> None:
    """Say nothing more until the peer gives up or the sandbox stops."""
    while not stopping():
        with contextlib.suppress(TimeoutError):
            message = await asyncio.wait_for(receive(), _LISTENS_AGAIN)
            if message["type"] == "http.disconnect":
                return
