"""Permissions, wrong tokens, quotas and injected faults."""

from __future__ import annotations

import time
from dataclasses import replace
from email.utils import parsedate_to_datetime

import pytest

from tests.conftest import SandboxFactory
from tests.sandbox.wire_client import ADMIN, EXCHANGE, GRAPH, MY, ROOT, Wire, profile_url, session_for
from troubleshooter.sandbox.apps import DEMO_CLIENT, NARROW_CLIENT
from troubleshooter.sandbox.keys import read_token, sign
from troubleshooter.sandbox.model import (
    AccountFault,
    FaultAnswer,
    PhotoPolicy,
    Quota,
    Quotas,
    RetryAfterStyle,
    TenantState,
    deny,
    grant,
)
from troubleshooter.sandbox.server import Sandbox

PETRA = "petra.horvat@contoso.example"
PHOTO = f"{GRAPH}/v1.0/users/{PETRA}/photo"
POLICY = f"{GRAPH}/beta/admin/people/photoUpdateSettings"

EACH_CALL = [
    ("graph", f"{GRAPH}/v1.0/users/{PETRA}?$select=id,accountEnabled", ("User.Read.All",)),
    ("graph", PHOTO, ("ProfilePhoto.Read.All", "User.Read.All")),
    ("graph", f"{GRAPH}/v1.0/users/{PETRA}/mailboxSettings/userPurpose", ("MailboxSettings.Read",)),
    ("graph", f"{GRAPH}/v1.0/users/{PETRA}/settings/exchange", ("User.Read.All",)),
    ("graph", POLICY, ("PeopleSettings.Read.All",)),
    ("graph", f"{GRAPH}/v1.0/sites/root", ("Sites.Read.All",)),
    ("graph", f"{GRAPH}/v1.0/organization", ("Organization.Read.All", "User.Read.All")),
    ("graph", f"{GRAPH}/v1.0/groups", ("GroupMember.Read.All",)),
    ("sharepoint", profile_url(PETRA), ("User.Read.All",)),
    ("sharepoint", f"{MY}/_layouts/15/userphoto.aspx?size=S&accountname={PETRA}", ("Sites.Read.All",)),
    ("sharepoint", f"{ROOT}/_api/search/query?querytext='*'", ("Sites.Read.All",)),
    ("sharepoint", f"{MY}/_api/web/lists/getbytitle('User Photos')/items", ("Sites.Read.All",)),
]


@pytest.mark.parametrize(("resource", "url", "permissions"), EACH_CALL)
def test_each_call_is_403_without_its_permission_and_200_with_it(
    sandbox: Sandbox,
    tenant: TenantState,
    make_sandbox: SandboxFactory,
    resource: str,
    url: str,
    permissions: tuple[str, ...],
) -> None:
    assert Wire(sandbox).get(url).status_code == 200
    poorer = Wire(make_sandbox(deny(tenant, DEMO_CLIENT, resource, *permissions)))
    answer = poorer.get(url)
    assert answer.status_code == 403
    error = answer.json().get("error") or answer.json()["odata.error"]
    assert error["code"] in ("Authorization_RequestDenied", "-2147024891, System.UnauthorizedAccessException")


def test_full_control_of_sites_is_not_enough_for_profiles(
    tenant: TenantState, make_sandbox: SandboxFactory
) -> None:
    wider = grant(deny(tenant, DEMO_CLIENT, "sharepoint", "User.Read.All"), DEMO_CLIENT, "sharepoint",
                  "Sites.FullControl.All")  # fmt: skip
    answer = Wire(make_sandbox(wider)).get(profile_url(PETRA), Accept="application/json;odata=nometadata")
    assert answer.status_code == 403
    assert "permissions to access profile information" in answer.text


def test_graph_users_permission_alone_still_reads_photos(sandbox: Sandbox) -> None:
    narrow = Wire(sandbox, NARROW_CLIENT)
    assert narrow.get(PHOTO).status_code == 200
    assert narrow.get(POLICY).status_code == 403


