"""`sandbox serve`: the embedded tenant, for trying this program or another one against it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from troubleshooter.errors import UsageError

if TYPE_CHECKING:
    from troubleshooter.sandbox.server import Sandbox


@click.group("sandbox")
def command() -> None:
    """A small Microsoft 365 tenant on loopback: real TLS, real sign-in, invented people."""


@command.command("serve")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 takes a free one.")
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Where to keep the cloud file, the CA and the app's certificate. Default: a temporary folder.",
)
def serve(port: int, directory: Path | None) -> int:
    """Serve the sandbox tenant until Ctrl-C, and print how to use it.

    \b
    Example:
      photo-troubleshooter sandbox serve --port 8443 --dir sandbox
    """
    sandbox_class, serve_forever = load_sandbox()
    with sandbox_class(port=port, directory=directory) as sandbox:
        client = sandbox.tenant.clients[0]
        click.echo(f"Sandbox tenant {sandbox.tenant.domain} on 127.0.0.1:{sandbox.port}. Ctrl-C ends it.")
        click.echo("In another terminal:")
        click.echo(
            f"  photo-troubleshooter diagnose {sandbox.tenant.accounts[0].upn}"
            f" --cloud {sandbox.cloud_file} --tenant {sandbox.tenant.domain}"
            f" --client-id {client.id} --certificate {sandbox.certificate_file(client.id)}"
        )
        serve_forever(sandbox)
    return 0


def load_sandbox() -> tuple[type[Sandbox], Callable[[Sandbox], None]]:
    """The sandbox's class and its server loop; a clear error when the extra is not installed."""
    try:
        from troubleshooter.sandbox import server
    except ImportError as missing:
        raise UsageError(
            "The sandbox tenant needs the package {package}, which is not installed.",
            "Install it with: pip install 'photo-troubleshooter[sandbox]'",
            package=missing.name or "starlette",
        ) from missing
    return server.Sandbox, server.serve_forever
