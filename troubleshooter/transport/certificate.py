"""Who made the certificate that a host shows us, asked only after it was refused.

The handshake is made once more without the check, the certificate is read, and the connection is closed:
nothing is sent on it, neither a request nor a token. Through a proxy it goes the way the request went.
"""

from __future__ import annotations

import socket
import ssl
from urllib.parse import SplitResult, unquote, urlsplit

import requests
from cryptography import x509
from cryptography.x509.oid import NameOID
from requests.utils import get_environ_proxies, select_proxy
from urllib3.util import make_headers

_SECONDS = 5.0
_LONGEST_ANSWER = 16 * 1024
_LONGEST_NAME = 100


def presented_issuer(session: requests.Session, host: str) -> str:
    """Issuer of the certificate that `host` shows: its common name and organisation; '' when unknown."""
    url = f"https://{host}/"
    connect_to = getattr(session.get_adapter(url), "connect_to", None)
    proxy = select_proxy(url, get_environ_proxies(url)) if session.trust_env else None
    try:
        with _way_to(host, connect_to, proxy or "") as plain_socket:
            return _issuer(_certificate(plain_socket, host))
    except (OSError, ValueError):  # whatever is wrong here, the first failure is the one to tell
        return ""


def _way_to(host: str, connect_to: tuple[str, int] | None, proxy: str) -> socket.socket:
    if connect_to is not None or not proxy:
        return socket.create_connection(connect_to or (host, 443), timeout=_SECONDS)
    parts = urlsplit(proxy)
    if parts.scheme != "http" or not parts.hostname:
        raise ValueError
    made = socket.create_connection((parts.hostname, parts.port or 80), timeout=_SECONDS)
    try:
        _tunnel(made, host, parts)
    except (OSError, ValueError):
        made.close()
        raise
    return made


def _tunnel(proxy: socket.socket, host: str, parts: SplitResult) -> None:
    """Ask a proxy for a way to the host. ValueError when it gives none."""
    lines = [f"CONNECT {host}:443 HTTP/1.1", f"Host: {host}:443"]
    if parts.username:
        who = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines += [f"{name}: {value}" for name, value in make_headers(proxy_basic_auth=who).items()]
    proxy.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
    answer = b""
    while b"\r\n\r\n" not in answer and len(answer) < _LONGEST_ANSWER:
        more = proxy.recv(1024)
        if not more:
            break
        answer += more
    if b" 200" not in answer.partition(b"\r\n")[0]:
        raise ValueError


def _certificate(plain_socket: socket.socket, host: str) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # to look at it, not to trust it
    with context.wrap_socket(plain_socket, server_hostname=host) as secured:
        return secured.getpeercert(binary_form=True) or b""


def _issuer(der: bytes) -> str:
    name = x509.load_der_x509_certificate(der).issuer
    wanted = (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
    found = [str(one.value) for oid in wanted for one in name.get_attributes_for_oid(oid)]
    return ", ".join(dict.fromkeys(found))[:_LONGEST_NAME]
