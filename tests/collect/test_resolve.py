"""From what was typed to one account, or to a clear reason why not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.collect.conftest import Asker, AskerFactory
from tests.conftest import SandboxFactory
from troubleshooter.collect.resolve import (
    Found,
    PersonAmbiguous,
    PersonBlank,
    PersonIsGroup,
    PersonLookupFailed,
    PersonUnknown,
    resolve,
)
from troubleshooter.collect.tenant import SharePointHostError
from troubleshooter.errors import RunFailed, UsageError
from troubleshooter.evidence.record import Collected
from troubleshooter.sandbox.model import FaultAnswer, PathFault, TenantState

PETRA = "petra.horvat@contoso.example"


@pytest.fixture
def variants(tenant: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory) -> Asker:
    """Two people of one name, an alias, a quote in a name, a name that begins with a dollar sign."""
    petra, layla = tenant.person(PETRA), tenant.person("layla.haddad@contoso.example")
    ines, marko = tenant.person("ines.tadic@contoso.example"), tenant.person("marko.soldo@contoso.example")
    accounts = (
        replace(
            petra,
            mail="desk@contoso.example",
            proxy_addresses=("SMTP:desk@contoso.example", "smtp:p@contoso.example"),
        ),
        replace(layla, mail="team@contoso.example", display_name="Same Name"),
        replace(ines, mail="team@contoso.example", display_name="Same Name", upn="o'neil@contoso.example"),
        replace(marko, upn="$marko@contoso.example"),
    )
    return ask(make_sandbox(replace(tenant, accounts=accounts)))


@pytest.mark.parametrize(
    "typed",
    [
        PETRA,
        PETRA.upper(),
        f"  <{PETRA}> ",
        "desk@contoso.example",
        "p@contoso.example",
        "smtp:p@contoso.example",
        "petra.horvat",
        "CONTOSO\\petra.horvat",
        "Petra Horvat",
    ],
)
def test_a_person_is_found_by_any_of_their_names(variants: Asker, tenant: TenantState, typed: str) -> None:
    (found,) = resolve(variants.graph, [typed])
    assert isinstance(found, Found), found
    assert found.key == tenant.person(PETRA).id


def test_a_person_is_found_by_object_id(variants: Asker, tenant: TenantState) -> None:
    (found,) = resolve(variants.graph, [tenant.person(PETRA).id])
    assert isinstance(found, Found)


@pytest.mark.parametrize("typed", ["o'neil@contoso.example", "$marko@contoso.example"])
def test_names_with_signs_of_the_query_language_are_names(variants: Asker, typed: str) -> None:
    (one,) = variants.everything(typed)
    assert isinstance(one, Collected)
    assert one.evidence.person.user_principal_name == typed
    assert one.evidence.sharepoint.profile_exists is True


def test_a_guest_is_found_by_the_long_sign_in_name(asker: Asker, tenant: TenantState) -> None:
    guest = next(account for account in tenant.accounts if "#EXT#" in account.upn)
    (found,) = resolve(asker.graph, [guest.upn])
    assert isinstance(found, Found)
    assert found.key == guest.id


def test_several_matches_are_named(variants: Asker) -> None:
    for typed in ("team@contoso.example", "Same Name"):
        (problem,) = resolve(variants.graph, [typed])
        assert isinstance(problem, PersonAmbiguous)
        assert problem.candidates == ("layla.haddad@contoso.example", "o'neil@contoso.example")
        assert "layla.haddad@contoso.example" in str(problem)


def test_the_address_of_a_group_is_told_from_an_unknown_one(variants: Asker) -> None:
    group, nobody = resolve(variants.graph, ["everyone@contoso.example", "nobody@contoso.example"])
    assert isinstance(group, PersonIsGroup)
    assert isinstance(nobody, PersonUnknown)


@pytest.mark.parametrize(
    "typed",
    [
        "nobody@contoso.example",
        "aaaaaaaa-0000-4000-8000-00000000ffff",
        "delta",
        "$count",
        "x' or startswith(userPrincipalName,'p",
        "../organization",
        "a/b@contoso.example",
        "?@contoso.example",
        "%2e%2e@contoso.example",
    ],
)
def test_whatever_is_no_name_is_unknown_and_asks_for_nothing_else(variants: Asker, typed: str) -> None:
    (problem,) = resolve(variants.graph, [typed])
    assert isinstance(problem, PersonUnknown), problem
    assert isinstance(problem, UsageError)
    assert typed in str(problem)
    assert problem.remedy


@pytest.mark.parametrize("typed", ["", "   ", "<>", "CONTOSO\\"])
def test_an_empty_name_is_refused_without_asking(variants: Asker, typed: str) -> None:
    before = len(variants.sandbox.requests)
    (problem,) = resolve(variants.graph, [typed])
    assert isinstance(problem, PersonBlank)
    assert len(variants.sandbox.requests) == before


def test_a_person_who_is_not_found_does_not_stop_the_others(asker: Asker) -> None:
    first, second, third = asker.everything("nobody@contoso.example", PETRA, "")
    assert isinstance(first, PersonUnknown)
    assert isinstance(second, Collected)
    assert isinstance(third, PersonBlank)


def test_a_search_that_failed_is_not_an_unknown_person(
    tenant: TenantState, make_sandbox: SandboxFactory, ask: AskerFactory
) -> None:
    fault = PathFault(r"/users\?", (FaultAnswer(503),), forever=True)
    asker = ask(make_sandbox(replace(tenant, accounts=(), faults=(fault,))))
    (problem,) = resolve(asker.graph, ["desk@contoso.example"])
    assert isinstance(problem, PersonLookupFailed)
    assert isinstance(problem, RunFailed)


def test_a_sharepoint_address_of_another_cloud_is_refused(asker: Asker) -> None:
    with pytest.raises(SharePointHostError):
        asker.one(PETRA, sharepoint_host="contoso.sharepoint.us")
