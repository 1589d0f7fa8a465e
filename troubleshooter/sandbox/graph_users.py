"""Graph users as JSON: properties, projection, paging.

Property names: https://learn.microsoft.com/graph/api/resources/user
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from troubleshooter.sandbox.access import MAILBOX, USERS, Caller, denied, graph_error
from troubleshooter.sandbox.clock import graph_time
from troubleshooter.sandbox.graph_filter import BadFilter, compile_filter
from troubleshooter.sandbox.model import Account
from troubleshooter.sandbox.wire import Call, Reply, json_reply
from troubleshooter.sandbox.world import World

DEFAULT_PROPERTIES = (
    "businessPhones",
    "displayName",
    "givenName",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
    "id",
)
BASIC_PROPERTIES = frozenset(("id", "displayname", "givenname", "mail", "surname", "userprincipalname"))
# Served from other services, so only a read of one user may select them.
_SINGLE_ONLY = frozenset(
    ("mailboxsettings", "mysite", "hiredate", "aboutme", "birthday", "interests", "preferredname", "skills")
)
# fmt: off
_UNSET = (
    "ageGroup", "city", "companyName", "consentProvidedForMinor", "country", "department",
    "employeeHireDate", "employeeId", "employeeType", "faxNumber", "legalAgeGroupClassification",
    "onPremisesDomainName", "onPremisesImmutableId", "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier", "onPremisesUserPrincipalName", "passwordPolicies", "postalCode",
    "securityIdentifier", "state", "streetAddress", "isResourceAccount", "signInSessionsValidFromDateTime",
    "lastPasswordChangeDateTime", "externalUserStateChangeDateTime", "deletedDateTime", "aboutMe",
    "mySite", "hireDate", "birthday", "preferredName", "interests", "skills",
)
# fmt: on


def user_properties(account: Account) -> dict[str, Any]:
    """Every property the sandbox knows; names and types are those of Microsoft's metadata."""
    first, _, last = account.display_name.partition(" ")
    synced = account.on_premises_last_sync
    exchange = [plan for plan in account.plans if plan.service.lower() == "exchange"]
    return {
        **dict.fromkeys(_UNSET),
        "id": account.id,
        "userPrincipalName": account.upn,
        "displayName": account.display_name,
        "givenName": first or None,
        "surname": last or None,
        "mail": account.mail or None,
        "mailNickname": account.upn.partition("@")[0],
        "jobTitle": account.job_title or None,
        "businessPhones": [],
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "otherMails": [],
        "imAddresses": [account.mail] if account.mail else [],
        "identities": [],
        "proxyAddresses": list(account.proxy_addresses),
        "userType": account.user_type,
        "externalUserState": account.external_user_state,
        "creationType": "Invitation" if account.user_type == "Guest" else None,
        "accountEnabled": account.enabled,
        "createdDateTime": graph_time(account.created),
        "usageLocation": account.usage_location or None,
        "preferredDataLocation": account.preferred_data_location,
        "assignedLicenses": [
            {"disabledPlans": [p.plan_id for p in exchange if p.status == "Deleted"], "skuId": _SKU}
        ]
        if account.plans
        else [],
        "assignedPlans": [
            {
                "assignedDateTime": graph_time(plan.assigned),
                "capabilityStatus": plan.status,
                "service": plan.service,
                "servicePlanId": plan.plan_id,
            }
            for plan in account.plans
        ],
        "provisionedPlans": [
            {
                "capabilityStatus": plan.status,
                "provisioningStatus": plan.provisioning,
                "service": plan.service,
            }
            for plan in account.plans
        ],
        "onPremisesSyncEnabled": account.on_premises_synced,
        "onPremisesLastSyncDateTime": graph_time(synced) if synced else None,
        "onPremisesDistinguishedName": account.on_premises_name,
        "onPremisesExtensionAttributes": {f"extensionAttribute{n}": None for n in range(1, 16)},
        "onPremisesProvisioningErrors": [],
        "showInAddressList": None,
    }


_SKU = "f245ecc8-75af-4f8e-b61f-27d8114de5f3"
_KNOWN = {
    name.lower()
    for name in (
        *_UNSET,
        *DEFAULT_PROPERTIES,
        "mailNickname",
        "otherMails",
        "imAddresses",
        "identities",
        "proxyAddresses",
        "userType",
        "externalUserState",
        "creationType",
        "accountEnabled",
        "createdDateTime",
        "usageLocation",
        "preferredDataLocation",
        "assignedLicenses",
        "assignedPlans",
        "provisionedPlans",
        "onPremisesSyncEnabled",
        "onPremisesLastSyncDateTime",
        "onPremisesDistinguishedName",
        "onPremisesExtensionAttributes",
        "onPremisesProvisioningErrors",
        "showInAddressList",
        "mailboxSettings",
    )
}


