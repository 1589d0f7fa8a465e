"""A person signs in: with a device code, in the browser, or through the broker of the operating system."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msal
import requests

from troubleshooter.errors import UsageError
from troubleshooter.signin.clouds import Cloud
from troubleshooter.signin.credentials import SignIn
from troubleshooter.signin.errors import (
    BrokerMissing,
    BrowserTimeout,
    InteractionNeeded,
    NobodySignedIn,
    SignInAmbiguous,
    kind_of,
)
from troubleshooter.signin.home import refuse_other_cloud
from troubleshooter.signin.kept import Kept, KeptSignIns, utc_now
from troubleshooter.signin.patience import PatientClient
from troubleshooter.signin.vault import FolderUnwritable, Vault, opened

DeviceCodeCallback = Callable[[Mapping[str, Any]], None]
BROWSER_SECONDS = 300
_BROKERED = ("win32", "darwin")


class SettingsError(UsageError):
    """Sign-in settings that cannot be right."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How a person is asked. Without `device_code` nobody can be shown a code.

    `browser` is told that a browser opens (''), or the address to open by hand where none can be started.
    `done` and `failed` are the pages that end the sign-in in the browser, `seconds` how long it may take.
    """

    device_code: DeviceCodeCallback | None = None
    browser: Callable[[str], None] | None = None
    done: str = ""
    failed: str = ""
    seconds: int = BROWSER_SECONDS


class Person:
    """Tokens of a person: silently where the sign-in is kept or was made in this run, else by asking.

    `kept` is where earlier sign-ins are looked up; with `keep_in` somebody signs in anew and is kept there.
    With `silent` nobody is asked: NobodySignedIn.
    """

    def __init__(
        self,
        cloud: Cloud,
        settings: SignIn,
        client: PatientClient,
        asking: Asking,
        *,
        kept: KeptSignIns | None = None,
        keep_in: Vault | None = None,
        silent: bool = False,
    ) -> None:
        self._cloud = cloud
        self._settings = settings
        self._client = client
        self._asking = asking
        self._kept = kept
        self._keep_in = keep_in
        self._silent = silent
        self._http_cache: dict[str, Any] = {}
        self._app: Any = None
        self._account: Any = None
        self._entry: Kept | None = None
        self._served = False

    @property
    def name(self) -> str:
        """The sign-in name of who signed in; '' before that."""
        return str(self._account.get("username") or "") if self._account else ""

    @property
    def entry(self) -> Kept | None:
        """The kept sign-in that is used; None when nothing is kept."""
        return self._entry

    def acquire(self, resource: str, claims: str, renew: bool) -> dict[str, Any]:
        """msal's answer, an error of Entra included. Raises our errors, and what msal raises."""
        from msal_extensions import LockError

        try:
            return self._acquire(resource, claims, renew)
        except requests.RequestException:
            raise
        except (OSError, LockError) as problem:  # msal writes what it renewed where the sign-in is kept
            if self._kept is None:
                raise
            raise FolderUnwritable(self._kept.folder, problem) from problem

    def _acquire(self, resource: str, claims: str, renew: bool) -> dict[str, Any]:
        scopes, challenge = [f"{resource}/.default"], claims or None
        if self._app is None:
            self._app = self._opened()
        if self._account is not None:
            result: dict[str, Any] | None = self._app.acquire_token_silent_with_error(
                scopes, self._account, force_refresh=renew, claims_challenge=challenge
            )
            # A kept sign-in may have ended since: at the beginning of a run the person is simply asked again.
            ended = result is not None and "error" in result and kind_of(result) is InteractionNeeded
            if result is not None and (self._served or self._silent or not ended):
                self._served = self._served or "access_token" in result
                return result
        if self._silent:
            raise NobodySignedIn(
                "Nobody is signed in to application {client_id} in tenant {tenant}.",
                "Sign in with: photo-troubleshooter login",
                client_id=self._settings.client_id,
                tenant=self._settings.tenant,
            )
        if self._entry is not None and self._keep_in is None:
            # Only `login` keeps a sign-in: this one, perhaps of somebody else, stays in memory.
            self._app = self._application(self._settings.auth, None)
            self._entry = self._account = None
        result = self._asked(scopes, challenge)
        if "access_token" in result:
            self._remember(result)
        return result

    def _opened(self) -> Any:
        """The msal application with the tokens kept for it, and the account that is wanted."""
        app = self._application(self._settings.auth, self._keep_in.cache if self._keep_in else None)
        # Before anybody is asked, and before a refresh token is sent anywhere.
        refuse_other_cloud(self._client.discovery, self._cloud, self._settings.tenant)
        if self._keep_in is not None:
            return app
        entry = self._chosen(app.authority.tenant)
        if entry is None:
            return app
        # A broker keeps the tokens of its accounts itself, so it has to be asked for them.
        auth = entry.auth if entry.auth == "broker" else self._settings.auth
        assert self._kept is not None
        app = self._application(auth, opened(self._kept.folder, entry.protection).cache)
        self._entry = entry
        self._account = next(
            (one for one in app.get_accounts() if one.get("home_account_id") == entry.account_id), None
        )
        return app

    def _chosen(self, tenant_id: str) -> Kept | None:
        if self._kept is None:
            return None
        found = self._kept.matching(
            login=self._cloud.login, client_id=self._settings.client_id, tenant_id=tenant_id
        )
        wanted = self._settings.account
        fitting = [one for one in found if not wanted or one.named(wanted)]
        if len(fitting) > 1:
            raise SignInAmbiguous(
                "Several people are signed in to this tenant: {people}.",
                "Choose one with --account.",
                people=", ".join(one.username for one in fitting),
            )
        return fitting[0] if fitting else None

    def _application(self, auth: str, cache: Any) -> Any:
        more: dict[str, Any] = {}
        if auth == "broker":
            _check_broker(self._cloud)
            more = {"enable_broker_on_windows": True, "enable_broker_on_mac": True}
        return msal.PublicClientApplication(
            self._settings.client_id,
            authority=self._cloud.authority(self._settings.tenant),
            # We know our hosts; discovery would ask Microsoft about custom clouds and for aliases of no use.
            instance_discovery=False,
            http_client=self._client,
            http_cache=self._http_cache,
            client_capabilities=["CP1"],  # we answer claims challenges
            token_cache=cache,
            **more,
        )

    def _asked(self, scopes: list[str], challenge: str | None) -> dict[str, Any]:
        if self._settings.auth == "device":
            return self._by_device(scopes, challenge)
        return self._in_a_window(scopes, challenge)

    def _by_device(self, scopes: list[str], challenge: str | None) -> dict[str, Any]:
        flow: dict[str, Any] = self._app.initiate_device_flow(scopes, claims_challenge=challenge)
        if "user_code" not in flow:
            return flow
        if self._asking.device_code is None:
            raise SettingsError(
                "A person has to sign in with a device code, but nobody can be shown the code here.",
                "Sign in with --auth certificate.",
            )
        shown = ("user_code", "verification_uri", "message", "expires_in")
        self._asking.device_code({key: flow[key] for key in shown if key in flow})
        got: dict[str, Any] = self._app.acquire_token_by_device_flow(flow, claims_challenge=challenge)
        return got

    def _in_a_window(self, scopes: list[str], challenge: str | None) -> dict[str, Any]:
        """Authorization code with PKCE in the browser, which posts the answer to loopback; or the broker."""
        tell = self._asking.browser
        if tell is None:
            raise SettingsError(
                "A person has to sign in, but nobody can be shown a browser here.",
                "Sign in with --auth certificate.",
            )
        more: dict[str, Any] = {}
        if self._settings.auth == "broker":
            more["parent_window_handle"] = msal.PublicClientApplication.CONSOLE_WINDOW_HANDLE
        else:
            more = {
                "auth_uri_callback": tell,
                "success_template": self._asking.done or None,
                "error_template": self._asking.failed or None,
            }
        try:
            got: dict[str, Any] = self._app.acquire_token_interactive(
                scopes,
                prompt=None if self._settings.account else "select_account",
                login_hint=self._settings.account or None,
                claims_challenge=challenge,
                timeout=self._asking.seconds,
                on_before_launching_ui=lambda **_: tell(""),
                **more,
            )
        except RuntimeError as problem:  # "Timeout. No auth response arrived."
            raise BrowserTimeout(
                "Nobody finished the sign-in in the browser within {seconds} seconds.",
                "Run the command again, or use --auth device, which works from another machine's browser.",
                seconds=self._asking.seconds,
            ) from problem
        return got

    def _remember(self, result: Mapping[str, Any]) -> None:
        """Who signed in now; whoever was not wanted is refused, and kept when that was asked for."""
        claims = result.get("id_token_claims")
        object_id = claims.get("oid") if isinstance(claims, dict) else None
        accounts = self._app.get_accounts()
        self._account = next(
            (one for one in accounts if object_id and one.get("local_account_id") == object_id),
            accounts[-1] if accounts else None,
        )
        self._served = True
        wanted, name = self._settings.account, self.name
        if wanted and name and wanted.lower() != name.lower() and "@" in wanted:
            self._app.remove_account(self._account)
            self._account = None
            raise SignInAmbiguous(
                "{name} signed in, but --account names {wanted}.",
                "Sign in as the right person, or leave --account out.",
                name=name,
                wanted=wanted,
            )
        if self._keep_in is None or self._kept is None or self._account is None:
            return
        self._entry = Kept(
            username=name,
            account_id=str(self._account.get("home_account_id") or ""),
            tenant_id=self._app.authority.tenant,
            tenants=(self._settings.tenant,),
            client_id=self._settings.client_id,
            cloud=self._cloud.name,
            login=self._cloud.login,
            auth=self._settings.auth,
            protection=self._keep_in.protection,
            signed_in_at=utc_now(),
        )
        self._kept.add(self._entry)


def _check_broker(cloud: Cloud) -> None:
    """A broker is part of Windows, and of the Company Portal on a Mac; it serves Microsoft's own clouds."""
    if cloud.custom:
        raise BrokerMissing(
            "The broker of the operating system signs in to Microsoft's clouds only, not to {cloud}.",
            "Use --auth browser or --auth device.",
            cloud=cloud.name,
        )
    if sys.platform not in _BROKERED:
        raise BrokerMissing(
            "There is no broker on this system: --auth broker works on Windows and macOS.",
            "Use --auth browser or --auth device.",
        )
    if importlib.util.find_spec("pymsalruntime") is None:
        raise BrokerMissing(
            "--auth broker needs the package {package}, which is not installed.",
            "Install it with: pip install 'photo-troubleshooter[broker]'",
            package="pymsalruntime",
        )