def test_a_delegated_caller_reads_only_his_own_mailbox_settings(sandbox: Sandbox) -> None:
    person = Wire(sandbox, app_only=False)
    assert person.get(f"{GRAPH}/v1.0/me/mailboxSettings/userPurpose").json()["value"] == "user"
    other = person.get(f"{GRAPH}/v1.0/users/ines.tadic@contoso.example/mailboxSettings/userPurpose")
    assert (other.status_code, other.json()["error"]["code"]) == (403, "ErrorAccessDenied")
    assert person.get(profile_url("ines.tadic@contoso.example")).status_code == 200


def test_sharepoint_refuses_an_app_only_token_made_with_a_secret(sandbox: Sandbox) -> None:
    answer = Wire(sandbox, by_secret=True).get(profile_url(PETRA))
    assert (answer.status_code, answer.text) == (401, "Unsupported app only token.")
    assert Wire(sandbox, by_secret=True).get(PHOTO).status_code == 200


def test_a_token_for_another_service_or_out_of_date_is_401(sandbox: Sandbox) -> None:
    session = session_for(sandbox)

    def ask(url: str, token: str) -> tuple[int, str]:
        answer = session.get(url, headers={"Authorization": f"Bearer {token}"})
        return answer.status_code, answer.text

    for_sharepoint = sandbox.issue_token(ADMIN, DEMO_CLIENT)
    status, text = ask(PHOTO, for_sharepoint)
    assert status == 401
    assert "Invalid audience" in text
    for_graph = sandbox.issue_token(GRAPH, DEMO_CLIENT)
    assert ask(profile_url(PETRA), for_graph)[0] == 401
    claims = read_token(for_graph)
    assert claims
    status, text = ask(PHOTO, sign({**claims, "exp": int(time.time()) - 1}))
    assert status == 401
    assert "expired" in text
    assert ask(PHOTO, "at")[0] == 401
    assert session.get(PHOTO).json()["error"]["code"] == "InvalidAuthenticationToken"


def test_the_policy_can_be_denied_while_everything_else_is_readable(
    tenant: TenantState, make_sandbox: SandboxFactory
) -> None:
    wire = Wire(make_sandbox(replace(tenant, policy_denied=True)))
    assert wire.get(POLICY).status_code == 403
    assert wire.get(PHOTO).status_code == 200


def test_no_restriction_is_written_in_three_ways(tenant: TenantState, make_sandbox: SandboxFactory) -> None:
    sandbox = make_sandbox(tenant)
    wire = Wire(sandbox)
    seen = []
    for shape in ("list", "object", "null"):
        sandbox.tenant = replace(tenant, policy=PhotoPolicy("cloud", (), shape))
        seen.append(wire.get(POLICY).json()["allowedRoles"])
    assert seen == [[], {}, None]


STYLES: list[tuple[RetryAfterStyle, str]] = [("seconds", "2"), ("fraction", "2.128"), ("missing", "")]


@pytest.mark.parametrize(("style", "header"), STYLES)
def test_profiles_have_a_quota_of_their_own_and_say_when_to_return(
    tenant: TenantState, make_sandbox: SandboxFactory, style: RetryAfterStyle, header: str
) -> None:
    quota = Quota(limit=3, window=3600, retry_after=2.128, retry_style=style)
    wire = Wire(make_sandbox(tenant.with_quotas(Quotas(people_manager=quota))))
    statuses = [wire.get(profile_url(PETRA)).status_code for _ in range(3)]
    assert statuses == [200, 200, 200]
    refused = wire.get(profile_url(PETRA))
    assert (refused.status_code, refused.headers.get("Retry-After", "")) == (429, header)
    assert wire.get(f"{MY}/_layouts/15/userphoto.aspx?size=S&accountname={PETRA}").status_code == 200


def test_a_date_is_a_retry_after_too(tenant: TenantState, make_sandbox: SandboxFactory) -> None:
    quota = Quota(limit=1, window=3600, retry_after=30, retry_style="date")
    wire = Wire(make_sandbox(tenant.with_quotas(Quotas(people_manager=quota))))
    wire.get(profile_url(PETRA))
    assert parsedate_to_datetime(wire.get(profile_url(PETRA)).headers["Retry-After"])


