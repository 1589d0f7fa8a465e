"""The HTTPS adapter: whom we trust, and where a name is really found.

requests takes `REQUESTS_CA_BUNDLE` from the environment in preference to a session's `verify`
(https://github.com/psf/requests/issues/3829), so the trust is fixed
here, in the TLS context, where nothing overrules it.
"""

from __future__ import annotations

import os
import socket
import ssl
from pathlib import Path
from typing import Any

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from troubleshooter.errors import UsageError
from troubleshooter.signin.hosts import is_loopback


class TrustError(UsageError):
    """The certificates to trust cannot be loaded, or a redirection to another machine was asked for."""


def trust(ca_bundle: Path | None) -> ssl.SSLContext:
    """A client TLS context (1.2 or newer, host names checked).

    It trusts `ca_bundle` and nothing else; without one what requests would trust: the bundle named by
    REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE, otherwise certifi. Raises TrustError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    origin, place = _bundle(ca_bundle)
    try:
        if place.is_dir():
            context.load_verify_locations(capath=str(place))
        else:
            context.load_verify_locations(cafile=str(place))
    except OSError as problem:  # ssl.SSLError is one of them
        raise TrustError(
            "The certificates of {origin} ({place}) cannot be loaded: {problem}.",
            "Name a file with certificates in PEM form, or unset it.",
            origin=origin,
            place=place,
            problem=problem.strerror or type(problem).__name__,
        ) from problem
    return context


def _bundle(ca_bundle: Path | None) -> tuple[str, Path]:
    if ca_bundle is not None:
        return "ca_bundle", ca_bundle
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        value = os.environ.get(variable)
        if value:
            return variable, Path(value)
    return "certifi", Path(certifi.where())


class TrustingAdapter(HTTPAdapter):
    """Speaks HTTPS with one fixed TLS context; `verify` of a request or a session changes nothing.

    With `connect_to` every socket goes to that loopback address, while SNI, the Host header and the check
    of the certificate keep the name in the URL. Raises TrustError for any other address.
    """

    def __init__(self, context: ssl.SSLContext, connect_to: tuple[str, int] | None, connections: int) -> None:
        if connect_to is not None and not is_loopback(connect_to[0]):
            raise TrustError(
                "connect_to is {address!r}, which is not this machine. It is refused: it would send "
                "sign-ins and tokens meant for Microsoft to another computer.",
                "Use a loopback address such as 127.0.0.1:8443, or leave connect_to out.",
                address=connect_to[0],
            )
        self._context = context
        self.connect_to = connect_to
        super().__init__(pool_connections=16, pool_maxsize=connections)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool: Any) -> None:
        self.poolmanager: PoolManager = PoolManager(
            num_pools=connections, maxsize=maxsize, block=block, ssl_context=self._context, **pool
        )
        if self.connect_to is not None:
            self.poolmanager.pool_classes_by_scheme = {"https": _loopback_pool(self.connect_to)}

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **kwargs)

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        host, _ = super().build_connection_pool_key_attributes(request, True, None)
        return host, {"ssl_context": self._context, "cert_reqs": "CERT_REQUIRED"}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to add: requests would load the environment's bundle into the context here."""


def _loopback_pool(address: tuple[str, int]) -> type[HTTPSConnectionPool]:
    """Connection classes that dial `address` whatever host and port the URL has."""

    class Connection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            limit = self.timeout if isinstance(self.timeout, (int, float)) else None
            try:
                made = socket.create_connection(address, timeout=limit)
            except TimeoutError as problem:
                raise ConnectTimeoutError(self, f"connecting to {address} timed out") from problem
            except OSError as problem:
                raise NewConnectionError(self, f"cannot connect to {address}: {problem}") from problem
            if not is_loopback(made.getpeername()[0]):  # "localhost" is what the hosts file says it is
                made.close()
                raise NewConnectionError(self, f"{address[0]} is not this machine")
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return made

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection

    return Pool
