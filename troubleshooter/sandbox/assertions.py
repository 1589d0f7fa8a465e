"""How an app proves itself: its secret, or an assertion signed with its certificate."""

from __future__ import annotations

import hmac
from typing import Protocol

import jwt

from troubleshooter.sandbox.keys import app_certificate, read_workload_token
from troubleshooter.sandbox.model import Client

BY_SECRET, BY_CERTIFICATE = "1", "2"


class Refusal(Protocol):
    """Makes the exception that becomes an OAuth error."""

    def __call__(self, error: str, number: int, message: str, status: int = 400) -> Exception: ...


def check_credential(client: Client, form: dict[str, str], audiences: list[str], refuse: Refusal) -> str:
    """`appidacr` of a proven app: 1 for a secret, 2 for a certificate. Raises what `refuse` makes."""
    if form.get("client_assertion"):
        _check_assertion(client, form["client_assertion"], audiences, refuse)
        return BY_CERTIFICATE
    secret = form.get("client_secret")
    if not secret:
        message = (
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
        )
        raise refuse("invalid_client", 7000218, message, 401)
    if not client.secret or not hmac.compare_digest(secret.encode(), client.secret.encode()):
        message = (
            "Invalid client secret provided. Ensure the secret being sent in the request is the client "
            f"secret value, not the client secret ID, for a secret added to app '{client.id}'."
        )
        raise refuse("invalid_client", 7000215, message, 401)
    if client.secret_expired:
        message = f"The provided client secret keys for app '{client.id}' are expired."
        raise refuse("invalid_client", 7000222, message, 401)
    return BY_SECRET


def _check_assertion(client: Client, assertion: str, audiences: list[str], refuse: Refusal) -> None:
    if not _signed_by_itself(assertion, client):
        _check_federated(client, assertion, refuse)
        return
    wrong = (
        "The certificate with identifier used to sign the client assertion is not registered on application."
    )
    try:
        header = jwt.get_unverified_header(assertion)
    except jwt.InvalidTokenError as problem:
        raise refuse("invalid_request", 50027, "JWT token is invalid or malformed.") from problem
    if not client.certificate:
        raise refuse("invalid_client", 700027, wrong, 401)
    own = app_certificate(client.id)
    # msal writes the thumbprints with their base64 padding, others without.
    named = {str(header.get(name, "")).rstrip("=") for name in ("x5t#S256", "x5t")}
    if not named & {own.sha256, own.sha1}:
        raise refuse("invalid_client", 700027, wrong, 401)
    try:
        claims = jwt.decode(assertion, own.public_key, algorithms=["PS256", "RS256"], audience=audiences)
    except jwt.ExpiredSignatureError as problem:
        message = "Client assertion is not within its valid time range."
        raise refuse("invalid_client", 700024, message, 401) from problem
    except jwt.InvalidAudienceError as problem:
        message = "Client assertion audience claim does not match Realm issuer."
        raise refuse("invalid_client", 700023, message, 401) from problem
    except jwt.InvalidTokenError as problem:
        raise refuse(
            "invalid_client", 700027, "Client assertion failed signature validation.", 401
        ) from problem
    if claims.get("sub") != client.id or claims.get("iss") != client.id:
        message = "Client assertion is not issued by the application."
        raise refuse("invalid_client", 700021, message, 401)


def _signed_by_itself(assertion: str, client: Client) -> bool:
    """Whether the app itself is the issuer it names; any other issuer is a workload's."""
    try:
        claims = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return True
    return bool(claims.get("iss") == client.id or not client.federated)


def _check_federated(client: Client, assertion: str, refuse: Refusal) -> None:
    """https://learn.microsoft.com/entra/workload-id/workload-identity-federation"""
    try:
        claims = read_workload_token(assertion)
    except jwt.ExpiredSignatureError as problem:
        message = "Client assertion is not within its valid time range."
        raise refuse("invalid_client", 700024, message, 401) from problem
    except jwt.InvalidAudienceError as problem:
        message = "No matching federated identity record found for presented assertion audience."
        raise refuse("invalid_client", 700212, message, 401) from problem
    except jwt.InvalidTokenError as problem:
        message = "No matching federated identity record found for presented assertion issuer."
        raise refuse("invalid_client", 700211, message, 401) from problem
    if claims.get("sub") != client.federated:
        message = "No matching federated identity record found for presented assertion subject."
        raise refuse("invalid_client", 700213, message, 401)
