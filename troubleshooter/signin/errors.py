"""Sign-in errors. The class follows the OAuth `error`; the AADSTS number only chooses the words.

Microsoft asks clients not to depend on the numbers:
https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from troubleshooter.errors import Message
from troubleshooter.signin.aadsts import BECAUSE, BY_ERROR, BY_NUMBER, OTHERWISE, SAYS, UNREACHABLE
from troubleshooter.transport.answer import NoToken


class SignInError(NoToken):
    """There is no token. `values` holds Entra's own `description`, `correlation_id` and `timestamp`."""


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


_LONGEST_DESCRIPTION = 2000  # characters; Entra's have a few hundred
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


def from_oauth(result: Mapping[str, Any], **values: str) -> SignInError:
    """The error for an OAuth error answer. `values`: client_id, tenant, login, resource and cloud."""
    error = str(result.get("error") or "")
    suberror = str(result.get("suberror") or "")
    description = " ".join(str(result.get("error_description") or error or "nothing more").split())
    description = description[:_LONGEST_DESCRIPTION]
    number = _number(result, description)
    kind = _CLASSES.get(suberror) or _CLASSES.get(error) or SignInError
    advice = BY_NUMBER.get(number) or BY_ERROR.get(suberror) or BY_ERROR.get(error) or OTHERWISE
    ids = {key: str(result.get(key) or "") for key in ("correlation_id", "timestamp")}
    extra = [f"{key} {value}" for key, value in ids.items() if value and value not in description]
    return kind(
        SAYS,
        advice.remedy,
        meaning=Message(advice.meaning, values),
        **values,
        **ids,
        error=error,
        number=number,
        description=f"{description} ({', '.join(extra)})" if extra else description,
    )


def unreachable(failure: str, detail: str, **values: str) -> SignInUnreachable:
    """The error for a network failure, by its word in `transport.answer.FAILURES`."""
    advice = UNREACHABLE.get(failure) or UNREACHABLE["other"]
    fields = {**values, "host": values.get("login", "")}
    meaning = Message(advice.meaning, fields)
    return SignInUnreachable(BECAUSE, advice.remedy, meaning=meaning, **fields, detail=detail)


def _number(result: Mapping[str, Any], description: str) -> int:
    """The AADSTS number, from `error_codes` or the description; 0 when there is none."""
    codes = result.get("error_codes")
    if isinstance(codes, list) and codes and isinstance(codes[0], int):
        return codes[0]
    match = re.search(r"AADSTS(\d{4,9})", description)
    return int(match[1]) if match else 0
