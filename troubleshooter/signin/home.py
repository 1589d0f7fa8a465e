"""Which cloud a tenant lives in, as OpenID discovery tells it to anybody, before anything secret is sent.

The document of a tenant of another cloud names that cloud's endpoints (`token_endpoint`, `issuer`), and
`tenant_region_sub_scope` tells GCC (in the global cloud), GCC High (DODCON) and DoD apart:
https://learn.microsoft.com/azure/azure-government/documentation-government-plan-identity and public code that
asked real tenants. What the document leaves open stays open: then nobody is stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from troubleshooter.signin.clouds import CLOUDS, LOGIN_ALIASES, SOVEREIGN, Cloud
from troubleshooter.signin.errors import SignInError

DISCOVERY = "/v2.0/.well-known/openid-configuration"
_US = ("gcc-high", "dod")
_GLOBAL_INSTANCE, _US_INSTANCE = "microsoftonline.com", "microsoftonline.us"
_CHINA_INSTANCES = ("partner.microsoftonline.cn", "chinacloudapi.cn")


class TenantInOtherCloud(SignInError):
    """The tenant is not in the cloud that was asked. `values["homes"]` names where it may be."""


def home_of(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The clouds a tenant may live in, by their names for --cloud; () when the document does not tell."""
    told = {key: value.lower() for key, value in document.items() if isinstance(value, str)}
    sub_scope, instance = told.get("tenant_region_sub_scope", ""), told.get("cloud_instance_name", "")
    if sub_scope == "dod":
        return ("dod",)
    if sub_scope == "dodcon":
        return ("gcc-high",)
    host = login_host(document)
    host = LOGIN_ALIASES.get(host, host)
    found = tuple(cloud.name for cloud in CLOUDS.values() if cloud.login == host)
    found = found or tuple(name for name, one in SOVEREIGN.items() if one.login == host)
    if not found and instance == _US_INSTANCE:
        found = _US
    elif not found and instance in _CHINA_INSTANCES:
        found = ("china",)
    elif not found and instance == _GLOBAL_INSTANCE:
        found = ("global",)
    return ("dod",) if found == _US and told.get("msgraph_host") == CLOUDS["dod"].graph else found


def login_host(document: Mapping[str, Any]) -> str:
    """The host that gives this tenant's tokens; '' when the document names none."""
    for key in ("token_endpoint", "issuer"):
        value = document.get(key)
        try:
            host = urlsplit(value).hostname if isinstance(value, str) else None
        except ValueError:
            host = None
        if host:
            return host.lower()
    return ""


def refuse_other_cloud(answer: requests.Response | None, cloud: Cloud, tenant: str) -> None:
    """TenantInOtherCloud when discovery names another cloud for certain.

    A cloud file decides about its own sign-in host; it is contradicted only when tokens would come from
    another host, one of Microsoft's.
    """
    document = _document(answer)
    homes = home_of(document)
    if not homes or cloud.name in homes:
        return
    if cloud.custom and login_host(document) in ("", cloud.login):
        return
    raise _other_cloud(homes, cloud, tenant)


def found_elsewhere(
    ask: Callable[[str], requests.Response], cloud: Cloud, tenant: str
) -> TenantInOtherCloud | None:
    """Ask the other clouds of Microsoft for a tenant that this one does not know; None when none does.

    Each is asked once, for a public document and without credentials; the sovereign ones only for names that
    they hand out. Never for a cloud file: a name of somebody's own servers is no business of Microsoft's.
    """
    if cloud.custom:
        return None
    theirs = {one.login for one in SOVEREIGN.values() if tenant.lower().endswith(one.names)}
    others = ({one.login for one in CLOUDS.values()} | theirs) - {cloud.login}
    homes: dict[str, None] = {}
    for login in sorted(others):
        try:
            document = _document(ask(f"https://{login}/{tenant}{DISCOVERY}"))
        except requests.RequestException:
            continue
        homes |= dict.fromkeys(home_of(document) if login_host(document) else ())
    return _other_cloud(tuple(homes), cloud, tenant) if homes else None


def _document(answer: requests.Response | None) -> Mapping[str, Any]:
    """The discovery document of an answer; {} when it is none."""
    if answer is None or answer.status_code != 200:
        return {}
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _other_cloud(homes: tuple[str, ...], cloud: Cloud, tenant: str) -> TenantInOtherCloud:
    values = {"tenant": tenant, "cloud": cloud.name, "homes": " or ".join(homes)}
    sovereign = next((SOVEREIGN[name] for name in homes if name in SOVEREIGN), None)
    if sovereign is not None:
        return TenantInOtherCloud(
            "Tenant {tenant} does not live in cloud {cloud}: its sign-in is at {login} ({operator}).",
            "Describe that cloud with a file, and give the file to --cloud: see docs/clouds.md.",
            login=sovereign.login,
            operator=sovereign.operator,
            **values,
        )
    if len(homes) == 1:
        return TenantInOtherCloud(
            "Tenant {tenant} does not live in cloud {cloud}: it lives in {homes}.",
            "Use --cloud {homes}, with an application that is registered there.",
            **values,
        )
    return TenantInOtherCloud(
        "Tenant {tenant} does not live in cloud {cloud}: it lives in {homes}, and which of them is not told.",
        "Try --cloud with one after the other; the application must be registered there.",
        **values,
    )
