"""Tokens from Entra ID by msal, over the run's one session."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from threading import RLock
from typing import Any, Protocol
from urllib.parse import urlsplit

import msal
import requests

from troubleshooter.signin.application import Application
from troubleshooter.signin.claims import describe
from troubleshooter.signin.clouds import Cloud
from troubleshooter.signin.credentials import SignIn
from troubleshooter.signin.errors import (
    SharePointSecretRefused,
    SignInError,
    from_oauth,
    unreachable,
)
from troubleshooter.signin.home import found_elsewhere
from troubleshooter.signin.hosts import is_host_name
from troubleshooter.signin.kept import Kept, KeptSignIns
from troubleshooter.signin.machine import Machine
from troubleshooter.signin.patience import PatientClient
from troubleshooter.signin.person import Asking, DeviceCodeCallback, Person, SettingsError
from troubleshooter.signin.vault import Vault
from troubleshooter.transport.answer import Token
from troubleshooter.transport.failures import classify, is_untrusted

__all__ = ["DeviceCodeCallback", "MsalTokens", "SettingsError"]

# msal logs token answers at DEBUG; nothing secret may reach a log of ours, whatever its level.
logging.getLogger("msal").setLevel(logging.WARNING)


class Source(Protocol):
    """Who is asked for a token that is not at hand: a person, an application, a machine."""

    @property
    def name(self) -> str:
        """What to call it when its token does not tell."""
        ...

    def acquire(self, resource: str, claims: str, renew: bool) -> dict[str, Any]:
        """msal's answer: a token, or an error of Entra. Raises our errors and whatever msal raises."""
        ...


class MsalTokens:
    """The TokenProvider of a run. Safe to use from several threads; asks Entra only when it must.

    `on_device_code` gets what a person must see: user_code, verification_uri, message, expires_in (seconds);
    `asking` is all ways to ask. `kept`, `keep_in` and `silent` are those of `Person`.
    """

    def __init__(
        self,
        cloud: Cloud,
        sign_in: SignIn,
        session: requests.Session,
        *,
        on_device_code: DeviceCodeCallback | None = None,
        asking: Asking | None = None,
        kept: KeptSignIns | None = None,
        keep_in: Vault | None = None,
        silent: bool = False,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.cloud = cloud
        self.sign_in = sign_in
        self.session = session
        self._client = PatientClient(session, sleep=sleep)
        self._asking = asking or Asking(device_code=on_device_code)
        self._kept, self._keep_in, self._silent = kept, keep_in, silent
        self._clock, self._sleep = clock, sleep
        self._lock = RLock()
        self._tokens: dict[str, tuple[Token, float]] = {}
        self._source: Source | None = None

    def __repr__(self) -> str:
        return f"MsalTokens({self.cloud.name}, {self.sign_in.tenant}, {self.sign_in.auth})"

    @property
    def kept(self) -> Kept | None:
        """The kept sign-in that is used, once a token was asked for; None when tokens end with this run."""
        return self._source.entry if isinstance(self._source, Person) else None

    def token(self, resource: str, *, claims: str = "", renew: bool = False) -> Token:
        """A token for a resource such as `https://graph.microsoft.com`. Raises SignInError, UsageError."""
        self._refuse_sharepoint_by_secret(resource)
        with self._lock:
            kept = self._tokens.get(resource)
            if kept is not None and not claims and not renew and self._clock() < kept[1]:
                return kept[0]
            result = self._guarded(resource, lambda: self._acquire(resource, claims, renew))
            value = result.get("access_token")
            if not isinstance(value, str) or not value:
                raise self._oauth_error(result, resource)
            app_only = not self.sign_in.personal
            token = describe(
                value,
                app_only=app_only,
                by_secret=self.sign_in.auth == "secret",
                granted=str(result.get("scope") or ""),
                fallback=self._source.name if self._source else "",
            )
            self._tokens[resource] = (token, self._clock() + _useful_seconds(result))
            return token

    def _refuse_sharepoint_by_secret(self, resource: str) -> None:
        host = urlsplit(resource).hostname or ""
        if self.sign_in.auth == "secret" and self.cloud.is_sharepoint_host(host):
            raise SharePointSecretRefused(self.sign_in.client_id, host)

    def _acquire(self, resource: str, claims: str, renew: bool) -> dict[str, Any]:
        if self._source is None:
            self._source = self._made()
        return self._source.acquire(resource, claims, renew)

    def _made(self) -> Source:
        settings = self.sign_in
        if settings.auth == "managed-identity":
            return Machine(settings, sleep=self._sleep)
        if not is_host_name(settings.tenant):
            raise SettingsError(
                "{tenant!r} is neither a tenant id nor a domain name.",
                "Give --tenant as the tenant's id (a GUID) or one of its domains, such as contoso.com.",
                tenant=settings.tenant,
            )
        if settings.personal:
            return Person(
                self.cloud,
                settings,
                self._client,
                self._asking,
                kept=self._kept,
                keep_in=self._keep_in,
                silent=self._silent,
            )
        return Application(self.cloud, settings, self._client)

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
        return from_oauth(
            result,
            skew=self._client.skew,
            hidden=self.sign_in.secrets,
            client_id=self.sign_in.client_id,
            tenant=self.sign_in.tenant,
            cloud=self.cloud.name,
            login=self.cloud.login,
            resource=resource,
        )


def _useful_seconds(result: Mapping[str, Any]) -> float:
    """How long a token is handed out: until five minutes before its end, for short ones half their time."""
    try:
        lifetime = float(result.get("expires_in", 0))
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return max(lifetime - 300, lifetime / 2)