def test_sharepoint_units_warn_in_headers_and_may_end_in_an_html_503(
    tenant: TenantState, make_sandbox: SandboxFactory
) -> None:
    quota = Quota(limit=4, window=3600, html_503=True)
    wire = Wire(make_sandbox(tenant.with_quotas(Quotas(sharepoint_units=quota))))
    url = f"{MY}/_api/site/usage"
    assert "RateLimit-Remaining" not in wire.get(url).headers
    assert wire.get(url).headers["RateLimit-Remaining"] == "0"
    refused = wire.get(url)
    assert refused.status_code == 503
    assert refused.headers["Content-Type"].startswith("text/html")


def test_graph_throttles_single_items_of_a_batch(tenant: TenantState, make_sandbox: SandboxFactory) -> None:
    quota = Quota(limit=3, window=3600, retry_after=7)
    wire = Wire(make_sandbox(tenant.with_quotas(Quotas(graph_units=quota))))
    answers = wire.batch(*[f"/users/{PETRA}/photo"] * 5)
    assert [answers[str(n)]["status"] for n in range(5)] == [200, 200, 200, 429, 429]
    assert answers["4"]["headers"]["Retry-After"] == "7"


def test_injected_faults_are_used_up_in_order(tenant: TenantState, make_sandbox: SandboxFactory) -> None:
    sandbox = make_sandbox(tenant)
    wire = Wire(sandbox)
    answers = (FaultAnswer(503, "html"), FaultAnswer(200, "truncated"), FaultAnswer(500, "empty"))
    sandbox.inject(r"GET //graph\..*/photo$", *answers)
    first, second, third, fourth = (wire.get(PHOTO) for _ in range(4))
    assert "Server Too Busy" in first.text
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        second.json()
    assert (third.status_code, third.content) == (500, b"")
    assert fourth.json()["id"] == "648x648"


def test_a_fault_of_one_person_reaches_nobody_else_and_batches_too(
    tenant: TenantState, make_sandbox: SandboxFactory
) -> None:
    fault = AccountFault("photo", FaultAnswer(429, retry_after=1, code="ApplicationThrottled"), times=1)
    person = replace(tenant.person(PETRA), faults=(fault,))
    wire = Wire(make_sandbox(tenant.with_accounts(person)))
    answers = wire.batch(f"/users/{PETRA}/photo", "/users/ines.tadic@contoso.example/photo")
    assert (answers["0"]["status"], answers["1"]["status"]) == (429, 200)
    assert wire.get(PHOTO).status_code == 200


def test_the_log_names_app_host_and_batched_items(tenant: TenantState, make_sandbox: SandboxFactory) -> None:
    sandbox = make_sandbox(tenant)
    Wire(sandbox, NARROW_CLIENT).batch(f"/users/{PETRA}/photo")
    inner, outer = sandbox.requests
    assert (inner.batched, inner.path, inner.status) == (True, f"/v1.0/users/{PETRA}/photo", 200)
    assert (outer.batched, outer.method, outer.path) == (False, "POST", "/v1.0/$batch")
    assert {inner.client_id, outer.client_id} == {NARROW_CLIENT}
    sandbox.requests.clear()
    assert len(sandbox.requests) == 0


def test_exchange_knows_no_photo_cmdlet_any_more(wire: Wire, tenant: TenantState) -> None:
    url = f"{EXCHANGE}/adminapi/beta/{tenant.id}/InvokeCommand"
    body = '{"CmdletInput":{"CmdletName":"%s","Parameters":{}}}'
    policy = wire.post(url, body % "Get-OwaMailboxPolicy", Content_Type="application/json")
    assert policy.json()["value"][0]["SetPhotoEnabled"] is True
    gone = wire.post(url, body % "Get-UserPhoto", Content_Type="application/json")
    assert gone.status_code == 400
