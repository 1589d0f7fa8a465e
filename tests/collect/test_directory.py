"""The account: plans, synchronisation, kind."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.collect.answers import ACCOUNT, reason, with_account
from troubleshooter.collect.directory import EXCHANGE_S_FOUNDATION, SHAREPOINTWAC, read_user
from troubleshooter.evidence.record import EvidenceBuilder

MAILBOX_PLAN = "efb87545-963c-4e0d-99df-69c6916d9eb0"


def plan(
    status: str = "Enabled",
    service: str = "exchange",
    plan_id: str = MAILBOX_PLAN,
    at: str = "2024-02-01T08:00:00Z",
) -> dict[str, str]:
    return {"service": service, "servicePlanId": plan_id, "capabilityStatus": status, "assignedDateTime": at}


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        ([plan()], "enabled"),
        ([plan("Warning")], "enabled"),
        ([plan(service="Exchange")], "enabled"),
        ([plan("Deleted"), plan()], "enabled"),
        ([plan("Suspended")], "disabled"),
        ([plan("Deleted"), plan("LockedOut")], "disabled"),
        ([plan(plan_id=EXCHANGE_S_FOUNDATION)], "missing"),
        ([plan(service="SharePoint")], "missing"),
        ([], "missing"),
    ],
)
def test_an_exchange_plan_counts_when_it_carries_a_mailbox(
    plans: list[dict[str, str]], expected: str
) -> None:
    assert with_account(assignedPlans=plans).build().directory.exchange_plan == expected


def test_office_on_the_web_is_no_sharepoint_plan() -> None:
    weak = plan(service="SharePoint", plan_id=SHAREPOINTWAC)
    assert with_account(assignedPlans=[weak]).build().directory.sharepoint_plan == "missing"
    assert with_account(
        assignedPlans=[weak, plan(service="sharepoint")]
    ).build().directory.sharepoint_plan == ("enabled")


def test_the_newest_working_assignment_gives_the_date() -> None:
    plans = [
        plan(at="2024-02-01T08:00:00Z"),
        plan(at="2025-05-01T08:00:00.1234567Z"),
        plan("Deleted", at="2026-01-01T00:00:00Z"),
    ]
    found = with_account(assignedPlans=plans).build().directory.exchange_plan_assigned_at
    assert found == datetime(2025, 5, 1, 8, 0, 0, 123456, tzinfo=UTC)


def test_without_a_plan_its_date_does_not_apply() -> None:
    assert reason(with_account().build(), "directory.exchange_plan_assigned_at") == "not_applicable"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("Success", "success"),
        ("PendingInput", "pending"),
        ("PendingProvisioning", "pending"),
        ("Error", "failed"),
    ],
)
def test_provisioning_of_the_mailbox_plan(status: str, expected: str) -> None:
    provisioned = [{"service": "exchange", "capabilityStatus": "Enabled", "provisioningStatus": status}]
    evidence = with_account(assignedPlans=[plan()], provisionedPlans=provisioned).build()
    assert evidence.directory.exchange_provisioning == expected


def test_a_foundation_plan_that_is_provisioned_is_no_provisioned_mailbox() -> None:
    provisioned = [{"service": "exchange", "capabilityStatus": "Enabled", "provisioningStatus": "Success"}]
    plans = [plan(plan_id=EXCHANGE_S_FOUNDATION)]
    evidence = with_account(assignedPlans=plans, provisionedPlans=provisioned).build()
    assert evidence.directory.exchange_provisioning == "none"


@pytest.mark.parametrize(("value", "expected"), [(True, True), (False, False), (None, False)])
def test_never_synchronised_reads_as_not_synchronised(value: bool | None, expected: bool) -> None:
    evidence = with_account(onPremisesSyncEnabled=value).build()
    assert evidence.directory.on_premises_synced is expected
    if not expected:
        assert reason(evidence, "directory.on_premises_last_sync_at") == "not_applicable"


def test_a_guest_is_told_by_the_sign_in_name_when_the_type_is_not_set() -> None:
    name = "ada_fabrikam.com#EXT#@contoso.onmicrosoft.com"
    assert with_account(userType=None, userPrincipalName=name).build().directory.user_type == "guest"
    assert reason(with_account(userType=None).build(), "directory.user_type") == "unreadable"


def test_null_text_is_known_to_be_empty_and_a_missing_property_is_a_gap() -> None:
    evidence = with_account(mail=None).build()
    assert evidence.person.mail == ""
    assert evidence.directory.preferred_data_location == ""
    builder = EvidenceBuilder()
    read_user(builder, {"id": ACCOUNT["id"]}, "")
    bare = builder.build()
    assert {
        reason(bare, path) for path in ("person.mail", "directory.account_enabled", "directory.exchange_plan")
    } == {"unreadable"}


def test_values_of_a_wrong_kind_are_unreadable_and_nothing_breaks() -> None:
    evidence = with_account(
        assignedPlans="all", provisionedPlans=7, accountEnabled="yes", createdDateTime="soon", mail=5
    ).build()
    for path in (
        "exchange_plan",
        "sharepoint_plan",
        "account_enabled",
        "created_at",
        "exchange_provisioning",
    ):
        assert reason(evidence, f"directory.{path}") == "unreadable"
    assert reason(evidence, "person.mail") == "unreadable"
