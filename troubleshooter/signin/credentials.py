"""What a person gives us to sign in with, and reading a certificate file."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, quote_plus

from troubleshooter.errors import UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate


class CertificateError(UsageError):
    """A certificate file we cannot sign in with."""


AuthKind = Literal["device", "browser", "broker", "secret", "certificate", "federated", "managed-identity"]
PERSONAL: frozenset[str] = frozenset(("device", "browser", "broker"))
"""Ways in which a person signs in; in all others an application does."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to become somebody. `secret`, `passphrase` and `assertion` are kept out of every repr and message.

    `assertion_file` or `assertion` is a workload's token for `federated`. `account` is the sign-in name of
    the person wanted; '' for whoever is there. A managed identity with `client_id` is a user-assigned one.
    """

    tenant: str
    client_id: str
    auth: AuthKind = "device"
    certificate: Path | None = None
    secret: str = field(default="", repr=False)
    passphrase: str = field(default="", repr=False)
    assertion_file: Path | None = None
    assertion: str = field(default="", repr=False)
    account: str = ""

    @property
    def personal(self) -> bool:
        """A person signs in, not an application."""
        return self.auth in PERSONAL

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must be in no message."""
        return tuple(one for one in (self.secret, self.passphrase, self.assertion) if one)

    def without_secrets(self, text: str) -> str:
        """The text with our secrets blacked out, in case a server repeats what it was sent."""
        for hidden in self.secrets:
            for written in ways_to_write(hidden):
                text = text.replace(written, "***")
        return text


def ways_to_write(secret: str) -> list[str]:
    """A secret as it may come back: as it is, as in a form, as in JSON. The longest first; none for ''."""
    found = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]} - {""}
    return sorted(found, key=len, reverse=True)


def msal_certificate(path: Path, passphrase: str = "", *, now: datetime | None = None) -> dict[str, str]:
    """The `client_credential` of msal for a PEM file (key and certificate) or a PFX file. CertificateError.

    Given the certificate itself, msal signs with PS256 and names it by its SHA-256 thumbprint:
    https://learn.microsoft.com/entra/msal/python/advanced/client-credentials
    """
    from cryptography.hazmat.primitives import serialization

    try:
        raw = path.read_bytes()
    except OSError as problem:
        raise CertificateError(
            "The certificate file {file} cannot be read: {problem}.",
            "Check the path after --certificate, and that you may read the file.",
            file=path,
            problem=problem.strerror or type(problem).__name__,
        ) from problem
    key, certificates = (_from_pem if b"-----BEGIN " in raw else _from_pfx)(path, raw, passphrase)
    certificate = _matching(path, key, certificates)
    _check_dates(path, certificate, now or datetime.now(UTC))
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "private_key": pem.decode("ascii"),
        "public_certificate": certificate.public_bytes(serialization.Encoding.PEM).decode("ascii"),
    }


def needs_passphrase(path: Path) -> bool:
    """Whether a certificate file cannot be opened without one; False for what cannot be read at all."""
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        raw = path.read_bytes()
    except OSError:
        return False
    if b"-----BEGIN " in raw:
        return b"ENCRYPTED" in raw
    try:
        pkcs12.load_key_and_certificates(raw, None)
    except ValueError as problem:
        # A file that is no PFX at all is not worth a question.
        return "password" in str(problem).lower() or "mac" in str(problem).lower()
    return False


def _from_pem(path: Path, raw: bytes, passphrase: str) -> tuple[Any, list[Certificate]]:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    if b"PRIVATE KEY-----" not in raw:
        raise CertificateError(
            "{file} holds no private key.",
            "Give one PEM file that holds the private key and the certificate, or a PFX file.",
            file=path,
        )
    try:
        certificates = x509.load_pem_x509_certificates(raw) if b"BEGIN CERTIFICATE" in raw else []
        key = serialization.load_pem_private_key(_key_block(raw), passphrase.encode() or None)
    except TypeError as problem:  # a passphrase is missing, or there is one and the key is not encrypted
        raise _passphrase_error(path, passphrase) from problem
    except ValueError as problem:
        raise _unreadable(path, passphrase) from problem
    return key, certificates


def _key_block(raw: bytes) -> bytes:
    """The private key of a file that may hold certificates before it and after it."""
    match = re.search(
        rb"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", raw, re.DOTALL
    )
    return match[0] + b"\n" if match else raw


def _from_pfx(path: Path, raw: bytes, passphrase: str) -> tuple[Any, list[Certificate]]:
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        key, certificate, others = pkcs12.load_key_and_certificates(raw, passphrase.encode() or None)
    except ValueError as problem:
        raise _unreadable(path, passphrase) from problem
    if key is None:
        raise CertificateError(
            "{file} holds no private key.",
            "Export the certificate again, this time with its private key.",
            file=path,
        )
    return key, [*([certificate] if certificate else []), *others]


def _matching(path: Path, key: RSAPrivateKey, certificates: Sequence[Certificate]) -> Certificate:
    from cryptography.hazmat.primitives.asymmetric import rsa

    if not isinstance(key, rsa.RSAPrivateKey):
        raise CertificateError(
            "The private key in {file} is not an RSA key, and Entra ID accepts only those.",
            "Create a certificate with an RSA key of 2048 bits or more and upload it to the application.",
            file=path,
        )
    for certificate in certificates:
        if certificate.public_key() == key.public_key():
            return certificate
    if certificates:
        raise CertificateError(
            "The certificate in {file} does not belong to the private key in it.",
            "Put the key and its own certificate into one file.",
            file=path,
        )
    raise CertificateError(
        "{file} holds a private key but no certificate.",
        "Give one PEM file that holds the private key and the certificate, or a PFX file.",
        file=path,
    )


def _check_dates(path: Path, certificate: Certificate, now: datetime) -> None:
    if certificate.not_valid_after_utc < now:
        raise CertificateError(
            "The certificate in {file} expired on {date}.",
            "Create a new certificate, upload it to the application in Entra ID, and use it here.",
            file=path,
            date=certificate.not_valid_after_utc.date().isoformat(),
        )
    if certificate.not_valid_before_utc > now:
        raise CertificateError(
            "The certificate in {file} is not valid before {date}.",
            "Check the clock of this computer; if it is right, wait until that day.",
            file=path,
            date=certificate.not_valid_before_utc.date().isoformat(),
        )


def _passphrase_error(path: Path, passphrase: str) -> CertificateError:
    if passphrase:
        return CertificateError(
            "There is a passphrase, but the private key in {file} is not encrypted.",
            "Unset the passphrase.",
            file=path,
        )
    return CertificateError(
        "The private key in {file} is encrypted, and there is no passphrase.",
        "Give the passphrase by the environment or at the prompt; it is never taken as an argument.",
        file=path,
    )


def _unreadable(path: Path, passphrase: str) -> CertificateError:
    if passphrase:
        return CertificateError(
            "{file} cannot be opened: the passphrase is wrong, or the file is damaged.",
            "Check the passphrase, or export the certificate again.",
            file=path,
        )
    return CertificateError(
        "{file} cannot be opened: it needs a passphrase, or it is neither PEM nor PFX.",
        "Give the passphrase by the environment or at the prompt, or export the certificate again.",
        file=path,
    )
