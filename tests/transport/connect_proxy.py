"""A proxy that knows CONNECT and leads every name to one loopback port."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Iterator

from tests.transport.served import served


class _Tunnel(socketserver.StreamRequestHandler):
    server: ConnectProxy

    def handle(self) -> None:
        target = self.rfile.readline().split()[1].decode()
        while self.rfile.readline().strip():
            pass
        self.server.targets.append(target)
        with socket.create_connection(("127.0.0.1", self.server.onward)) as beyond:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_copy, args=(beyond, self.connection), daemon=True)
            back.start()
            _copy(self.connection, beyond)
            back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


class ConnectProxy(socketserver.ThreadingTCPServer):
    """Records the `host:port` of every CONNECT."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, onward: int) -> None:
        self.onward = onward
        self.targets: list[str] = []
        super().__init__(("127.0.0.1", 0), _Tunnel)


@contextlib.contextmanager
def connect_proxy(onward: int) -> Iterator[ConnectProxy]:
    """A running proxy whose tunnels all end at `127.0.0.1:onward`."""
    with served(ConnectProxy(onward)) as proxy:
        yield proxy
