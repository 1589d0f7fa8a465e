"""Answers that must end: a timeout of a socket counts from one byte to the next, so that a server which sends
a byte now and then, or `100 Continue` for ever, would never be given up by it.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import Any

from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection

WHOLE = 3
"""A whole answer, head and body, may take so many times as long as one read."""


class _Timed(io.RawIOBase):
    """A socket's bytes until a moment on the monotonic clock; then TimeoutError, as the socket raises it."""

    def __init__(self, raw: io.RawIOBase, until: float) -> None:
        self._raw: Any = raw
        self._until = until

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if time.monotonic() > self._until:
            raise TimeoutError("the answer did not end in time")
        got: int | None = self._raw.readinto(buffer)
        return got

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer with an end in time. https://docs.python.org/3/library/http.client.html#httpresponse-objects"""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        patience = sock.gettimeout()
        if patience:
            raw: Any = self.fp.detach()
            self.fp = io.BufferedReader(_Timed(raw, time.monotonic() + WHOLE * patience))


class TimedConnection(HTTPSConnection):
    """A connection whose answers end."""

    response_class = _Response


class TimedPool(HTTPSConnectionPool):
    """Connections whose answers end."""

    ConnectionCls = TimedConnection
