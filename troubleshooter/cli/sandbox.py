"""`sandbox serve`: the embedded tenant, for trying this program or another one against it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from troubleshooter.errors import UsageError

if TYPE_CHECKING:
    from troubleshooter.sandbox.model import TenantState
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
@click.option(
    "--people",
    type=click.IntRange(1, 1_000_000),
    default=None,
    help="A tenant of so many invented people instead of the scripted one.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which invented people.")
@click.option(
    "--latency",
    type=click.FloatRange(0, 60_000),
    default=0,
    show_default=True,
    metavar="MS",
    help="Delay every answer by so many milliseconds.",
)
@click.option(
    "--licences",
    type=click.IntRange(0),
    default=None,
    help="Enforce the limits Microsoft publishes for a tenant with so many licences.",
)
@click.option("--json", "as_json", is_flag=True, help="Say where it is as one line of JSON.")
def serve(
    port: int,
    directory: Path | None,
    people: int | None,
    seed: int,
    latency: float,
    licences: int | None,
    as_json: bool,
) -> int:
    """Serve the sandbox tenant until Ctrl-C, and print how to use it.

    GET https://localhost:PORT/_sandbox/stats tells what it was asked; POST to /_sandbox/reset zeroes that.

    \b
    Examples:
      photo-troubleshooter sandbox serve --port 8443 --dir sandbox
      photo-troubleshooter sandbox serve --people 10000 --latency 50 --licences 10000 --json
    """
    sandbox_class, serve_forever = load_sandbox()
    tenant = _tenant(people, seed, licences)
    sandbox = sandbox_class(tenant, port=port, directory=directory, latency=latency / 1000)
    if people is not None:
        sandbox.draw_thumbnails()
    serve_forever(sandbox, lambda: click.echo(_where_as_json(sandbox) if as_json else _where(sandbox)))
    return 0


def _tenant(people: int | None, seed: int, licences: int | None) -> TenantState:
    from troubleshooter.sandbox.people import generated_tenant, scripted_tenant
    from troubleshooter.sandbox.quotas import published_quotas

    now = datetime.now(UTC).replace(microsecond=0)
    tenant = scripted_tenant(now) if people is None else generated_tenant(people, seed, now)
    return tenant if licences is None else tenant.with_quotas(published_quotas(licences))


def _where(sandbox: Sandbox) -> str:
    client = sandbox.tenant.clients[0]
    return (
        f"Sandbox tenant {sandbox.tenant.domain} on 127.0.0.1:{sandbox.port}. Ctrl-C ends it.\n"
        "In another terminal:\n"
        f"  photo-troubleshooter diagnose {sandbox.tenant.accounts[0].upn}"
        f" --cloud {sandbox.cloud_file} --tenant {sandbox.tenant.domain}"
        f" --client-id {client.id} --certificate {sandbox.certificate_file(client.id)}"
    )


def _where_as_json(sandbox: Sandbox) -> str:
    client = sandbox.tenant.clients[0]
    return json.dumps(
        {
            "cloud_file": str(sandbox.cloud_file),
            "ca_file": str(sandbox.ca_file),
            "tenant": sandbox.tenant.domain,
            "client_id": client.id,
            "certificate_file": str(sandbox.certificate_file(client.id)),
            "port": sandbox.port,
            "people": len(sandbox.tenant.accounts),
            "stats": f"https://localhost:{sandbox.port}/_sandbox/stats",
        }
    )


def load_sandbox() -> tuple[type[Sandbox], Callable[..., None]]:
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
