"""A company's network on loopback: proxies that want a password, block, answer in HTML, or inspect TLS."""

from __future__ import annotations

import contextlib
import socketserver
from collections.abc import Iterator

from tests.transport.served import served


class _Refusal(socketserver.StreamRequestHandler):
    server: RefusingProxy

    def handle(self) -> None:
        head = [self.rfile.readline().decode("latin-1")]
        while (line := self.rfile.readline()).strip():
            head.append(line.decode("latin-1"))
        self.server.heard.append("".join(head))
        self.wfile.write(self.server.answer)


class RefusingProxy(socketserver.ThreadingTCPServer):
    """Answers every CONNECT with the same bytes and closes; keeps what it heard."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.heard: list[str] = []
        super().__init__(("127.0.0.1", 0), _Refusal)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


WANTS_PASSWORD = (
    b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="corp"\r\n'
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)
BLOCKS = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 20\r\nConnection: close\r\n\r\n"
    b"<html>blocked</html>"
)


@contextlib.contextmanager
def refusing_proxy(answer: bytes) -> Iterator[RefusingProxy]:
    """A running proxy of that kind."""
    with served(RefusingProxy(answer)) as proxy:
        yield proxy
