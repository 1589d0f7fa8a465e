"""Sign-in errors. The class follows the OAuth `error`; the AADSTS number only chooses the words.

Microsoft asks clients not to depend on the numbers:
https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from troubleshooter.errors import Message, UsageError
from troubleshooter.signin.aadsts import (
    AHEAD,
    BECAUSE,
    BEHIND,
    BY_ERROR,
    BY_NUMBER,
    CLOCK,
    OTHERWISE,
    UNREACHABLE,
)
from troubleshooter.signin.credentials import ways_to_write
from troubleshooter.transport.answer import NoToken
from troubleshooter.transport.blackout import black_out

# Entra accepts an assertion within five minutes; below two a clock is as good as right.
_SKEW_SECONDS = 120
_ABOUT_TIME = frozenset({50013, 500133, 700024})
_LONGEST_RAW = 4000


class SignInError(NoToken):
    """There is no token. `trail` holds Entra's ids and time, `raw` its own words, secrets blacked out."""


class ConsentMissing(SignInError):
    """Nobody has consented to the permissions."""


class CredentialRejected(SignInError):
    """The application, its secret or its certificate was refused."""


class TenantUnknown(SignInError):
    """There is no such tenant in this cloud."""


class InteractionNeeded(SignInError):
    """A person has to sign in (again), or a policy stands in the way."""


class SignInEnded(SignInError):
    """The person declined, or the device code expired."""


class ResourceUnknown(SignInError):
    """The service we want a token for does not exist in the tenant, or the scope is wrong."""


class TryLater(SignInError):
    """The sign-in service has a passing problem."""

    passing = True


class SignInUnreachable(SignInError):
    """The sign-in service could not be reached, or something else answered in its place."""

    passing = True


class SharePointSecretRefused(SignInError):
    """An application that signs in with a secret wants a token for SharePoint.

    https://learn.microsoft.com/sharepoint/dev/solution-guidance/security-apponly-azuread
    """

    def __init__(self, client_id: str, host: str) -> None:
        super().__init__(
            "Application {client_id} signs in with a secret, and SharePoint ({host}) refuses such "
            "tokens: it accepts applications only with a certificate, a managed identity or federation.",
            "Upload a certificate to the application and use --auth certificate --certificate FILE.",
            client_id=client_id,
            host=host,
        )


class NobodySignedIn(SignInError):
    """Nobody's sign-in is kept here, and nobody may be asked."""

    actor = "operator"


class SignInAmbiguous(UsageError):
    """Several people's sign-ins fit, or another person signed in than was wanted."""


class BrowserTimeout(SignInEnded):
    """Nobody finished the sign-in in the browser."""

    actor = "operator"


class BrokerMissing(UsageError):
    """There is no broker on this machine, or it does not serve this cloud."""


class IdentityServiceMissing(SignInError):
    """The machine has no service that gives tokens of a managed identity, or it cannot be understood."""

    actor = "operator"
    passing = True

    def __init__(self, detail: str) -> None:
        super().__init__(
            "This machine has no managed identity service that answers ({detail}).",
            "Use --auth managed-identity only on a machine of Azure that has an identity; elsewhere sign in "
            "with --auth certificate.",
            detail=detail,
        )


class IdentityRefused(SignInError):
    """The identity service gave no token."""

    actor = "admin"

    def __init__(self, resource: str, client_id: str, *, code: str = "", raw: str = "") -> None:
        if client_id:
            super().__init__(
                "This machine's identity service gives no token for {resource} to the identity {client_id}.",
                "Assign this user-assigned identity to the machine, and check --client-id: it is the "
                "identity's client id. Without --client-id the machine's own identity is used.",
                resource=resource,
                client_id=client_id,
            )
        else:
            super().__init__(
                "This machine's identity service gives no token for {resource} to its own identity.",
                "Switch the system-assigned identity of the machine on, or name a user-assigned one with "
                "--client-id.",
                resource=resource,
            )
        self.trail = {"code": code} if code else {}
        self.raw = raw


