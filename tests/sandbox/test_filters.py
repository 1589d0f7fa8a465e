"""$filter on users: what the directory answers, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.sandbox.wire_client import GRAPH, Wire
from troubleshooter.sandbox.clock import graph_time
from troubleshooter.sandbox.model import Account, TenantState

USERS = f"{GRAPH}/v1.0/users"
EXCHANGE_PLAN = "9aaf7827-d63c-4b61-89c3-182f06f82e5c"


def names(wire: Wire, text: str, *, advanced: bool = False) -> list[str]:
    more = "&$count=true" if advanced else ""
    header = {"ConsistencyLevel": "eventual"} if advanced else {}
    answer = wire.get(f"{USERS}?$filter={text}&$select=userPrincipalName&$top=999{more}", **header)
    assert answer.status_code == 200, answer.text
    return [user["userPrincipalName"] for user in answer.json()["value"]]


PLAIN: list[tuple[str, Callable[[Account], bool]]] = [
    ("userType eq 'Guest'", lambda a: a.user_type == "Guest"),
    ("accountEnabled eq false", lambda a: not a.enabled),
    ("accountEnabled eq true and userType eq 'Member'", lambda a: a.enabled and a.user_type == "Member"),
    ("department eq 'Finance'", lambda a: a.department == "Finance"),
    ("department in ('Finance','it')", lambda a: a.department in ("Finance", "IT")),
    ("startswith(department,'Se')", lambda a: a.department.startswith("Se")),
    ("startsWith(displayName,'p')", lambda a: a.display_name.lower().startswith("p")),
    (
        "usageLocation eq 'SE' or department eq 'Legal'",
        lambda a: a.usage_location == "SE" or a.department == "Legal",
    ),
    ("department ge 'Research'", lambda a: a.department.lower() >= "research"),
    ("(userType eq 'Guest') or (accountEnabled eq false)", lambda a: a.user_type == "Guest" or not a.enabled),
]
ADVANCED: list[tuple[str, Callable[[Account], bool]]] = [
    ("department ne 'Finance'", lambda a: a.department != "Finance"),
    ("department eq null", lambda a: not a.department),
    ("department ne null", lambda a: bool(a.department)),
    ("not(userType eq 'Guest')", lambda a: a.user_type != "Guest"),
    ("not startswith(displayName,'p')", lambda a: not a.display_name.lower().startswith("p")),
    ("endsWith(userPrincipalName,'@contoso.example')", lambda a: a.upn.endswith("@contoso.example")),
    ("endswith(mail,'fabrikam.example')", lambda a: a.mail.endswith("fabrikam.example")),
    ("assignedLicenses/$count eq 0", lambda a: not a.plans),
    (
        f"assignedPlans/any(p:p/servicePlanId eq {EXCHANGE_PLAN})",
        lambda a: any(plan.plan_id == EXCHANGE_PLAN for plan in a.plans),
    ),
]


@pytest.mark.parametrize(("text", "fits"), PLAIN)
def test_a_plain_filter_finds_exactly_the_people_it_names(
    wire: Wire, tenant: TenantState, text: str, fits: Callable[[Account], bool]
) -> None:
    expected = [account.upn for account in tenant.accounts if fits(account)]
    assert expected
    assert names(wire, text) == expected


@pytest.mark.parametrize(("text", "fits"), ADVANCED)
def test_an_advanced_filter_is_answered_with_the_header_and_refused_without(
    wire: Wire, tenant: TenantState, text: str, fits: Callable[[Account], bool]
) -> None:
    expected = [account.upn for account in tenant.accounts if fits(account)]
    assert expected
    assert names(wire, text, advanced=True) == expected
    refused = wire.get(f"{USERS}?$filter={text}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "Request_UnsupportedQuery")


@pytest.mark.parametrize("word", ["eq", "ge", "le", "lt", "gt"])
def test_moments_are_compared_without_quotes(wire: Wire, tenant: TenantState, word: str) -> None:
    born = sorted(account.created for account in tenant.accounts)[len(tenant.accounts) // 2]
    tests: dict[str, Callable[[Account], bool]] = {
        "eq": lambda a: a.created == born,
        "ge": lambda a: a.created >= born,
        "le": lambda a: a.created <= born,
        "lt": lambda a: a.created < born,
        "gt": lambda a: a.created > born,
    }
    expected = [account.upn for account in tenant.accounts if tests[word](account)]
    assert 0 < len(expected) < len(tenant.accounts)
    assert names(wire, f"createdDateTime {word} {graph_time(born)}") == expected
    elsewhere = (born + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S%%2B02:00")
    assert names(wire, f"createdDateTime {word} {elsewhere}") == expected


REFUSED = [
    "displayName contains 'a'",
    "contains(displayName,'a')",
    "preferredDataLocation eq 'EUR'",
    "endswith(displayName,'a')",
    "accountEnabled ge true",
    "accountEnabled eq 'true'",
    "createdDateTime ge '2026-01-01T00:00:00Z'",
    "createdDateTime ge 2026-13-01T00:00:00Z",
    "createdDateTime eq yesterday",
    "proxyAddresses eq 'smtp:a@contoso.example'",
    "assignedLicenses/$count gt 0",
    "assignedLicenses/$count eq many",
    "startswith(displayName,true)",
    "department eq",
    "department eq 'a' and",
    "department eq 'a' department",
    "department eq 'unclosed",
    "(" * 200 + "department eq 'a'" + ")" * 200,
    "not " * 200 + "department eq 'a'",
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_the_directory_does_not_understand_is_a_400_even_as_an_advanced_query(
    wire: Wire, text: str
) -> None:
    answer = wire.get(f"{USERS}?$filter={text}&$count=true", ConsistencyLevel="eventual")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in ("Request_BadRequest", "Request_UnsupportedQuery")


@pytest.mark.parametrize("option", ["$orderby=displayName", "$search=%22displayName:a%22", "$expand=manager"])
def test_an_option_the_sandbox_cannot_answer_is_refused_and_not_ignored(wire: Wire, option: str) -> None:
    assert wire.get(f"{USERS}?{option}").status_code == 400
