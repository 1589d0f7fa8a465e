"""The one HTTP session of a run. Everything goes through it, msal included."""

from __future__ import annotations

import ipaddress
import re
import time
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import (
    ChunkedEncodingError,
    ContentDecodingError,
    InvalidURL,
    ReadTimeout,
    SSLError,
)
from urllib3 import exceptions as urllib3_errors

from troubleshooter import __version__
from troubleshooter.signin.clouds import Cloud
from troubleshooter.signin.hosts import is_loopback
from troubleshooter.transport.tls import TrustingAdapter, trust

# The form SharePoint asks for: https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online
USER_AGENT = f"NONISV|PhotoTroubleshooter|photo-troubleshooter/{__version__}"
CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
LARGEST_BODY = 16 * 1024 * 1024  # bytes, after decompression; the largest photo Graph serves is below 4 MB
_IDENTITY_SECONDS = 3.0  # to connect: the service is on this machine, or nowhere
_LARGEST_IDENTITY = 1024 * 1024
_CHUNK = 64 * 1024
_PLAIN_URL = re.compile(
    r"https://[a-z0-9.:-]+/[!$-;=?-Z_a-z~\[\]]*"
)  # no space, quote, fragment, control or non-ASCII


class BodyTooLarge(requests.RequestException):
    """An answer exceeded the size limit and was dropped."""


def build_session(
    cloud: Cloud,
    *,
    connect_seconds: float = CONNECT_SECONDS,
    read_seconds: float = READ_SECONDS,
    largest_body: int = LARGEST_BODY,
    ca_bundle: Path | None = None,
    connections: int = 64,
) -> requests.Session:
    """A session for a cloud: https only, TLS 1.2 or newer, no redirect followed by itself, bodies limited.

    `ca_bundle` overrules the cloud's own. With `connect_to` the proxies of the environment are ignored.
    `connections` is the number of sockets kept open for one host. Raises TrustError.
    """
    adapter = TrustingAdapter(trust(ca_bundle or cloud.ca_bundle), cloud.connect_to, connections)
    session = GuardedSession((connect_seconds, read_seconds), largest_body)
    session.adapters.clear()  # no adapter for http://, so such a URL fails with InvalidSchema
    session.mount("https://", adapter)
    session.trust_env = cloud.connect_to is None
    return session


def identity_session() -> requests.Session:
    """A session for the managed identity service of this machine, the one place where http is spoken.

    It goes to this machine or its own network and nowhere else, past every proxy.
    https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
    """
    session = _IdentitySession((_IDENTITY_SECONDS, READ_SECONDS), _LARGEST_IDENTITY)
    session.adapters.clear()
    session.mount("http://", HTTPAdapter())
    session.trust_env = False
    return session


class GuardedSession(requests.Session):
    """A requests session with limits that a caller cannot forget."""

    def __init__(self, timeout: tuple[float, float], largest_body: int) -> None:
        super().__init__()
        self.timeout = timeout
        self.largest_body = largest_body
        self.headers["User-Agent"] = USER_AGENT
        self.auth = _keep_headers
        # SharePoint sets cookies, and two people's requests must not share a session there.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """Sends a URL exactly as it was given: `@odata.nextLink` is opaque, requests would respell it."""
        prepared = super().prepare_request(request)
        url = request.url
        if isinstance(url, str) and not request.params and _PLAIN_URL.fullmatch(url):
            prepared.url = url
        return prepared

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: a redirect is an answer like any other. `Service` judges it; msal never needs one."""
        return None

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """The answer with its whole body read. Raises what requests raises, and BodyTooLarge."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self.timeout
        kwargs["stream"] = True
        answer = super().send(request, **kwargs)
        try:
            if "," in answer.headers.get("Content-Encoding", ""):
                # Compressed twice, 16 kB can become gigabytes, and no service has a reason for that.
                raise ContentDecodingError("compressed more than once", response=answer)
            answer._content = self._read(answer, kwargs["timeout"])
            answer._content_consumed = True  # type: ignore[attr-defined]  # as Response.content does
        finally:
            answer.close()
        return answer

    def _read(self, answer: requests.Response, timeout: Any) -> bytes:
        patience = timeout[1] if isinstance(timeout, tuple) else timeout
        give_up_at = time.monotonic() + 2 * (
            patience or READ_SECONDS
        )  # a body that drips never times out by itself
        body = bytearray()
        try:
            while chunk := answer.raw.read1(_CHUNK, decode_content=True):
                body += chunk
                if len(body) > self.largest_body:
                    raise BodyTooLarge(f"more than {self.largest_body} bytes", response=answer)
                if time.monotonic() > give_up_at:
                    raise ReadTimeout("the body did not end in time", response=answer)
        except urllib3_errors.ReadTimeoutError as problem:
            raise ReadTimeout(problem, response=answer) from problem
        except urllib3_errors.DecodeError as problem:
            raise ContentDecodingError(problem, response=answer) from problem
        except urllib3_errors.SSLError as problem:
            raise SSLError(problem, response=answer) from problem
        except urllib3_errors.ProtocolError as problem:
            raise ChunkedEncodingError(problem, response=answer) from problem
        except urllib3_errors.HTTPError as problem:
            raise requests.ConnectionError(problem, response=answer) from problem
        return bytes(body)


class _IdentitySession(GuardedSession):
    """Refuses every host that is not an address of this machine or of its own network."""

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """The answer. InvalidURL for a host elsewhere: the environment names it, and anybody may set that."""
        host = urlsplit(request.url or "").hostname or ""
        if not _is_local(host):
            raise InvalidURL(f"{host} is not an address of this machine or its network", request=request)
        return super().send(request, **kwargs)


def _is_local(host: str) -> bool:
    if is_loopback(host):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_link_local or (address.is_private and not address.is_unspecified)


def _keep_headers(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """An `auth` that does nothing; without one requests replaces our Authorization by what ~/.netrc says."""
    return request
