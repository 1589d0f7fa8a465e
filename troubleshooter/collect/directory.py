"""The account in Microsoft Entra ID: from a Graph user object to the facts of `person` and `directory`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from troubleshooter.collect import details
from troubleshooter.collect.classify import Reading
from troubleshooter.collect.values import MISSING, UNREADABLE, flag, not_applicable, parse_time, state, text
from troubleshooter.evidence.record import EvidenceBuilder
from troubleshooter.evidence.schema import FACTS

FACTS_OF_USER = tuple(path for path, info in FACTS.items() if info.group in ("person", "directory"))

# Everything but the first four comes only when it is asked for. https://learn.microsoft.com/graph/api/resources/user
USER_SELECT = (
    "id,userPrincipalName,displayName,mail,userType,accountEnabled,createdDateTime,usageLocation,"
    "preferredDataLocation,department,assignedPlans,provisionedPlans,onPremisesSyncEnabled,onPremisesLastSyncDateTime"
)

# Plans of the right service that carry no mailbox or no profile.
# https://learn.microsoft.com/entra/identity/users/licensing-service-plan-reference
EXCHANGE_S_FOUNDATION = "113feb6c-3fe4-4440-bddc-54d774bf0318"
SHAREPOINTWAC = "e95bec33-7c88-4a70-8e19-b10bd9d0c014"
_WEAK_PLANS = frozenset({EXCHANGE_S_FOUNDATION, SHAREPOINTWAC})
# Warning is the grace period after a subscription has run out: the service still works.
_WORKING = frozenset({"enabled", "warning"})


def read_user(builder: EvidenceBuilder, user: Mapping[str, Any], source: str) -> None:
    """State every fact of `person` and `directory`; a property that is missing or odd becomes its own gap."""
    for fact, name in (
        ("person.id", "id"),
        ("person.user_principal_name", "userPrincipalName"),
        ("person.display_name", "displayName"),
        ("person.mail", "mail"),
        ("directory.usage_location", "usageLocation"),
        ("directory.preferred_data_location", "preferredDataLocation"),
        ("directory.department", "department"),
    ):
        state(builder, fact, text(user, name), source)
    state(builder, "directory.account_enabled", flag(user, "accountEnabled"), source)
    state(builder, "directory.user_type", _user_type(user), source)
    created = parse_time(user.get("createdDateTime")) or UNREADABLE
    state(builder, "directory.created_at", created if "createdDateTime" in user else MISSING, source)
    synced = _synced(user)
    state(builder, "directory.on_premises_synced", synced, source)
    state(builder, "directory.on_premises_last_sync_at", _last_sync(user, synced), source)
    _read_plans(builder, user, source)


def has_licence(user: Mapping[str, Any]) -> bool:
    """A working plan of Exchange or SharePoint: Microsoft sizes a tenant's limits by such accounts."""
    plans = user.get("assignedPlans")
    return any(
        isinstance(plan, dict)
        and _works(plan)
        and str(plan.get("service", "")).lower() in ("exchange", "sharepoint")
        for plan in (plans if isinstance(plans, list) else ())
    )


def _user_type(user: Mapping[str, Any]) -> str | Reading:
    kind = user.get("userType")
    if isinstance(kind, str) and kind.lower() in ("member", "guest"):
        return kind.lower()
    # Accounts made before August 2014 have no userType; a guest's sign-in name still shows what it is.
    if "#ext#" in str(user.get("userPrincipalName", "")).lower():
        return "guest"
    return UNREADABLE if "userType" in user else MISSING


def _synced(user: Mapping[str, Any]) -> bool | Reading:
    if "onPremisesSyncEnabled" in user and user["onPremisesSyncEnabled"] is None:
        return False
    return flag(user, "onPremisesSyncEnabled")


def _last_sync(user: Mapping[str, Any], synced: bool | Reading) -> datetime | Reading:
    when = parse_time(user.get("onPremisesLastSyncDateTime"))
    if when is not None:
        return when
    if synced is False:
        return not_applicable(details.NOT_SYNCHRONISED)
    return UNREADABLE if "onPremisesLastSyncDateTime" in user else MISSING


def _plans_of(user: Mapping[str, Any], name: str, service: str) -> list[Mapping[str, Any]] | Reading:
    plans = user.get(name, MISSING)
    if isinstance(plans, Reading):
        return plans
    if plans is None:
        return []
    if not isinstance(plans, list):
        return UNREADABLE
    return [
        plan
        for plan in plans
        if isinstance(plan, dict)
        and str(plan.get("service", "")).lower() == service
        and str(plan.get("servicePlanId", "")).lower() not in _WEAK_PLANS
    ]


def _works(plan: Mapping[str, Any]) -> bool:
    return str(plan.get("capabilityStatus", "")).lower() in _WORKING


def _plan_state(plans: list[Mapping[str, Any]] | Reading) -> str | Reading:
    if isinstance(plans, Reading):
        return plans
    if not plans:
        return "missing"
    return "enabled" if any(map(_works, plans)) else "disabled"


def _read_plans(builder: EvidenceBuilder, user: Mapping[str, Any], source: str) -> None:
    exchange = _plans_of(user, "assignedPlans", "exchange")
    sharepoint = _plans_of(user, "assignedPlans", "sharepoint")
    state(builder, "directory.exchange_plan", _plan_state(exchange), source)
    state(builder, "directory.sharepoint_plan", _plan_state(sharepoint), source)
    state(builder, "directory.exchange_plan_assigned_at", _assigned_at(exchange), source)
    provisioned = _plans_of(user, "provisionedPlans", "exchange")
    state(builder, "directory.exchange_provisioning", _provisioning(exchange, provisioned), source)


def _assigned_at(plans: list[Mapping[str, Any]] | Reading) -> datetime | Reading:
    if isinstance(plans, Reading):
        return plans
    if not plans:
        return not_applicable(details.NO_EXCHANGE_PLAN)
    in_question = [plan for plan in plans if _works(plan)] or plans
    times = [when for plan in in_question if (when := parse_time(plan.get("assignedDateTime")))]
    return max(times) if times else UNREADABLE


def _provisioning(
    assigned: list[Mapping[str, Any]] | Reading, provisioned: list[Mapping[str, Any]] | Reading
) -> str | Reading:
    """The state of the plan that carries a mailbox.

    provisionedPlans names no plan id, so without such a plan its "Success" is that of EXCHANGE_S_FOUNDATION.
    """
    if isinstance(provisioned, Reading):
        return provisioned
    if assigned == [] or not provisioned:
        return "none"
    states = {str(plan.get("provisioningStatus", "")).lower() for plan in provisioned if _works(plan)}
    if "success" in states:
        return "success"
    if any(one.startswith("pending") for one in states):
        return "pending"
    if states & {"error", "failed"}:
        return "failed"
    return "none" if states <= {"disabled"} else UNREADABLE
