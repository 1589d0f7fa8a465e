"""Running the program the way a person does: as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Done:
    """How a run ended."""

    code: int
    stdout: str
    stderr: str


def run(
    *arguments: str,
    environment: dict[str, str] | None = None,
    standard_input: str | None = None,
    directory: Path | None = None,
) -> Done:
    """Run `photo-troubleshooter ARGUMENTS` in a clean environment: no variables of ours, no settings file."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PHOTO_TROUBLESHOOTER_")}
    clean = {
        "LC_ALL": "C.UTF-8",
        "PYTHONUTF8": "1",
        "COLUMNS": "120",
        "PHOTO_TROUBLESHOOTER_CONFIG": os.devnull,
    }
    env = {**inherited, **clean, **(environment or {})}
    done = subprocess.run(
        [sys.executable, "-c", "from troubleshooter.cli.main import main; main()", *arguments],
        capture_output=True,
        env=env,
        input=standard_input if standard_input is not None else "",
        check=False,
        timeout=300,
        encoding="utf-8",
        cwd=directory,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def certificate(directory: Path) -> Path:
    """A PEM file with a fresh key and a self-signed certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "photo-troubleshooter test app")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = directory / "app.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path
