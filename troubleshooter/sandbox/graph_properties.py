"""The properties of a Graph user: how each is read from an account, and which filters the directory allows.

Names and types: https://learn.microsoft.com/graph/api/resources/user ; which operators each property takes,
and which of them are "advanced": https://learn.microsoft.com/graph/aad-advanced-queries
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from troubleshooter.sandbox.clock import graph_time
from troubleshooter.sandbox.model import Account, Plan

Read = Callable[[Account], Any]

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
SINGLE_ONLY = frozenset(
    ("mailboxsettings", "mysite", "hiredate", "aboutme", "birthday", "interests", "preferredname", "skills")
)
# fmt: off
_UNSET = (
    "ageGroup", "city", "companyName", "consentProvidedForMinor", "country",
    "employeeHireDate", "employeeId", "employeeType", "faxNumber", "legalAgeGroupClassification",
    "onPremisesDomainName", "onPremisesImmutableId", "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier", "onPremisesUserPrincipalName", "passwordPolicies", "postalCode",
    "securityIdentifier", "state", "streetAddress", "isResourceAccount", "signInSessionsValidFromDateTime",
    "lastPasswordChangeDateTime", "externalUserStateChangeDateTime", "deletedDateTime", "aboutMe",
    "mySite", "hireDate", "birthday", "preferredName", "interests", "skills", "mobilePhone", "officeLocation",
    "preferredLanguage", "showInAddressList",
)
# fmt: on
_SKU = "f245ecc8-75af-4f8e-b61f-27d8114de5f3"


@dataclass(frozen=True, slots=True)
class Property:
    """One property: its name as Graph writes it, its value, and the operators a filter may use on it.

    `null` among the operators allows comparing with null, `count` allows `/$count`.
    """

    name: str
    read: Read
    operators: frozenset[str] = frozenset()


def _licences(account: Account) -> list[dict[str, Any]]:
    exchange = [plan for plan in account.plans if plan.service.lower() == "exchange"]
    off = [plan.plan_id for plan in exchange if plan.status == "Deleted"]
    return [{"disabledPlans": off, "skuId": _SKU}] if account.plans else []


def _assigned(plan: Plan) -> dict[str, Any]:
    return {
        "assignedDateTime": graph_time(plan.assigned),
        "capabilityStatus": plan.status,
        "service": plan.service,
        "servicePlanId": plan.plan_id,
    }


def _provisioned(plan: Plan) -> dict[str, Any]:
    return {
        "capabilityStatus": plan.status,
        "provisioningStatus": plan.provisioning,
        "service": plan.service,
    }


def _last_sync(account: Account) -> str | None:
    return graph_time(account.on_premises_last_sync) if account.on_premises_last_sync else None


def _none(account: Account) -> None:
    del account


_EQUAL = "eq ne in"
_ORDER = f"{_EQUAL} ge le"
_TIME = f"{_ORDER} lt gt"
_TEXT = f"{_ORDER} startswith"
_ADDRESS = f"{_TEXT} endswith"
_PLANS = "any count"
_PROPERTIES: tuple[tuple[str, Read, str], ...] = (
    ("id", lambda a: a.id, _EQUAL),
    ("userPrincipalName", lambda a: a.upn, _ADDRESS),
    ("displayName", lambda a: a.display_name, f"{_TEXT} null"),
    ("givenName", lambda a: a.display_name.partition(" ")[0] or None, f"{_TEXT} null"),
    ("surname", lambda a: a.display_name.partition(" ")[2] or None, f"{_TEXT} null"),
    ("mail", lambda a: a.mail or None, f"{_ADDRESS} null"),
    ("mailNickname", lambda a: a.upn.partition("@")[0], _TEXT),
    ("jobTitle", lambda a: a.job_title or None, f"{_TEXT} null"),
    ("department", lambda a: a.department or None, f"{_TEXT} null"),
    ("businessPhones", lambda a: [], "any"),
    ("otherMails", lambda a: [], "any count"),
    ("imAddresses", lambda a: [a.mail] if a.mail else [], "any"),
    ("identities", lambda a: [], "any"),
    ("proxyAddresses", lambda a: list(a.proxy_addresses), "any count"),
    ("userType", lambda a: a.user_type, f"{_EQUAL} null"),
    ("externalUserState", lambda a: a.external_user_state, f"{_EQUAL} null"),
    ("creationType", lambda a: "Invitation" if a.user_type == "Guest" else None, _EQUAL),
    ("accountEnabled", lambda a: a.enabled, _EQUAL),
    ("createdDateTime", lambda a: graph_time(a.created), _TIME),
    ("usageLocation", lambda a: a.usage_location or None, f"{_TEXT} null"),
    ("preferredDataLocation", lambda a: a.preferred_data_location, ""),
    ("assignedLicenses", _licences, _PLANS),
    ("assignedPlans", lambda a: [_assigned(plan) for plan in a.plans], _PLANS),
    ("provisionedPlans", lambda a: [_provisioned(plan) for plan in a.plans], _PLANS),
    ("onPremisesSyncEnabled", lambda a: a.on_premises_synced, f"{_EQUAL} null"),
    ("onPremisesLastSyncDateTime", _last_sync, _ORDER),
    ("onPremisesDistinguishedName", lambda a: a.on_premises_name, ""),
    ("onPremisesExtensionAttributes", lambda a: {f"extensionAttribute{n}": None for n in range(1, 16)}, ""),
    ("onPremisesProvisioningErrors", lambda a: [], ""),
    ("mailboxSettings", lambda a: {"userPurpose": a.mailbox.purpose}, ""),
    *((name, _none, "") for name in _UNSET),
)
PROPERTIES = {
    name.lower(): Property(name, read, frozenset(operators.split())) for name, read, operators in _PROPERTIES
}


@lru_cache(maxsize=256)
def _chosen(names: tuple[str, ...]) -> tuple[Property, ...]:
    return tuple(PROPERTIES[name.lower()] for name in dict.fromkeys(n.lower() for n in names))


def project(accounts: Iterable[Account], names: Iterable[str]) -> list[dict[str, Any]]:
    """The named properties of each account, the default ones for no name. KeyError for an unknown name."""
    chosen = [(one.name, one.read) for one in _chosen(tuple(names) or DEFAULT_PROPERTIES)]
    return [{name: read(account) for name, read in chosen} for account in accounts]