def _selection(call: Call) -> list[str]:
    text = call.parameter("$select") or call.parameter("select") or ""
    return [name.strip() for name in text.split(",") if name.strip()]


def _bad_selection(call: Call, names: Iterable[str], single: bool) -> Reply | None:
    for name in names:
        if name.lower() not in _KNOWN:
            message = f"Could not find a property named '{name}' on type 'microsoft.graph.user'."
            return graph_error(call, 400, "BadRequest", message)
        if not single and name.lower() in _SINGLE_ONLY:
            message = f"The property '{name}' can only be read for a single user."
            return graph_error(call, 400, "BadRequest", message)
    return None


def _project(account: Account, names: list[str]) -> dict[str, Any]:
    known = user_properties(account)
    if not names:
        return {name: known[name] for name in DEFAULT_PROPERTIES}
    wanted = {name.lower() for name in names}
    chosen = {name: value for name, value in known.items() if name.lower() in wanted}
    if "mailboxsettings" in wanted:
        chosen["mailboxSettings"] = {"userPurpose": account.mailbox.purpose}
    return {**chosen, "id": account.id} if "id" in wanted else chosen


def _may_read(caller: Caller, names: list[str], account: Account | None) -> bool:
    if caller.may(*USERS):
        return True
    if (
        account
        and not caller.app_only
        and account.id == caller.person_id
        and caller.may("User.Read", "User.ReadWrite")
    ):
        return True
    basic = names and all(name.lower() in BASIC_PROPERTIES for name in names)
    return bool(basic) and caller.may("User.ReadBasic.All")


def get_user(world: World, call: Call, caller: Caller, account: Account) -> Reply:
    """GET /users/{id}."""
    names = _selection(call)
    if not _may_read(caller, names, account):
        return denied(call)
    wrong = _bad_selection(call, names, single=True)
    if wrong:
        return wrong
    if any(name.lower() == "mailboxsettings" for name in names) and not caller.may(*MAILBOX):
        return denied(call)
    fault = world.account_fault(account, "user")
    if fault:
        return fault
    shown = f"({','.join(names)})" if names else ""
    context = f"{call.base}/v1.0/$metadata#users{shown}/$entity"
    return json_reply(200, {"@odata.context": context, **_project(account, names)}, _JSON)


_JSON = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Page:
    top: int
    start: int


def _page(call: Call) -> _Page | None:
    """The page asked for; None when the numbers make no sense."""
    text = call.parameter("$top") or "100"
    token = call.parameter("$skiptoken")
    try:
        start = int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("page:")) if token else 0
        top = int(text)
    except ValueError:
        return None
    return _Page(top, start) if 1 <= top <= 999 else None


def list_users(world: World, call: Call, caller: Caller) -> Reply:
    """GET /users with $select, $top, $filter, $count, and an opaque $skiptoken."""
    names = _selection(call)
    if not _may_read(caller, names, None):
        return denied(call)
    wrong = _bad_selection(call, names, single=False)
    if wrong:
        return wrong
    page = _page(call)
    if page is None or call.parameter("$skip") is not None:
        return graph_error(call, 400, "Request_UnsupportedQuery", "Invalid page size or paging option.")
    counted = (call.parameter("$count") or "").lower() == "true"
    advanced = counted and call.headers.get("consistencylevel", "").lower() == "eventual"
    try:
        chosen = _filtered(world, call.parameter("$filter"), advanced)
    except BadFilter as problem:
        return graph_error(call, 400, problem.code, str(problem))
    body: dict[str, Any] = {"@odata.context": f"{call.base}/v1.0/$metadata#users"}
    if names:
        body["@odata.context"] += f"({','.join(names)})"
    if advanced:
        body["@odata.count"] = len(chosen)
    end = page.start + page.top
    if end < len(chosen):
        body["@odata.nextLink"] = _next_link(call, end)
    body["value"] = [_project(account, names) for account in chosen[page.start : end]]
    return json_reply(200, body, _JSON)


def _filtered(world: World, text: str | None, advanced: bool) -> list[Account]:
    if not text:
        return list(world.tenant.accounts)
    test = compile_filter(text, _KNOWN, advanced=advanced)
    return [account for account in world.tenant.accounts if test(user_properties(account))]


def _next_link(call: Call, start: int) -> str:
    token = base64.urlsafe_b64encode(f"page:{start}".encode()).decode()
    kept = [part for part in call.query.split("&") if part and "skiptoken" not in part.lower()]
    return f"{call.base}{call.path}?{'&'.join([*kept, f'$skiptoken={token}'])}"
