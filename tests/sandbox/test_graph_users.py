"""Graph users: projection, paging, filters, and the smaller directory calls."""

from __future__ import annotations

import pytest

from tests.sandbox.wire_client import GRAPH, Wire
from troubleshooter.sandbox.model import TenantState

USERS = f"{GRAPH}/v1.0/users"
DIAGNOSIS = (
    "id,userPrincipalName,displayName,mail,mailNickname,proxyAddresses,userType,externalUserState,creationType,"
    "accountEnabled,createdDateTime,usageLocation,preferredDataLocation,assignedLicenses,assignedPlans,"
    "provisionedPlans,onPremisesSyncEnabled,onPremisesLastSyncDateTime,onPremisesDistinguishedName,"
    "onPremisesExtensionAttributes,onPremisesProvisioningErrors,showInAddressList"
)


def upns(wire: Wire, query: str, **headers: str) -> list[str]:
    answer = wire.get(f"{USERS}?{query}", **headers)
    assert answer.status_code == 200, answer.text
    return [user["userPrincipalName"] for user in answer.json()["value"]]


def test_the_diagnosis_selection_gives_every_member_and_no_other(wire: Wire) -> None:
    user = wire.get(f"{USERS}/petra.horvat@contoso.example?$select={DIAGNOSIS}").json()
    context = user.pop("@odata.context")
    assert set(user) == set(DIAGNOSIS.split(","))
    assert context.startswith(f"{GRAPH}/v1.0/$metadata#users(")
    assert {plan["service"] for plan in user["assignedPlans"]} == {"exchange", "SharePoint"}
    assert all("servicePlanId" not in plan for plan in user["provisionedPlans"])


def test_without_select_only_the_default_members_come(wire: Wire) -> None:
    user = wire.get(f"{USERS}/petra.horvat@contoso.example").json()
    assert "accountEnabled" not in user
    assert user["displayName"] == "Petra Horvat"


def test_a_guest_is_found_by_an_encoded_name_in_any_case(wire: Wire, tenant: TenantState) -> None:
    guest = tenant.person("ada@fabrikam.example")
    user = wire.get(
        f"{USERS}/ADA_fabrikam.example%23ext%23@contoso.onmicrosoft.com?$select=id,userType"
    ).json()
    assert (user["id"], user["userType"]) == (guest.id, "Guest")


def test_paging_follows_opaque_links_to_the_end_without_a_port(wire: Wire, tenant: TenantState) -> None:
    url, seen, pages = f"{USERS}?$select=id&$top=20", [], 0
    while url:
        assert url.startswith(f"{USERS}?")
        page = wire.get(url).json()
        seen += [user["id"] for user in page["value"]]
        url, pages = page.get("@odata.nextLink"), pages + 1
    assert seen == [account.id for account in tenant.accounts]
    assert pages == -(-len(tenant.accounts) // 20)


def test_filters_by_address_name_and_alias(wire: Wire) -> None:
    petra = ["petra.horvat@contoso.example"]
    assert upns(wire, "$filter=mail eq 'Petra.Horvat@contoso.example'") == petra
    assert upns(wire, "$filter=startswith(displayName,'petra h')") == petra
    alias = "proxyAddresses/any(p:p eq 'smtp:petra.horvat@contoso.onmicrosoft.com')"
    assert upns(wire, f"$filter={alias}") == petra
    either = (
        "userPrincipalName eq 'nobody@contoso.example' or (userType eq 'Guest' and accountEnabled eq true)"
    )
    assert len(upns(wire, f"$filter={either}")) == 2
    assert upns(wire, "$filter=displayName eq 'O''Nobody'") == []


def test_an_advanced_filter_needs_the_header_and_the_count(wire: Wire, tenant: TenantState) -> None:
    url = f"{USERS}?$filter=assignedLicenses/$count ne 0&$count=true&$top=5&$select=id"
    refused = wire.get(url)
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "Request_UnsupportedQuery"
    page = wire.get(url, ConsistencyLevel="eventual").json()
    assert page["@odata.count"] == sum(bool(account.plans) for account in tenant.accounts)
    assert len(page["value"]) == 5


def test_a_property_that_does_not_exist_is_refused_by_name(wire: Wire) -> None:
    for url in (f"{USERS}?$select=shoeSize", f"{USERS}?$filter=shoeSize eq '44'"):
        answer = wire.get(url)
        assert answer.status_code == 400
        assert "shoeSize" in answer.json()["error"]["message"]


@pytest.mark.parametrize("query", ["$top=1000", "$top=0", "$top=x", "$skip=5", "$skiptoken=%21"])
def test_a_page_that_cannot_be_is_refused(wire: Wire, query: str) -> None:
    assert wire.get(f"{USERS}?{query}").status_code == 400


def test_an_unknown_person_is_a_404_with_ids(wire: Wire) -> None:
    answer = wire.get(
        f"{USERS}/nobody@contoso.example", client_request_id="1c1c1c1c-0000-4000-8000-000000000001"
    )
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (404, "Request_ResourceNotFound")
    assert error["innerError"]["client-request-id"] == "1c1c1c1c-0000-4000-8000-000000000001"
    assert answer.headers["client-request-id"] == "1c1c1c1c-0000-4000-8000-000000000001"
    assert answer.headers["request-id"]
    assert "x-ms-ags-diagnostic" in answer.headers


MAILBOXES = [
    ("petra.horvat@contoso.example", 200, "user"),
    ("info@contoso.example", 200, "shared"),
    ("room.adriatic@contoso.example", 200, "room"),
    ("nika.zoric@contoso.example", 404, "MailboxNotEnabledForRESTAPI"),
    ("stjepan.matic@contoso.example", 404, "MailboxNotHostedInExchangeOnline"),
]


@pytest.mark.parametrize(("upn", "status", "word"), MAILBOXES)
def test_the_mailbox_kind_or_why_there_is_none(wire: Wire, upn: str, status: int, word: str) -> None:
    purpose = wire.get(f"{USERS}/{upn}/mailboxSettings/userPurpose")
    probe = wire.get(f"{USERS}/{upn}/settings/exchange")
    assert (purpose.status_code, probe.status_code) == (status, status)
    body = purpose.json()
    assert (body["value"] if status == 200 else body["error"]["code"]) == word
    assert probe.json().get("primaryMailboxId", "MBX:").startswith("MBX:")


def test_organization_root_site_groups_and_unknown_paths(wire: Wire) -> None:
    (organization,) = wire.get(f"{GRAPH}/v1.0/organization?$select=id,verifiedDomains").json()["value"]
    assert set(organization) == {"id", "verifiedDomains"}
    site = wire.get(f"{GRAPH}/v1.0/sites/root?$select=id,webUrl,siteCollection").json()
    assert site["webUrl"] == "https://contoso.sharepoint.sandbox.example"
    groups = wire.get(f"{GRAPH}/v1.0/groups?$filter=mail eq 'everyone@contoso.example'").json()["value"]
    assert [group["displayName"] for group in groups] == ["All of Contoso"]
    assert wire.get(f"{GRAPH}/beta/users").status_code == 404


def test_no_policy_reads_as_unset_and_everyone(wire: Wire) -> None:
    policy = wire.get(f"{GRAPH}/beta/admin/people/photoUpdateSettings").json()
    assert (policy["source"], policy["allowedRoles"]) == (None, [])
    assert wire.get(f"{GRAPH}/v1.0/admin/people/photoUpdateSettings").status_code == 404
