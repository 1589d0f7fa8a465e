"""Managed identity: the machine this program runs on is the application.

Only machines of Azure (and servers connected by Azure Arc) have one. No secret is involved: a service of the
machine itself gives the tokens. https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msal
import requests

from troubleshooter.signin.credentials import SignIn
from troubleshooter.signin.errors import IdentityRefused, IdentityServiceMissing
from troubleshooter.signin.patience import PatientClient
from troubleshooter.transport.blackout import black_out
from troubleshooter.transport.failures import classify
from troubleshooter.transport.session import identity_session


class Machine:
    """Tokens of the machine's identity: system-assigned, or with a client id a user-assigned one."""

    def __init__(self, settings: SignIn, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._settings = settings
        self._client = PatientClient(identity_session(), sleep=sleep)

    @property
    def name(self) -> str:
        """What the identity is called when its token does not tell."""
        return self._settings.client_id or "managed identity"

    def acquire(self, resource: str, claims: str, renew: bool) -> dict[str, Any]:
        """msal's answer. Raises IdentityServiceMissing and IdentityRefused."""
        # A new client for each token: the service keeps them itself, and ours would give an old one back.
        client = msal.ManagedIdentityClient(
            self._identity(), http_client=self._client, client_capabilities=["CP1"]
        )
        try:
            result = client.acquire_token_for_client(resource=resource, claims_challenge=claims or None)
        except requests.RequestException as problem:
            raise IdentityServiceMissing(classify(problem)[1]) from problem
        except (ValueError, OSError) as problem:  # no JSON, or what msal says of a strange service
            raise IdentityServiceMissing(type(problem).__name__) from problem
        if isinstance(result, dict) and result.get("access_token"):
            return result
        said = result if isinstance(result, dict) else {}
        raise IdentityRefused(
            resource,
            self._settings.client_id,
            code=str(said.get("error") or ""),
            raw=black_out(" ".join(str(said.get("error_description") or "").split())),
        )

    def _identity(self) -> Any:
        if self._settings.client_id:
            return msal.UserAssignedManagedIdentity(client_id=self._settings.client_id)
        return msal.SystemAssignedManagedIdentity()
