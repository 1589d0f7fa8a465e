"""Options become a signed-in connection: cloud, one session, tokens, Graph and SharePoint clients."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from troubleshooter import __version__
from troubleshooter.cli.asking import asking, sign_in_folder
from troubleshooter.cli.console import error_lines, verbose_wanted
from troubleshooter.cli.options import (
    ASSERTION_VARIABLE,
    PASSPHRASE_VARIABLE,
    SECRET_VARIABLE,
    Connection,
)
from troubleshooter.cli.verbose import TellingTokens, watcher
from troubleshooter.errors import UsageError
from troubleshooter.evidence.record import Value
from troubleshooter.signin.clouds import Cloud, load_cloud
from troubleshooter.signin.credentials import SignIn, needs_passphrase
from troubleshooter.signin.errors import SharePointSecretRefused
from troubleshooter.signin.kept import KeptSignIns
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
    tokens = signer(connection)
    cloud = tokens.cloud
    # Signing in first makes a wrong tenant, secret or cloud a clear error instead of a page full of gaps.
    token = tokens.token(cloud.graph_resource)
    app_secret = token.app_secret or connection.auth == "secret"
    app_only = token.app_only or not tokens.sign_in.personal
    governor = govern(cloud, app_only) if govern else None
    watch: dict[str, Any] = {}
    if connection.verbose or verbose_wanted(sys.argv[1:]):
        watch = {"watch": watcher(tokens.sign_in.secrets)}
    telling = TellingTokens(tokens)
    service = Service(tokens.session, telling, retries=retries, governor=governor, sleep=sleep, **watch)
    if app_secret:
        # Said before anything is asked: Graph alone is read, and SharePoint's facts stay unknown.
        refused = SharePointSecretRefused(connection.client_id, f"*.{cloud.sharepoint_suffix}")
        for line in error_lines(refused, sys.argv[1:], warning=True):
            click.echo(line, err=True)
    run: dict[str, Value] = {
        "run.cloud": cloud.name,
        "run.tenant": connection.tenant or token.tenant,
        "run.signed_in_as": token.signed_in_as or connection.client_id or connection.auth,
        "run.app_only": app_only,
        "run.permissions": tuple(sorted(token.permissions)),
        "run.sharepoint_app_only_secret": app_secret,
        "run.tool_version": __version__,
    }
    graph, sharepoint = GraphClient(service, cloud), SharePointClient(service, cloud)
    return Connected(cloud, graph, sharepoint, run, connection.sharepoint_host, service)


def signer(connection: Connection, **ways: Any) -> MsalTokens:
    """Who gives the tokens of a run, with its session; nothing is asked yet. UsageError as in `connect`.

    `ways` are `keep_in` and `silent` of MsalTokens. A sign-in that `login` kept is used where it fits.
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
        passphrase=_passphrase(connection),
        assertion_file=connection.federated_token_file,
        # A file is replaced by its platform in time, a variable is not: the file goes first.
        assertion="" if connection.federated_token_file else os.environ.get(ASSERTION_VARIABLE, ""),
        account=connection.account,
    )
    keeps = ways.get("keep_in") is not None
    kept = KeptSignIns(sign_in_folder()) if settings.personal else None
    return MsalTokens(cloud, settings, session, asking=asking(keeps=keeps), kept=kept, **ways)


def _demand(connection: Connection) -> None:
    if connection.auth == "managed-identity":  # the machine knows its tenant, and itself
        return
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


def _passphrase(connection: Connection) -> str:
    """From the environment, or on a terminal by prompt when the certificate needs one."""
    told = os.environ.get(PASSPHRASE_VARIABLE, "")
    file = connection.certificate if connection.auth == "certificate" else None
    if told or file is None or not os.isatty(0) or not needs_passphrase(file):
        return told
    asked: str = click.prompt("Passphrase of the certificate", hide_input=True, err=True)
    return asked


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
