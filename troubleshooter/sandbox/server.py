"""The sandbox as a server: HTTPS on loopback with its own certificate authority."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import trustme
import uvicorn

from troubleshooter.sandbox.app import SandboxApp
from troubleshooter.sandbox.casting import SUFFIX
from troubleshooter.sandbox.connections import Protocol
from troubleshooter.sandbox.control import report
from troubleshooter.sandbox.keys import app_certificate
from troubleshooter.sandbox.model import Fault, PathFault, TenantState
from troubleshooter.sandbox.people import scripted_tenant
from troubleshooter.sandbox.pictures import file_size
from troubleshooter.sandbox.tokens import app_token, resource_of, user_token
from troubleshooter.sandbox.world import EXCHANGE_HOST, GRAPH_HOST, LOGIN_HOST, RequestLog, World

_ENDS = (signal.SIGINT, signal.SIGTERM)
_KEEP_ALIVE = 75
"""Seconds an idle connection stays open: longer than a client pauses when it is throttled for a minute."""
_LOOPBACK = "127.0.0.1"


class _Server(uvicorn.Server):
    """A uvicorn server that says when it accepts connections."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


class _Listener:
    """One socket and the thread that serves it."""

    def __init__(self, world: World, port: int, certificate: trustme.LeafCert | None) -> None:
        self._socket = socket.create_server((_LOOPBACK, port))
        # asyncio sets this itself only where the socket names its protocol, which accepted ones do not;
        # without it every answer on a reused connection waits 40 ms for an acknowledgement.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port: int = self._socket.getsockname()[1]
        factory = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            certificate.configure_cert(context)
            factory = lambda _config, _default: context  # noqa: E731 - uvicorn's own shape
        config = uvicorn.Config(
            SandboxApp(world),
            http=Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE,
            ssl_context_factory=factory,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="sandbox", daemon=True
        )

    def start(self) -> None:
        """Serve; returns when connections are accepted."""
        self._thread.start()
        while not self._server.ready.wait(0.2):
            if not self._thread.is_alive():
                message = "The sandbox server stopped before it was ready."
                raise RuntimeError(message)

    def stop(self) -> None:
        """Stop serving and close the socket."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join()
        self._socket.close()

    def wait(self) -> None:
        """Until somebody stops it. Wakes now and then, so that Ctrl+C is heard on Windows."""
        while self._thread.is_alive():
            self._thread.join(0.5)


class Sandbox:
    """An embedded tenant. Use it as a context manager, or call `start` and `stop`.

    `tenant` None is the scripted tenant as of now; `port` 0 picks a free one. `directory` holds the cloud
    file, the CA and the app certificates; None is a temporary directory removed on `stop`. `plain_http`
    opens a second listener without TLS for clients that cannot be taught a CA. `latency` delays every
    HTTP answer by so many seconds, while other requests go on. Assigning `tenant` changes what is served.
    """

    def __init__(
        self,
        tenant: TenantState | None = None,
        *,
        port: int = 0,
        directory: Path | None = None,
        plain_http: bool = False,
        latency: float = 0.0,
    ) -> None:
        self._world = World(tenant or scripted_tenant(datetime.now(UTC).replace(microsecond=0)))
        self._world.latency = latency
        self._wanted_port = port
        self._wanted_directory = directory
        self._plain_http = plain_http
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._directory: Path | None = None
        self._listeners: list[_Listener] = []

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Bind, write the cloud file, serve in a daemon thread. OSError when the port is taken."""
        if self._listeners:
            return
        authority = trustme.CA(organization_name="photo-troubleshooter sandbox")
        certificate = authority.issue_cert(
            LOGIN_HOST, GRAPH_HOST, EXCHANGE_HOST, f"*.{SUFFIX}", SUFFIX, "localhost", _LOOPBACK
        )
        self._listeners.append(_Listener(self._world, self._wanted_port, certificate))
        if self._plain_http:
            self._listeners.append(_Listener(self._world, 0, None))
        self._prepare_directory()
        authority.cert_pem.write_to_path(str(self.ca_file))
        _write_privately(self.cloud_file, self._cloud_toml())
        self._world.stopping = False
        for listener in self._listeners:
            listener.start()

    def stop(self) -> None:
        """Stop serving; a temporary directory is removed."""
        self._world.stopping = True
        while self._listeners:
            self._listeners.pop().stop()
        if self._temporary:
            self._temporary.cleanup()
            self._temporary = None

    def wait(self) -> None:
        """Serve until stopped."""
        if self._listeners:
            self._listeners[0].wait()

    def _prepare_directory(self) -> None:
        if self._wanted_directory is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="photo-sandbox-")
            self._directory = Path(self._temporary.name)
        else:
            self._directory = self._wanted_directory.resolve()
            self._directory.mkdir(parents=True, exist_ok=True)

    def _cloud_toml(self) -> str:
        values = {
            "name": "sandbox",
            "login": LOGIN_HOST,
            "graph": GRAPH_HOST,
            "exchange": EXCHANGE_HOST,
            "sharepoint_suffix": SUFFIX,
            "connect_to": f"{_LOOPBACK}:{self.port}",
            "ca_bundle": str(self.ca_file),
        }
        # A JSON string is a TOML basic string too, backslashes of Windows paths included.
        return "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())

    @property
    def tenant(self) -> TenantState:
        """What is served now."""
        return self._world.tenant

    @tenant.setter
    def tenant(self, tenant: TenantState) -> None:
        with self._world.lock:
            self._world.tenant = tenant

    @property
    def port(self) -> int:
        """The HTTPS port on 127.0.0.1."""
        return self._listeners[0].port

    @property
    def http_port(self) -> int:
        """The plain port; IndexError unless `plain_http` was asked for."""
        return self._listeners[1].port

    @property
    def directory(self) -> Path:
        """Where the files are. RuntimeError before `start`."""
        if self._directory is None:
            message = "The sandbox has no files before it starts."
            raise RuntimeError(message)
        return self._directory

    @property
    def cloud_file(self) -> Path:
        """The custom cloud file that points a client here."""
        return self.directory / "cloud.toml"

    @property
    def ca_file(self) -> Path:
        """The CA certificate of this sandbox, PEM."""
        return self.directory / "ca.pem"

    @property
    def requests(self) -> RequestLog:
        """Every request so far, batch envelopes once and their items marked `batched`."""
        return self._world.log

    def certificate_file(self, client_id: str) -> Path:
        """A PEM with private key and certificate of a demo app.

        A folder that is used again may hold the file of an earlier run, whose key nobody knows any more;
        such a file is replaced.
        """
        path = self.directory / f"{client_id}.pem"
        own = app_certificate(client_id)
        text = (own.key + own.certificate).decode()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            _write_privately(path, text)
        return path

    def inject(
        self, pattern: str, *answers: Fault, forever: bool = False, after: int = 0, times: int = 1
    ) -> None:
        """Answer matching requests wrongly; `pattern` is searched in `METHOD //host/path?query`.

        Case does not matter. The first `after` of them pass, then each answer is given `times` times;
        `forever` repeats the last. Parts of a batch count as requests of their own. re.error for a bad
        pattern.
        """
        re.compile(pattern)
        fault = PathFault(pattern, answers, forever, after, times)
        with self._world.lock:
            self._world.tenant = self._world.tenant.with_faults(fault)

    def stats(self) -> dict[str, Any]:
        """What `GET /_sandbox/stats` answers."""
        with self._world.lock:
            return report(self._world)

    def draw_thumbnails(self) -> None:
        """Draw now what the first listing of the picture library would have to draw."""
        for picture in self._world.directory.thumbnails():
            file_size(picture)

    def expire_tokens(self) -> None:
        """Every token made so far is out of date from now on; a new one is good."""
        with self._world.lock:
            self._world.expire_tokens()

    def revoke_sessions(self, *, refresh_tokens: bool = False) -> None:
        """Every token made so far is answered with a claims challenge from now on.

        With `refresh_tokens` people have to sign in again, too.
        """
        with self._world.lock:
            self._world.revoked_at += 1
            if refresh_tokens:
                self._world.refresh_tokens.clear()

    def issue_token(
        self, resource: str, client_id: str, *, app_only: bool = True, by_secret: bool = False
    ) -> str:
        """An access token without the sign-in dance. KeyError when the tenant does not know the app."""
        client = self.tenant.client(client_id)
        if client is None:
            raise KeyError(client_id)
        kind, audience = resource_of(self._world, f"{resource.rstrip('/')}/.default")
        with self._world.lock:
            if app_only:
                return app_token(self._world, client, kind, audience, "1" if by_secret else "2")
            return user_token(self._world, client, kind, audience)


def _write_privately(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def serve_forever(sandbox: Sandbox, ready: Callable[[], None] | None = None) -> None:
    """Serve until Ctrl+C or SIGTERM; starts the sandbox when needed and always stops it.

    `ready` is called when it accepts connections.
    """
    with _interruptible():
        try:
            sandbox.start()
            if ready:
                ready()
            sandbox.wait()
        except KeyboardInterrupt:
            pass
        finally:
            sandbox.stop()


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM interrupts like Ctrl+C, and Ctrl+C does so even where a shell switched it off for a job."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.default_int_handler) for number in _ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