_CLASSES: dict[str, type[SignInError]] = {
    "consent_required": ConsentMissing,
    "invalid_client": CredentialRejected,
    "unauthorized_client": CredentialRejected,
    "invalid_tenant": TenantUnknown,
    "invalid_grant": InteractionNeeded,
    "interaction_required": InteractionNeeded,
    "login_required": InteractionNeeded,
    "authorization_declined": SignInEnded,
    "access_denied": SignInEnded,
    "authorization_pending": SignInEnded,
    "expired_token": SignInEnded,
    "code_expired": SignInEnded,
    "bad_verification_code": SignInEnded,
    "invalid_resource": ResourceUnknown,
    "invalid_scope": ResourceUnknown,
    "temporarily_unavailable": TryLater,
    "server_error": TryLater,
    "slow_down": TryLater,
}


def from_oauth(
    result: Mapping[str, Any], *, skew: float = 0.0, hidden: tuple[str, ...] = (), **values: str
) -> SignInError:
    """The error for an OAuth error answer. `values`: client_id, tenant, login, resource and cloud.

    `skew`: seconds by which our clock is ahead of Entra's. `hidden`: secrets to black out in its words.
    """
    written = [way for secret in hidden for way in ways_to_write(secret)]
    clean = {
        key: black_out(" ".join(value.split()), *written) if isinstance(value, str) else value
        for key, value in result.items()
    }
    error, suberror = str(clean.get("error") or "")[:80], str(clean.get("suberror") or "")
    description = str(clean.get("error_description") or "")
    number = _number(clean, description)
    kind = kind_of(result)
    advice = BY_NUMBER.get(number) or BY_ERROR.get(suberror) or BY_ERROR.get(error) or OTHERWISE
    meaning = Message(advice.meaning, values)
    made = kind("{meaning}", advice.remedy, meaning=meaning, **values, error=error, number=number)
    if number in _ABOUT_TIME and abs(skew) > _SKEW_SECONDS:
        made = kind(
            CLOCK,
            advice.remedy,
            meaning=meaning,
            **values,
            error=error,
            number=number,
            minutes=round(abs(skew) / 60),
            direction=Message(AHEAD if skew > 0 else BEHIND, {}),
        )
    made.actor = advice.actor
    made.trail = _trail(clean, number, error, description)
    made.raw = (f"{error}: {description}" if description else error)[:_LONGEST_RAW]
    return made


def kind_of(result: Mapping[str, Any]) -> type[SignInError]:
    """The class of an OAuth error answer: by the suberror where it says more, by the error otherwise."""
    suberror, error = str(result.get("suberror") or ""), str(result.get("error") or "")
    return _CLASSES.get(suberror) or _CLASSES.get(error) or SignInError


def _trail(result: Mapping[str, Any], number: int, error: str, description: str) -> dict[str, str]:
    """What support asks for. Entra repeats its ids in the description, where some libraries leave them."""
    found = {"code": f"AADSTS{number}" if number else error}
    for key, label in (("correlation_id", "Correlation ID"), ("trace_id", "Trace ID")):
        match = re.search(rf"{label}: ([0-9A-Za-z-]{{1,64}})", description)
        found[key] = _short(result.get(key)) or (match[1] if match else "")
    match = re.search(r"Timestamp: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ)", description)
    found["timestamp"] = _short(result.get("timestamp")) or (match[1] if match else "")
    return {key: value for key, value in found.items() if value}


def _short(value: object) -> str:
    return value[:64] if isinstance(value, str) else ""


def unreachable(failure: str, detail: str, **values: str) -> SignInUnreachable:
    """The error for a network failure, by its word in `transport.answer.FAILURES`."""
    advice = UNREACHABLE.get(failure) or UNREACHABLE["other"]
    fields = {**values, "host": values.get("login", "")}
    meaning = Message(advice.meaning, fields)
    made = SignInUnreachable(BECAUSE, advice.remedy, meaning=meaning, **fields, detail=detail)
    made.actor = advice.actor
    return made


def _number(result: Mapping[str, Any], description: str) -> int:
    """The AADSTS number, from `error_codes` or the description; 0 when there is none."""
    codes = result.get("error_codes")
    if isinstance(codes, list) and codes and isinstance(codes[0], int):
        return codes[0]
    match = re.search(r"AADSTS(\d{4,9})", description)
    return int(match[1]) if match else 0
