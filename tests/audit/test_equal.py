"""The bulk path finds what the path for single people finds; samples; whom an audit looks at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.audit.audits import EVERYTHING, RULES, Audited, Run, Verdicts
from tests.conftest import SandboxFactory
from troubleshooter.cli.audit_connect import utc_now
from troubleshooter.collect.audit_tools import Choices, Sizes
from troubleshooter.collect.crowd import Depths
from troubleshooter.collect.people import collect_people
from troubleshooter.diagnose.verdict import diagnose_one
from troubleshooter.evidence.record import Collected
from troubleshooter.evidence.store import open_store
from troubleshooter.sandbox.casting import Casting
from troubleshooter.sandbox.model import Mailbox, TenantState, denied_answer
from troubleshooter.sandbox.people import generated_people, generated_tenant, scripted_tenant
from troubleshooter.sandbox.server import Sandbox

ALL = Choices(guests=True, rooms=True)
LARGE = Sizes()
PROVEN = ("fine", "fine-everywhere")
SAMPLED = {("fine", "fine-by-sample"), ("fine", "fine-pages-sampled")}


def one_by_one(sandbox: Sandbox) -> Verdicts:
    """State and cause of everybody, each collected as for a ticket about nothing in particular."""
    connected = Run().connect(sandbox).connected
    found = collect_people(
        connected.graph,
        connected.sharepoint,
        connected.cloud,
        [account.id for account in sandbox.tenant.accounts],
        run=connected.run,
        now=utc_now,
    )
    verdicts: Verdicts = {}
    for one in found:
        assert isinstance(one, Collected)
        verdict = diagnose_one(one, RULES).verdict
        assert one.evidence.person.id
        verdicts[one.evidence.person.id] = (verdict.state.value, verdict.cause.id if verdict.cause else "")
    return verdicts


@pytest.fixture(scope="module")
def everybody(now: datetime) -> TenantState:
    """The scripted people, three hundred generated ones, rooms and guests among them."""
    scripted = scripted_tenant(now)
    people = generated_people(300, 5, now)
    return replace(scripted, accounts=(*scripted.accounts, *people))


@pytest.fixture(scope="module")
def running(everybody: TenantState) -> Iterator[Sandbox]:
    with Sandbox(everybody) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def single(running: Sandbox) -> Verdicts:
    """What the path for single people finds."""
    return one_by_one(running)


def test_asked_for_everything_the_bulk_path_finds_exactly_the_same(
    running: Sandbox, single: Verdicts, tmp_path: Path
) -> None:
    choices = replace(ALL, depths=EVERYTHING)
    found = Run(choices=choices, sizes=LARGE).audit(running, tmp_path)
    assert found.verdicts == single


def test_asked_for_what_is_needed_it_finds_the_same_but_for_proof_by_sample(
    running: Sandbox, single: Verdicts, tmp_path: Path
) -> None:
    found = Run(choices=ALL, sizes=LARGE).audit(running, tmp_path)
    assert set(found.verdicts) == set(single)
    for person, expected in single.items():
        verdict = found.verdicts[person]
        # One page that shows the grey figure among those of more than a hundred people need not be drawn.
        sampled = verdict in SAMPLED and expected in (PROVEN, ("problem", "page-serves-default"))
        assert verdict == expected or sampled, (person, expected, verdict)
    assert sum(found.asked.values()) < 6.5 * len(single)


def healthy(now: datetime, count: int, **changes: object) -> TenantState:
    """So many people about whom every store agrees."""
    cast = Casting(now)
    accounts = [
        cast.healthy(
            f"healthy{number:04d}", f"Healthy {number}", "fine-everywhere", 10_000 + number % 7, **changes
        )
        for number in range(count)
    ]
    return replace(generated_tenant(0, 1, now), accounts=tuple(accounts), signed_in=accounts[0].id)


def test_where_a_clean_sample_speaks_for_everybody_the_others_are_not_asked(
    make_sandbox: SandboxFactory, now: datetime, tmp_path: Path
) -> None:
    found = Run(sizes=LARGE).audit(make_sandbox(healthy(now, 180)), tmp_path)
    assert found.sample == {"profiles": 100, "differing": 0, "pages": 100, "default": 0}
    causes = [cause for _, cause in found.verdicts.values()]
    assert {state for state, _ in found.verdicts.values()} == {"fine"}
    assert (causes.count("fine-by-sample"), causes.count("fine-everywhere")) == (80, 100)
    assert (found.asked["profile"], found.asked["page_photo"]) == (100, 101)
    assert "mailbox" not in found.asked
    assert found.traffic["requests"] < 150


def test_where_one_sampled_profile_differs_everybodys_is_asked(
    make_sandbox: SandboxFactory, now: datetime, tmp_path: Path
) -> None:
    tenant = healthy(now, 180)
    cast = Casting(now)
    stuck = tuple(cast.with_profile(one, placeholder="1") for one in tenant.accounts[::9])
    found = Run(sizes=LARGE).audit(make_sandbox(tenant.with_accounts(*stuck)), tmp_path)
    assert found.sample["differing"] > 0
    assert found.asked["profile"] == 180
    problems = {person for person, (_, cause) in found.verdicts.items() if cause == "placeholder-stuck"}
    assert problems == {one.id for one in stuck}
    assert not {cause for _, cause in found.verdicts.values()} & {"fine-by-sample"}


def test_where_one_sampled_page_shows_the_default_figure_everybodys_is_looked_at(
    make_sandbox: SandboxFactory, now: datetime, tmp_path: Path
) -> None:
    tenant = healthy(now, 180)
    figures = tuple(replace(one, serves_default=True) for one in tenant.accounts[::12])
    found = Run(sizes=LARGE).audit(make_sandbox(tenant.with_accounts(*figures)), tmp_path)
    assert found.sample["default"] > 0
    assert (found.asked["profile"], found.asked["page_photo"]) == (180, 181)
    shown = {person for person, (_, cause) in found.verdicts.items() if cause == "page-serves-default"}
    assert shown == {one.id for one in figures}
    assert not {cause for _, cause in found.verdicts.values()} & {"fine-by-sample", "fine-pages-sampled"}


def test_asked_for_everybodys_page_nobody_is_fine_by_sample(
    make_sandbox: SandboxFactory, now: datetime, tmp_path: Path
) -> None:
    choices = replace(ALL, depths=Depths(pages="all"))
    found = Run(choices=choices, sizes=LARGE).audit(make_sandbox(healthy(now, 130)), tmp_path)
    assert set(found.verdicts.values()) == {PROVEN}
    assert (found.asked["profile"], found.asked["page_photo"]) == (130, 131)


def test_where_profiles_are_denied_nobody_is_fine_by_sample(
    make_sandbox: SandboxFactory, now: datetime, tmp_path: Path
) -> None:
    sandbox = make_sandbox(healthy(now, 180))
    sandbox.inject("peoplemanager", denied_answer("sharepoint"), forever=True)
    found = Run(sizes=LARGE).audit(sandbox, tmp_path)
    assert {state for state, _ in found.verdicts.values()} == {"undecided"}
    # On both hosts for the sample, and then nobody else is asked for what is refused.
    assert found.asked["injected"] == 200


@pytest.fixture
def with_others(now: datetime) -> TenantState:
    """Ten people, three guests, two rooms, one equipment."""
    cast = Casting(now)
    guests = [
        cast.guest(f"guest{n}", "elsewhere.example", f"Guest {n}", "guest-no-photo", n) for n in range(3)
    ]
    places = [
        cast.healthy(f"room{n}", f"Room {n}", "fine-everywhere", n, mailbox=Mailbox(purpose=purpose))
        for n, purpose in enumerate(("room", "room", "equipment"))
    ]
    without = [cast.never_copied(cast.without_photo(one)) for one in places]
    tenant = healthy(now, 10)
    return tenant.with_accounts(*guests, *without)


def test_guests_and_rooms_are_left_out_and_counted_unless_they_are_wanted(
    make_sandbox: SandboxFactory, with_others: TenantState, tmp_path: Path
) -> None:
    sandbox = make_sandbox(with_others)
    found = Run(choices=Choices()).audit(sandbox, tmp_path / "some")
    assert (len(found.verdicts), found.not_looked_at) == (10, {"guests": 3, "rooms": 3})
    found = Run(choices=ALL).audit(sandbox, tmp_path / "all")
    assert (len(found.verdicts), found.not_looked_at) == (16, {})
    found = Run(choices=Choices(rooms=True)).audit(sandbox, tmp_path / "rooms")
    assert (len(found.verdicts), found.not_looked_at) == (13, {"guests": 3})


def test_a_filter_of_the_directory_looks_at_those_who_fit_alone(
    make_sandbox: SandboxFactory, with_others: TenantState, tmp_path: Path
) -> None:
    sandbox = make_sandbox(with_others)
    choices = replace(ALL, where="startsWith(userPrincipalName,'healthy000')")
    found = Run(choices=choices).audit(sandbox, tmp_path)
    names = {one.id for one in with_others.accounts if one.upn.startswith("healthy000")}
    assert set(found.verdicts) == names


def drawn(sandbox: Sandbox, folder: Path, salt: str, count: int) -> tuple[set[str], Audited]:
    """Whom a sample with this salt looks at."""
    choices = replace(ALL, sample=count)
    folder.mkdir()
    with open_store(folder, read_only=False) as store, store.transaction():
        store.put("settings", choices.as_data())
        store.put("salt", salt)
    found = Run(choices=choices).audit(sandbox, folder)
    return set(found.verdicts), found


def test_a_sample_is_drawn_at_random_and_with_one_salt_the_same_again(
    make_sandbox: SandboxFactory, now: datetime, tmp_path: Path
) -> None:
    sandbox = make_sandbox(generated_tenant(60, 3, now))
    first, found = drawn(sandbox, tmp_path / "first", "salt", 12)
    assert (len(first), found.not_looked_at) == (12, {"sample": 48})
    assert drawn(sandbox, tmp_path / "again", "salt", 12)[0] == first
    assert drawn(sandbox, tmp_path / "other", "pepper", 12)[0] != first
    assert found.asked["photo"] == 12
