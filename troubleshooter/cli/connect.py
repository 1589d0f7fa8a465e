"""Options become a signed-in connection: cloud, one session, tokens, Graph and SharePoint clients."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import click

from troubleshooter import __version__
from troubleshooter.cli.console import error_lines, language_of, printable
from troubleshooter.cli.options import PASSPHRASE_VARIABLE, SECRET_VARIABLE, Connection
from troubleshooter.errors import UsageError
from troubleshooter.evidence.record import Value
from troubleshooter.signin.clouds import Cloud, load_cloud
from troubleshooter.signin.credentials import SignIn
from troubleshooter.signin.errors import SharePointSecretRefused
from troubleshooter.signin.tokens import MsalTokens
from troubleshooter.transport.graph import GraphClient
from troubleshooter.transport.quota import Governor
from troubleshooter.transport.retry import RetryPolicy
from troubleshooter.transport.service import Service
from troubleshooter.transport.session import build_session
from troubleshooter.transport.sharepoint import SharePointClient


class ConnectionIncomplete(UsageError):
    """An option without which nobody can sign in is missing."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A tenant we can ask, and what the evidence should say of this run."""

    cloud: Cloud
    graph: GraphClient
    sharepoint: SharePointClient
    run: Mapping[str, Value]
    sharepoint_host: str | None
    service: Service


def connect(
    connection: Connection,
    *,
    govern: Callable[[Cloud, bool], Governor] | None = None,
    retries: RetryPolicy | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Connected:
    """Sign in. UsageError when options are missing or wrong, SignInError when the sign-in fails.

    `govern` makes the keeper of the quotas for a cloud and an app (True) or a person (False).
    """
    cloud = load_cloud(connection.cloud)
    _demand(connection)
    session = build_session(cloud)
    settings = SignIn(
        tenant=connection.tenant,
        client_id=connection.client_id,
        auth=connection.auth,
        certificate=connection.certificate,
        secret=_secret(connection),
        passphrase=os.environ.get(PASSPHRASE_VARIABLE, ""),
    )
    tokens = MsalTokens(cloud, settings, session, on_device_code=_show_device_code)
    # Signing in first makes a wrong tenant, secret or cloud a clear error instead of a page full of gaps.
    token = tokens.token(cloud.graph_resource)
    app_secret = token.app_secret or connection.auth == "secret"
    app_only = token.app_only or connection.auth in ("secret", "certificate")
    governor = govern(cloud, app_only) if govern else None
    service = Service(session, tokens, retries=retries, governor=governor, sleep=sleep)
    if app_secret:
        # Said before anything is asked: Graph alone is read, and SharePoint's facts stay unknown.
        refused = SharePointSecretRefused(connection.client_id, f"*.{cloud.sharepoint_suffix}")
        for line in error_lines(refused, sys.argv[1:], warning=True):
            click.echo(line, err=True)
    run: dict[str, Value] = {
        "run.cloud": cloud.name,
        "run.tenant": connection.tenant,
        "run.signed_in_as": token.signed_in_as or connection.client_id,
        "run.app_only": app_only,
        "run.permissions": tuple(sorted(token.permissions)),
        "run.sharepoint_app_only_secret": app_secret,
        "run.tool_version": __version__,
    }
    graph, sharepoint = GraphClient(service, cloud), SharePointClient(service, cloud)
    return Connected(cloud, graph, sharepoint, run, connection.sharepoint_host, service)


def _demand(connection: Connection) -> None:
    for option, value in (("--tenant", connection.tenant), ("--client-id", connection.client_id)):
        if not value:
            raise ConnectionIncomplete(
                "{option} is missing.",
                "Give {option} or set {variable}; `photo-troubleshooter demo` needs neither.",
                option=option,
                variable="PHOTO_TROUBLESHOOTER_" + option.strip("-").upper().replace("-", "_"),
            )
    if connection.auth == "certificate" and connection.certificate is None:
        raise ConnectionIncomplete(
            "--auth certificate needs a certificate.",
            "Give --certificate FILE: a PEM file that holds key and certificate, or a PFX file.",
        )


def _secret(connection: Connection) -> str:
    if connection.auth != "secret":
        return ""
    secret = os.environ.get(SECRET_VARIABLE, "")
    if not secret and os.isatty(0):
        secret = click.prompt("Client secret", hide_input=True, err=True)
    if not secret:
        raise ConnectionIncomplete(
            "--auth secret needs the client secret.",
            "Put it into the environment variable {variable}; it is never taken as an argument.",
            variable=SECRET_VARIABLE,
        )
    return secret


def _show_device_code(flow: Mapping[str, object]) -> None:
    """In the user's language; Entra's own message is the fallback when it sends no address."""
    from troubleshooter.render.language import language

    address, code = flow.get("verification_uri"), flow.get("user_code")
    message = str(flow.get("message", ""))
    if address and code:
        message = language(language_of(sys.argv[1:])).text(
            "To sign in, open {address} in a browser and enter the code {code}.", address=address, code=code
        )
    click.echo(printable(message), err=True)
