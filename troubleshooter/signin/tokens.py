"""Tokens from Entra ID by msal, over the run's one session."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any
from urllib.parse import urlsplit

import msal
import requests

from troubleshooter.errors import UsageError
from troubleshooter.signin.claims import describe
from troubleshooter.signin.clouds import Cloud
from troubleshooter.signin.credentials import SignIn, msal_certificate
from troubleshooter.signin.errors import (
    SharePointSecretRefused,
    SignInError,
    from_oauth,
    unreachable,
)
from troubleshooter.signin.home import found_elsewhere, refuse_other_cloud
from troubleshooter.signin.hosts import is_host_name
from troubleshooter.signin.patience import PatientClient
from troubleshooter.transport.answer import Token
from troubleshooter.transport.failures import classify, is_untrusted

DeviceCodeCallback = Callable[[Mapping[str, Any]], None]

# msal logs token answers at DEBUG; nothing secret may reach a log of ours, whatever its level.
logging.getLogger("msal").setLevel(logging.WARNING)


class SettingsError(UsageError):
    """Sign-in settings that cannot be right."""


class MsalTokens:
    """The TokenProvider of a run. Safe to use from several threads; asks Entra only when it must.

    `on_device_code` gets what a person must see: user_code, verification_uri, message, expires_in (seconds).
    """

    def __init__(
        self,
        cloud: Cloud,
        sign_in: SignIn,
        session: requests.Session,
        *,
        on_device_code: DeviceCodeCallback | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.cloud = cloud
        self.sign_in = sign_in
        self._client = PatientClient(session, sleep=sleep)
        self._on_device_code = on_device_code
        self._clock = clock
        self._lock = RLock()
        self._kept: dict[str, tuple[Token, float]] = {}
        self._app: Any = None

    def __repr__(self) -> str:
        return f"MsalTokens({self.cloud.name}, {self.sign_in.tenant}, {self.sign_in.auth})"

    def token(self, resource: str, *, claims: str = "", renew: bool = False) -> Token:
        """A token for a resource such as `https://graph.microsoft.com`. Raises SignInError, UsageError."""
        self._refuse_sharepoint_by_secret(resource)
        with self._lock:
            kept = self._kept.get(resource)
            if kept is not None and not claims and not renew and self._clock() < kept[1]:
                return kept[0]
            result = self._guarded(resource, lambda: self._acquire(resource, claims, renew))
            value = result.get("access_token")
            if not isinstance(value, str) or not value:
                raise self._oauth_error(result, resource)
            app_only = self.sign_in.auth != "device"
            token = describe(
                value,
                app_only=app_only,
                by_secret=self.sign_in.auth == "secret",
                granted=str(result.get("scope") or ""),
                fallback=self.sign_in.client_id if app_only else self._account_name(),
            )
            self._kept[resource] = (token, self._clock() + _useful_seconds(result))
            return token

    def _refuse_sharepoint_by_secret(self, resource: str) -> None:
        host = urlsplit(resource).hostname or ""
        if self.sign_in.auth == "secret" and self.cloud.is_sharepoint_host(host):
            raise SharePointSecretRefused(self.sign_in.client_id, host)

    def _acquire(self, resource: str, claims: str, renew: bool) -> dict[str, Any]:
        if self._app is None:
            app = self._build()
            refuse_other_cloud(self._client.discovery, self.cloud, self.sign_in.tenant)
            self._app = app
        scopes = [f"{resource}/.default"]
        challenge = claims or None
        if self.sign_in.auth == "device":
            return self._for_person(scopes, challenge, renew)
        if renew:
            self._app.remove_tokens_for_client()
        result: dict[str, Any] = self._app.acquire_token_for_client(scopes, claims_challenge=challenge)
        return result

    def _for_person(self, scopes: list[str], challenge: str | None, renew: bool) -> dict[str, Any]:
        """Silently when somebody has signed in already: one refresh token serves every resource."""
        accounts = self._app.get_accounts()
        if accounts:
            result: dict[str, Any] | None = self._app.acquire_token_silent_with_error(
                scopes, accounts[0], force_refresh=renew, claims_challenge=challenge
            )
            if result is not None:
                return result
        flow: dict[str, Any] = self._app.initiate_device_flow(scopes, claims_challenge=challenge)
        if "user_code" not in flow:
            return flow
        if self._on_device_code is None:
            raise SettingsError(
                "A person has to sign in with a device code, but nobody can be shown the code here.",
                "Sign in with --auth certificate.",
            )
        shown = ("user_code", "verification_uri", "message", "expires_in")
        self._on_device_code({key: flow[key] for key in shown if key in flow})
        got: dict[str, Any] = self._app.acquire_token_by_device_flow(flow, claims_challenge=challenge)
        return got

    def _build(self) -> Any:
        """The msal application; the first request (OpenID discovery) is made here."""
        settings = self.sign_in
        if not is_host_name(settings.tenant):
            raise SettingsError(
                "{tenant!r} is neither a tenant id nor a domain name.",
                "Give --tenant as the tenant's id (a GUID) or one of its domains, such as contoso.com.",
                tenant=settings.tenant,
            )
        common: dict[str, Any] = {
            "authority": self.cloud.authority(settings.tenant),
            # We know our hosts; discovery would ask Microsoft about custom clouds and for aliases of no use.
            "instance_discovery": False,
            "http_client": self._client,
            "client_capabilities": ["CP1"],  # we answer claims challenges
        }
        if settings.auth == "device":
            return msal.PublicClientApplication(settings.client_id, **common)
        credential: str | dict[str, str] = settings.secret
        if settings.auth == "certificate":
            if settings.certificate is None:
                raise SettingsError(
                    "--auth certificate needs a certificate.",
                    "Give --certificate FILE: a PEM file that holds key and certificate, or a PFX file.",
                )
            credential = msal_certificate(settings.certificate, settings.passphrase)
        # azure_region=False: MSAL_FORCE_REGION of the environment would choose other hosts.
        return msal.ConfidentialClientApplication(
            settings.client_id, client_credential=credential, azure_region=False, **common
        )

    def _guarded(self, resource: str, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """msal raises plain exceptions for what is not an OAuth answer; here they become SignInErrors."""
        try:
            return ask()
        except requests.RequestException as problem:
            raise self._network_error(problem) from problem
        except msal.exceptions.MsalServiceError as problem:  # "HTTP Error: 503"
            raise unreachable("status", str(problem), login=self.cloud.login) from problem
        except (ValueError, LookupError, RuntimeError, AttributeError, TypeError, ArithmeticError) as problem:
            # msal trusts the shape of answers; any of these can mean that no sign-in service answered
            raise self._nonsense(resource) from problem

    def _network_error(self, problem: requests.RequestException) -> SignInError:
        if isinstance(problem, requests.HTTPError) and problem.response is not None:
            detail = f"HTTP {problem.response.status_code}"
            return unreachable("status", detail, login=self.cloud.login)
        failure, detail = classify(problem)
        issuer = self._client.presented_issuer(self.cloud.login) if is_untrusted(problem) else ""
        if issuer:
            return unreachable("tls_issuer", detail, login=self.cloud.login, issuer=issuer)
        return unreachable(failure, detail, login=self.cloud.login)

    def _nonsense(self, resource: str) -> SignInError:
        """msal hides why OpenID discovery failed, so we ask again: the answer names an unknown tenant."""
        url = f"{self.cloud.authority(self.sign_in.tenant)}/v2.0/.well-known/openid-configuration"
        try:
            answer = self._client.get(url)
            body = answer.json()
        except requests.JSONDecodeError:
            return unreachable("nonsense", f"HTTP {answer.status_code}", login=self.cloud.login)
        except requests.RequestException as problem:
            return self._network_error(problem)
        if isinstance(body, dict) and body.get("error"):
            elsewhere = found_elsewhere(self._client.once, self.cloud, self.sign_in.tenant)
            return elsewhere or self._oauth_error(body, resource)
        return unreachable("nonsense", f"HTTP {answer.status_code}", login=self.cloud.login)

    def _oauth_error(self, result: Mapping[str, Any], resource: str) -> SignInError:
        clean = {
            key: self.sign_in.without_secrets(value) if isinstance(value, str) else value
            for key, value in result.items()
        }
        return from_oauth(
            clean,
            client_id=self.sign_in.client_id,
            tenant=self.sign_in.tenant,
            cloud=self.cloud.name,
            login=self.cloud.login,
            resource=resource,
        )

    def _account_name(self) -> str:
        accounts = self._app.get_accounts()
        return str(accounts[0].get("username") or "") if accounts else ""


def _useful_seconds(result: Mapping[str, Any]) -> float:
    """How long a token is handed out: until five minutes before its end, for short ones half their time."""
    try:
        lifetime = float(result.get("expires_in", 0))
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return max(lifetime - 300, lifetime / 2)
