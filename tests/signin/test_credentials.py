"""Certificate files, good and bad, and secrets that stay secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.signin.certificates import certificate, certificate_pem, ec_key, key_pem, pfx, rsa_key
from troubleshooter.signin.credentials import CertificateError, SignIn, msal_certificate

KEY = rsa_key()
GOOD = certificate(KEY)


def _file(folder: Path, content: bytes, name: str = "sign-in.pem") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "passphrase"),
    [
        (key_pem(KEY) + certificate_pem(GOOD), ""),
        (certificate_pem(GOOD) + key_pem(KEY), ""),
        (certificate_pem(GOOD) + key_pem(KEY) + certificate_pem(certificate(rsa_key(2))), ""),
        (certificate_pem(certificate(rsa_key(2))) + certificate_pem(GOOD) + key_pem(KEY), ""),
        (key_pem(KEY, "open") + certificate_pem(GOOD), "open"),
        (b"Bag Attributes\r\n" + (key_pem(KEY) + certificate_pem(GOOD)).replace(b"\n", b"\r\n"), ""),
        (pfx(KEY, GOOD), ""),
        (pfx(KEY, GOOD, "öffnen"), "öffnen"),
    ],
    ids=["key-first", "cert-first", "chain", "other-first", "encrypted", "crlf", "pfx", "pfx-passphrase"],
)
def test_a_certificate_in_any_usual_form_is_read(tmp_path: Path, content: bytes, passphrase: str) -> None:
    credential = msal_certificate(_file(tmp_path, content), passphrase)
    assert credential["public_certificate"] == certificate_pem(GOOD).decode()
    assert "PRIVATE KEY" in credential["private_key"]


@pytest.mark.parametrize(
    ("content", "passphrase", "message"),
    [
        (certificate_pem(GOOD), "", "no private key"),
        (key_pem(KEY), "", "no certificate"),
        (key_pem(KEY) + certificate_pem(certificate(rsa_key(2))), "", "does not belong"),
        (key_pem(ec_key()) + certificate_pem(certificate(ec_key())), "", "not an RSA key"),
        (key_pem(KEY, "open") + certificate_pem(GOOD), "", "is encrypted"),
        (key_pem(KEY, "open") + certificate_pem(GOOD), "hunter2", "passphrase is wrong"),
        (key_pem(KEY) + certificate_pem(GOOD), "hunter2", "is not encrypted"),
        (pfx(KEY, GOOD, "open"), "", "needs a passphrase"),
        (pfx(KEY, GOOD, "open"), "hunter2", "passphrase is wrong"),
        (pfx(KEY, None), "", "no certificate"),
        (b"", "", "neither PEM nor PFX"),
        (b"hello", "", "neither PEM nor PFX"),
        (key_pem(KEY)[:200] + b"\n-----END PRIVATE KEY-----\n" + certificate_pem(GOOD), "", "neither PEM"),
        (key_pem(KEY) + certificate_pem(certificate(KEY, from_days=-9, to_days=-2)), "", "expired on"),
        (key_pem(KEY) + certificate_pem(certificate(KEY, from_days=2)), "", "not valid before"),
    ],
)
def test_a_file_that_cannot_work_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, passphrase: str, message: str
) -> None:
    with pytest.raises(CertificateError, match=message) as caught:
        msal_certificate(_file(tmp_path, content), passphrase)
    assert "sign-in.pem" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="cannot be read"):
        msal_certificate(tmp_path / "none.pem")


def test_secret_and_passphrase_are_in_no_repr() -> None:
    settings = SignIn("contoso.test", "app", "secret", None, "s3cr3t-value", "p4ss")
    assert "s3cr3t" not in repr(settings)
    assert "p4ss" not in repr(settings)
    assert settings.without_secrets("you sent s3cr3t-value and p4ss") == "you sent *** and ***"
