"""The cast: one person for each situation, reproducible, nobody real."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from troubleshooter.evidence.schema import GROUPS
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.people import generated_people, policy_tenants, scripted_tenant
from troubleshooter.sandbox.pictures import render, renditions, thumbnail

SITUATIONS = [
    "account-blocked",
    "guest-no-photo",
    "guest-not-synced",
    "no-exchange-licence",
    "exchange-plan-off",
    "mailbox-pending",
    "mailbox-on-premises",
    "mailbox-nobody-signs-in",
    "no-photo-anywhere",
    "sharepoint-keeps-removed-photo",
    "entra-only",
    "image-undecodable",
    "image-animated",
    "image-unusual-colours",
    "image-too-small",
    "sharepoint-profile-missing",
    "profile-of-other-account",
    "sync-off",
    "script-constant",
    "placeholder-stuck",
    "picture-url-empty",
    "picture-url-dead",
    "picture-url-elsewhere",
    "thumbnail-blank",
    "never-triggered",
    "timestamp-unreadable",
    "stale-within-window",
    "stale-beyond-window",
    "picture-named-after-old-name",
    "wrong-geo",
    "page-serves-default",
    "search-index-stale",
    "fine-everywhere",
    "browser-cache",
    "teams-cache",
]

OTHER_PICTURE = {
    "no-exchange-licence",
    "profile-of-other-account",
    "sync-off",
    "script-constant",
    "thumbnail-blank",
    "timestamp-unreadable",
    "stale-within-window",
    "stale-beyond-window",
    "picture-named-after-old-name",
    "wrong-geo",
}


def test_every_situation_has_somebody(tenant: TenantState) -> None:
    found = Counter(account.situation for account in tenant.accounts)
    assert sorted(found) == sorted(SITUATIONS)
    assert len(tenant.accounts) >= 34


def test_everybody_is_unique_and_the_signed_in_person_exists(tenant: TenantState) -> None:
    ids = {account.id for account in tenant.accounts}
    names = {account.upn.lower() for account in tenant.accounts}
    assert len(ids) == len(names) == len(tenant.accounts)
    assert tenant.person(tenant.signed_in).display_name == "Petra Horvat"


def test_the_same_moment_gives_the_same_tenant(now: datetime, tenant: TenantState) -> None:
    assert scripted_tenant(now) == tenant
    assert list(generated_people(50, 3, now)) == list(generated_people(50, 3, now))
    assert list(generated_people(50, 3, now)) != list(generated_people(50, 4, now))


def test_each_ticket_uses_facts_of_the_schema(tenant: TenantState) -> None:
    known = set(GROUPS["ticket"].__dataclass_fields__)
    tickets = [account.ticket for account in tenant.accounts if account.ticket]
    assert len(tickets) == 2
    assert all(set(ticket) <= known for ticket in tickets)


def test_a_thumbnail_shows_the_photo_unless_the_situation_says_otherwise(tenant: TenantState) -> None:
    for account in tenant.accounts:
        if account.thumbnails is None or account.photo.picture is None:
            continue
        differs = account.thumbnails.picture.seed != account.photo.picture.seed
        assert differs == (account.situation in OTHER_PICTURE), account.upn


def test_pictures_are_the_same_bytes_every_time(tenant: TenantState) -> None:
    person = tenant.person("petra.horvat@contoso.example")
    largest = list(renditions(person.photo).values())[-1]
    before = render(largest)
    render.cache_clear()
    assert render(largest) == before
    assert person.thumbnails
    assert render(thumbnail(person.thumbnails.picture, "M", 300)) != before


def test_the_policy_tenants_have_a_policy_and_a_wish(now: datetime) -> None:
    on_premises, roles = policy_tenants(now)
    assert on_premises.policy
    assert on_premises.policy.source == "onPremises"
    assert roles.policy
    assert roles.policy.allowed_roles
    for tenant in (on_premises, roles):
        assert all(account.ticket["symptom"] == "cannot_change" for account in tenant.accounts)
        assert tenant.person(tenant.signed_in)
