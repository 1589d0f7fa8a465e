"""Keys of the sandbox: the one that signs its tokens, and a certificate for each demo app."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

_KEY_ID = "sandbox-key"
WORKLOAD_ISSUER = "https://workload.sandbox.example"
EXCHANGE_AUDIENCE = "api://AzureADTokenExchange"


@dataclass(frozen=True, slots=True)
class AppCertificate:
    """A private key and its self-signed certificate, each as PEM."""

    key: bytes
    certificate: bytes

    @property
    def _der(self) -> bytes:
        return x509.load_pem_x509_certificate(self.certificate).public_bytes(serialization.Encoding.DER)

    @property
    def sha256(self) -> str:
        """Thumbprint as in the header `x5t#S256`."""
        return base64.urlsafe_b64encode(hashlib.sha256(self._der).digest()).rstrip(b"=").decode()

    @property
    def sha1(self) -> str:
        """Thumbprint as in the older header `x5t`."""
        digest = hashlib.sha1(self._der).digest()  # noqa: S324 - the protocol's own naming, not a protection
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    @property
    def public_key(self) -> Any:
        """What verifies a client assertion."""
        return x509.load_pem_x509_certificate(self.certificate).public_key()


def _private_pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@lru_cache(maxsize=64)
def app_certificate(client_id: str) -> AppCertificate:
    """The certificate of a demo app; made once per process, because RSA keys take a while."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"sandbox app {client_id}")])
    start = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return AppCertificate(_private_pem(key), certificate.public_bytes(serialization.Encoding.PEM))


@lru_cache(maxsize=1)
def _signing_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def sign(claims: dict[str, Any]) -> str:
    """A JWT of the sandbox's own authority."""
    return jwt.encode(claims, _signing_key(), algorithm="RS256", headers={"kid": _KEY_ID})


@lru_cache(maxsize=1)
def _workload_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def workload_token(subject: str, *, audience: str = EXCHANGE_AUDIENCE, seconds: int = 600) -> str:
    """What a workload platform (a cluster, a pipeline) hands to its jobs: a token of an issuer of its own."""
    now = int(time.time())
    claims = {"iss": WORKLOAD_ISSUER, "sub": subject, "aud": audience, "iat": now, "exp": now + seconds}
    return jwt.encode(claims, _workload_key(), algorithm="RS256", headers={"kid": "workload-key"})


def read_workload_token(token: str) -> dict[str, Any]:
    """The claims of a workload's token; jwt.InvalidTokenError says what is wrong with it."""
    return jwt.decode(
        token, _workload_key().public_key(), ["RS256"], audience=EXCHANGE_AUDIENCE, issuer=WORKLOAD_ISSUER
    )


@lru_cache(maxsize=4096)
def read_token(token: str) -> Mapping[str, Any] | None:
    """The claims of a token the sandbox signed, expired or not; None for any other text.

    Remembered, because a batch shows the same token with each of its items.
    """
    options: Any = {"verify_exp": False, "verify_aud": False, "verify_nbf": False, "verify_iat": False}
    try:
        return MappingProxyType(
            jwt.decode(token, _signing_key().public_key(), algorithms=["RS256"], options=options)
        )
    except jwt.InvalidTokenError:
        return None


def key_set() -> dict[str, Any]:
    """The JSON Web Key Set behind `jwks_uri`."""
    public = jwt.algorithms.RSAAlgorithm.to_jwk(_signing_key().public_key(), as_dict=True)
    return {"keys": [{**public, "kid": _KEY_ID, "use": "sig"}]}
