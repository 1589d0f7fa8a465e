"""A small HTTPS server on loopback whose answers a test writes itself; it records what it was asked."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import trustme

from troubleshooter.signin.clouds import Cloud


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it. Header names are lower case."""

    method: str
    host: str
    sni: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True)
class Reply:
    """An answer. `cut` ends the connection after that many bytes of a body announced in full."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None

    @classmethod
    def of(cls, value: Any, status: int = 200, **headers: str) -> Reply:
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named})


Answerer = Callable[[Asked], Reply]


class TlsServer:
    """Serves on 127.0.0.1 with a certificate for the given names, from a certificate authority of its own."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self.asked: list[Asked] = []
        self.answer: Answerer = lambda asked: Reply(404)
        authority = trustme.CA()
        self.ca_bundle = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_bundle))
        self._sni: dict[int, str] = {}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        context.sni_callback = self._note_sni
        self._server = _Server(self, context)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def _note_sni(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        self._sni[id(connection)] = name or ""

    def sni_of(self, connection: object) -> str:
        return self._sni.get(id(connection), "")

    def cloud(self, **changes: Any) -> Cloud:
        values: dict[str, Any] = {
            "name": "test",
            "login": "login.test",
            "graph": "graph.test",
            "exchange": "exchange.test",
            "sharepoint_suffix": "sharepoint.test",
            "connect_to": ("127.0.0.1", self.port),
            "ca_bundle": self.ca_bundle,
            "custom": True,
        }
        return Cloud(**{**values, **changes})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, owner: TlsServer, context: ssl.SSLContext) -> None:
        self.owner = owner
        self.context = context
        super().__init__(("127.0.0.1", 0), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """The handshake happens here, in the connection's own thread."""
        try:
            with self.context.wrap_socket(request, server_side=True) as secured:
                super().finish_request(secured, client_address)
        except (ssl.SSLError, ConnectionError):
            return  # a client that does not trust us hangs up; that is what some tests are about


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024  # headers and body in one packet; two would wait for each other's acknowledgement
    server: _Server

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        owner = self.server.owner
        asked = Asked(
            self.command,
            self.headers.get("Host", ""),
            owner.sni_of(self.connection),
            self.path,
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
        )
        owner.asked.append(asked)
        reply = owner.answer(asked)
        self.send_response_only(reply.status)
        if "Date" not in reply.headers:
            self.send_header("Date", self.date_time_string())
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if reply.cut is None:
            self.wfile.write(reply.body)
        else:
            self.wfile.write(reply.body[: reply.cut])
            self.close_connection = True

    do_GET = do_POST = _serve  # noqa: N815

    def log_message(self, *args: Any) -> None:
        """Silence: pytest shows what matters."""
