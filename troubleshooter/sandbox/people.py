"""The scripted tenant: one person for each situation, and any number of generated people."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from troubleshooter.sandbox.apps import scripted_clients
from troubleshooter.sandbox.casting import TENANT_ID, Casting, created_before, object_id
from troubleshooter.sandbox.model import Account, Group, TenantState
from troubleshooter.sandbox.people_servers import client_people, sharepoint_people
from troubleshooter.sandbox.people_sources import image_people, source_people

GLOBAL_ADMIN_ROLE = "62e90394-69f5-4237-9190-012177145e10"

# Few faces for many people: all of them fit into the cache of drawn portraits.
_FACES, _OLD_FACES = 10_000, 20_000
_FIRST = (
    "Ana",
    "Bruno",
    "Chidi",
    "Dunja",
    "Emil",
    "Farah",
    "Goran",
    "Hana",
    "Igor",
    "Jelena",
    "Kwame",
    "Lana",
)
_LAST = (
    "Anić",
    "Babić",
    "Castro",
    "Dorić",
    "Eze",
    "Fabris",
    "Gotal",
    "Hussein",
    "Ivić",
    "Jurić",
    "Kos",
    "Lee",
)


# Departments of an invented company, and where its people work; the first ones have the most people.
_DEPARTMENTS = (
    "Production",
    "Sales",
    "Service",
    "Logistics",
    "Finance",
    "IT",
    "Research",
    "People",
    "Legal",
    "",
)
_COUNTRIES = ("HR", "HR", "HR", "HR", "DE", "DE", "SI", "AT", "US", "SE", "")
_CREATED_DAYS = 3000
_YOUNGEST_DAYS = 410  # older than their licences


def scripted_tenant(now: datetime) -> TenantState:
    """The tenant of the demo and the tests; every time in it is relative to `now` (UTC)."""
    cast = Casting(now)
    people = (*source_people(cast), *image_people(cast), *sharepoint_people(cast), *client_people(cast))
    people = tuple(_placed(number, person) for number, person in enumerate(people))
    return TenantState(
        id=TENANT_ID,
        now=now,
        accounts=people,
        clients=scripted_clients(),
        groups=(Group(object_id("group all"), "All of Contoso", f"everyone@{cast.domain}"),),
        signed_in=cast.healthy("petra.horvat", "", "", 0).id,
    )


def _placed(number: int, person: Account) -> Account:
    """Somebody with a department; guests, rooms and shared mailboxes have none."""
    employed = person.user_type == "Member" and person.mailbox.purpose == "user"
    return replace(person, department=_DEPARTMENTS[number % len(_DEPARTMENTS)]) if employed else person


def policy_tenants(now: datetime) -> tuple[TenantState, ...]:
    """Two small tenants whose photo policy is the cause: on premises only, and some roles only."""
    base = scripted_tenant(now)
    cast = Casting(now)

    def small(situation: str) -> TenantState:
        wish: dict[str, object] = {"symptom": "cannot_change", "app": "profile_card"}
        person = cast.healthy("lucija.blazevic", "Lucija Blažević", situation, 7, ticket=wish)
        synced = cast.healthy(
            "tin.vukovic",
            "Tin Vuković",
            situation,
            8,
            ticket=wish,
            on_premises_synced=True,
            on_premises_last_sync=now,
        )
        return replace(base, accounts=(person, synced), signed_in=person.id)

    return (
        small("photo-policy-on-premises").with_policy("onPremises"),
        small("photo-policy-roles").with_policy(None, (GLOBAL_ADMIN_ROLE,)),
    )


def generated_tenant(count: int, seed: int, now: datetime) -> TenantState:
    """A tenant of `count` invented people with the app registrations of the scripted one."""
    people = tuple(generated_people(count, seed, now))
    signed_in = people[0].id if people else ""
    return TenantState(
        id=TENANT_ID, now=now, accounts=people, clients=scripted_clients(), signed_in=signed_in
    )


def generated_people(count: int, seed: int, now: datetime) -> Iterator[Account]:
    """Invented people in the proportions of an ordinary tenant; nothing is drawn until it is asked for."""
    pick = random.Random(seed)  # noqa: S311 - invented people, no secret
    # Chance of its own for what tells nothing about a photo: the situations stay those of the seed.
    office = random.Random(f"office {seed}")  # noqa: S311 - invented people, no secret
    cast = Casting(now)
    for number in range(count):
        first, last = pick.choice(_FIRST), pick.choice(_LAST)
        face = _FACES + pick.randrange(40)
        person = cast.healthy(
            f"person{number:06d}",
            f"{first} {last}",
            "fine-everywhere",
            face,
            department=_DEPARTMENTS[int(len(_DEPARTMENTS) * office.random() ** 1.6)],
            usage_location=office.choice(_COUNTRIES),
            created=created_before(now, _YOUNGEST_DAYS + office.randrange(_CREATED_DAYS)),
        )
        yield _fate(cast, person, pick)


def _fate(cast: Casting, person: Account, pick: random.Random) -> Account:
    chance = pick.random()
    if chance < 0.62:
        return person
    if chance < 0.74:
        return replace(cast.never_copied(person), situation="never-triggered")
    if chance < 0.84:
        blank = cast.never_copied(cast.without_photo(person))
        return replace(blank, situation="no-photo-anywhere")
    if chance < 0.90:
        old = cast.other_picture(person, _OLD_FACES + pick.randrange(12), days=pick.uniform(4, 60))
        return replace(old, situation="stale-beyond-window")
    if chance < 0.95:
        new = cast.other_picture(person, _OLD_FACES + pick.randrange(12), hours=pick.uniform(1, 20))
        return replace(new, situation="stale-within-window")
    if chance < 0.98:
        return replace(person, enabled=False, situation="account-blocked")
    return replace(cast.with_profile(person, placeholder="1"), situation="placeholder-stuck")
