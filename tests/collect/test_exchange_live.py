"""The unsupported endpoint, over TLS against the sandbox: four reading cmdlets, and gaps otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.collect.answers import reason
from tests.collect.conftest import Asker, AskerFactory
from tests.conftest import SandboxFactory
from troubleshooter.collect.exchange_live import PERMISSION, LiveExchange
from troubleshooter.evidence.record import Evidence
from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.model import EXCHANGE, FaultAnswer, OwaPolicy, RolePolicy, TenantState, deny
from troubleshooter.transport.exchange import READS, ExchangeClient

PERSON = "petra.horvat@contoso.example"
ROLE = "mailbox.photo_role_assigned"
FACTS = ("policy.owa_set_photo_enabled", "mailbox.photo_change_allowed", ROLE)


def told(asker: Asker, *people: str) -> list[Evidence]:
    exchange = LiveExchange(ExchangeClient(asker.graph.service, asker.cloud, asker.sandbox.tenant.id))
    return [exchange.told(asker.one(person).evidence) for person in people or (PERSON,)]


def test_the_policy_of_the_mailbox_and_the_default_one_are_read(
    tenant: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    policies = (OwaPolicy(set_photo_enabled=True), OwaPolicy("Frontline", False, is_default=False))
    person = replace(tenant.person(PERSON), owa_policy="Frontline")
    sandbox = make_sandbox(replace(tenant, owa_policies=policies).with_accounts(person))
    (evidence,) = told(ask(sandbox))
    assert [evidence.value(path) for path in FACTS] == [True, False, True]
    source = evidence.source("mailbox.photo_change_allowed")
    assert source is not None
    assert source.url.endswith("/InvokeCommand (Get-CASMailbox)")
    assert "/adminapi/beta/" in source.url


def test_the_policies_are_asked_for_once(asker: Asker) -> None:
    before = len(asker.sandbox.requests)
    told(asker, PERSON, "rita.supek@contoso.example")
    calls = [one for one in list(asker.sandbox.requests)[before:] if one.host.startswith("exchange.")]
    # Of the policies one question each, of each mailbox two.
    assert [one.method for one in calls] == ["POST"] * 6
    assert {one.status for one in calls} == {200}


def test_a_mailbox_that_exchange_does_not_know_is_a_gap(asker: Asker) -> None:
    (evidence,) = told(asker, "mirta.sever@contoso.example")
    assert evidence.policy.owa_set_photo_enabled is True
    assert reason(evidence, "mailbox.photo_change_allowed") == "not_available"


def test_the_roles_of_the_policy_that_the_mailbox_has_are_read(
    tenant: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    locked = RolePolicy("No photos", ("MyBaseOptions", "MyProfileInformation"))
    person = replace(tenant.person(PERSON), role_policy="No photos")
    state = replace(tenant, role_policies=(RolePolicy(), locked)).with_accounts(person)
    first, second = told(ask(make_sandbox(state)), PERSON, "rita.supek@contoso.example")
    assert (first.value(ROLE), second.value(ROLE)) == (False, True)
    source = first.source(ROLE)
    assert source is not None
    assert source.url.endswith("/InvokeCommand (Get-ManagementRoleAssignment)")


def test_a_policy_that_exchange_does_not_know_is_a_gap(
    tenant: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    person = replace(tenant.person(PERSON), role_policy="Gone")
    (evidence,) = told(ask(make_sandbox(tenant.with_accounts(person))))
    assert reason(evidence, ROLE) == "not_available"
    assert evidence.mailbox.photo_change_allowed is True


def test_without_the_permission_both_facts_name_it(
    tenant: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    poor = deny(tenant, DEMO_CLIENT, EXCHANGE, "Exchange.ManageAsApp")
    (evidence,) = told(ask(make_sandbox(poor)))
    for path in FACTS:
        gap = evidence.gap(path)
        assert gap is not None
        assert (gap.reason.value, gap.permission) == ("denied", PERMISSION)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (FaultAnswer(404, code="NotFound"), "not_available"),
        (FaultAnswer(200, body="html"), "unreadable"),
        (FaultAnswer(200, body="truncated"), "unreadable"),
        (FaultAnswer(503), "service_error"),
        (FaultAnswer(429, retry_after=0), "throttled"),
    ],
)
def test_an_endpoint_that_changed_or_failed_is_a_gap_and_the_rest_stays(
    tenant: TenantState,
    make_sandbox: SandboxFactory,
    ask: AskerFactory,
    fault: FaultAnswer,
    expected: str,
) -> None:
    sandbox = make_sandbox(tenant)
    sandbox.inject("InvokeCommand", fault, forever=True)
    (evidence,) = told(ask(sandbox))
    assert {reason(evidence, path) for path in FACTS} == {expected}
    assert evidence.comparison.sharepoint_matches_photo is True


def test_only_the_reading_cmdlets_are_ever_sent(asker: Asker) -> None:
    client = ExchangeClient(asker.graph.service, asker.cloud, asker.sandbox.tenant.id)
    with pytest.raises(ValueError, match="Set-OwaMailboxPolicy"):
        client.read("Set-OwaMailboxPolicy")
    assert all(cmdlet.startswith("Get-") for cmdlet in READS)
