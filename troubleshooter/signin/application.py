"""An application signs in by itself: with a secret, a certificate, or the token of a workload."""

from __future__ import annotations

from typing import Any

import msal

from troubleshooter.errors import UsageError
from troubleshooter.signin.clouds import Cloud
from troubleshooter.signin.credentials import SignIn, msal_certificate
from troubleshooter.signin.federated import assertion_reader
from troubleshooter.signin.home import refuse_other_cloud
from troubleshooter.signin.patience import PatientClient


class CredentialMissing(UsageError):
    """The way to sign in needs something that was not given."""


class Application:
    """Tokens of an application. They are in memory only: asking anew costs one request and no person."""

    def __init__(self, cloud: Cloud, settings: SignIn, client: PatientClient) -> None:
        self._cloud = cloud
        self._settings = settings
        self._client = client
        self._app: Any = None

    @property
    def name(self) -> str:
        """The application's id."""
        return self._settings.client_id

    def acquire(self, resource: str, claims: str, renew: bool) -> dict[str, Any]:
        """msal's answer, an error of Entra included."""
        if self._app is None:
            # azure_region=False: MSAL_FORCE_REGION of the environment would choose other hosts.
            app = msal.ConfidentialClientApplication(
                self._settings.client_id,
                client_credential=self._credential(),
                authority=self._cloud.authority(self._settings.tenant),
                azure_region=False,
                # We know our hosts; discovery would ask Microsoft about custom clouds and aliases.
                instance_discovery=False,
                http_client=self._client,
                client_capabilities=["CP1"],  # we answer claims challenges
            )
            # Before a credential is sent anywhere.
            refuse_other_cloud(self._client.discovery, self._cloud, self._settings.tenant)
            self._app = app
        if renew:
            self._app.remove_tokens_for_client()
        result: dict[str, Any] = self._app.acquire_token_for_client(
            [f"{resource}/.default"], claims_challenge=claims or None
        )
        return result

    def _credential(self) -> Any:
        settings = self._settings
        if settings.auth == "secret":
            return settings.secret
        if settings.auth == "federated":
            return {"client_assertion": assertion_reader(settings)}
        if settings.certificate is None:
            raise CredentialMissing(
                "--auth certificate needs a certificate.",
                "Give --certificate FILE: a PEM file that holds key and certificate, or a PFX file.",
            )
        return msal_certificate(settings.certificate, settings.passphrase)
