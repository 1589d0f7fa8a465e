"""Names for what can go wrong before there is a status: a short word each, and the raw detail."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from requests import exceptions as requests_errors
from urllib3 import exceptions as urllib3_errors

from troubleshooter.transport.session import BodyTooLarge


def classify(problem: Exception) -> tuple[str, str]:
    """(word of FAILURES, detail) for an exception of requests, urllib3 or the system."""
    chain = list(_chain(problem))
    if isinstance(problem, BodyTooLarge):
        return "too_large", str(problem)
    for error in chain:
        if isinstance(error, ssl.SSLCertVerificationError):
            return "tls", error.verify_message or error.reason or "the certificate is not trusted"
    for error in chain:
        if isinstance(error, (ssl.SSLError, urllib3_errors.SSLError, requests_errors.SSLError)):
            return "tls", getattr(error, "reason", None) or _short(error)
    for error in chain:
        if isinstance(error, (urllib3_errors.ProxyError, requests_errors.ProxyError)):
            return _of_proxy(chain)
    for error in chain:
        if isinstance(error, (urllib3_errors.NameResolutionError, socket.gaierror)):
            return "dns", _short(error)
    if isinstance(problem, requests_errors.Timeout):
        return "timeout", _short(problem)
    for error in chain:
        if isinstance(error, ConnectionRefusedError):
            return "refused", error.strerror or "connection refused"
        if isinstance(error, TimeoutError):
            return "timeout", _short(error)
    return "other", _short(chain[-1])


# OpenSSL's words for a chain that ends at an authority nobody here trusts: self-signed, self-signed in the
# chain, issuer not found, first certificate not verified. https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_UNTRUSTED = (18, 19, 20, 21)


def is_untrusted(problem: Exception) -> bool:
    """Whether a certificate failed for who made it, and not for its name or its date."""
    found = (error for error in _chain(problem) if isinstance(error, ssl.SSLCertVerificationError))
    return any(error.verify_code in _UNTRUSTED for error in found)


def _of_proxy(chain: list[BaseException]) -> tuple[str, str]:
    """A proxy that cannot be reached, refuses, or wants to know who asks (407)."""
    detail = next((str(error) for error in chain if "Tunnel connection failed" in str(error)), "")
    detail = detail[detail.find("Tunnel connection failed") :] if detail else _short(chain[-1])
    return ("proxy_sign_in" if " 407" in detail else "proxy"), detail[:300].rstrip("')")


def _chain(problem: BaseException | None) -> Iterator[BaseException]:
    """An exception and all it wraps; requests and urllib3 keep causes in `args` and `reason` as well."""
    seen: set[int] = set()
    while problem is not None and id(problem) not in seen:
        seen.add(id(problem))
        yield problem
        inner = getattr(problem, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((item for item in problem.args if isinstance(item, BaseException)), None)
        problem = inner or problem.__cause__ or problem.__context__


def _short(problem: BaseException) -> str:
    return f"{type(problem).__name__}: {problem}"[:300]
