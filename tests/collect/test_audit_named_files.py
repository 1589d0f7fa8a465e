"""The profile has the last word on which file is somebody's picture, in an audit as for one person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.audit.audits import RULES, Run
from tests.conftest import SandboxFactory
from troubleshooter.collect.people import collect_people
from troubleshooter.diagnose.tenant import verdict_table
from troubleshooter.diagnose.verdict import diagnose_one
from troubleshooter.evidence.record import Collected
from troubleshooter.evidence.store import open_store
from troubleshooter.sandbox.casting import Casting, my_host, picture_url, upn_stem
from troubleshooter.sandbox.model import Account, TenantState
from troubleshooter.sandbox.people import generated_tenant
from troubleshooter.sandbox.server import Sandbox

Told = tuple[str, str, str | None, bool | None, bool | None]
"""State and cause, and what is known of the picture's address, its file, and the comparison."""


def with_old_name(cast: Casting, name: str, seed: int) -> Account:
    """Renamed: profile, index and files still bear the old name, and show the present photo."""
    stem = upn_stem(f"old.{name}@{cast.domain}")
    person = cast.with_profile(
        cast.healthy(name, name, "renamed", seed), picture_url=picture_url(my_host(), stem)
    )
    assert person.thumbnails is not None
    return replace(person, thumbnails=replace(person.thumbnails, stem=stem))


@pytest.fixture
def renamed(now: datetime) -> TenantState:
    """Healthy people, some renamed, one whose profile names a file that is not there."""
    cast = Casting(now)
    people = [cast.healthy(f"well{n}", f"Well {n}", "fine-everywhere", 300 + n) for n in range(3)]
    people += [with_old_name(cast, f"renamed{n}", 400 + n) for n in range(3)]
    people.append(cast.other_picture(with_old_name(cast, "stale", 420), 909, days=90))
    gone = cast.healthy("gone", "Gone", "picture-url-dead", 500)
    dead = picture_url(my_host(), upn_stem(f"nobody@{cast.domain}"))
    people.append(cast.with_profile(gone, picture_url=dead))
    return replace(generated_tenant(0, 1, now), accounts=tuple(people), signed_in=people[0].id)


def one_by_one(sandbox: Sandbox) -> dict[str, Told]:
    connected = Run().connect(sandbox).connected
    found: dict[str, Told] = {}
    for one in collect_people(
        connected.graph,
        connected.sharepoint,
        connected.cloud,
        [account.id for account in sandbox.tenant.accounts],
        run=connected.run,
        now=Run().now,
    ):
        assert isinstance(one, Collected)
        verdict, facts = diagnose_one(one, RULES).verdict, one.evidence
        found[facts.person.user_principal_name or ""] = (
            verdict.state.value,
            verdict.cause.id if verdict.cause else "",
            facts.sharepoint.picture_url_state,
            facts.sharepoint.thumbnails_present,
            facts.comparison.sharepoint_matches_photo,
        )
    return found


def in_bulk(sandbox: Sandbox, folder: Path, *, lists: bool) -> dict[str, Told]:
    """The same of an audit; without `lists` files and index rows are looked for singly."""
    with open_store(folder, read_only=False) as store:
        with store.transaction():
            store.put("in_bulk", lists)
        Run().collect(sandbox, store)
        verdict_table(store, RULES)
        return {
            upn: tuple(rest)
            for upn, *rest in store.query(
                "SELECT person.user_principal_name, state, cause, sharepoint.picture_url_state, "
                "sharepoint.thumbnails_present, comparison.sharepoint_matches_photo "
                "FROM verdicts JOIN people USING (person_id)"
            )
        }


@pytest.mark.parametrize("lists", [True, False])
def test_a_file_that_the_profile_names_is_looked_for_before_it_is_called_gone(
    make_sandbox: SandboxFactory, renamed: TenantState, tmp_path: Path, lists: bool
) -> None:
    sandbox = make_sandbox(renamed)
    single = one_by_one(sandbox)
    assert [upn for upn, told in single.items() if told[2] == "dead"] == ["gone@contoso.example"]
    assert in_bulk(sandbox, tmp_path, lists=lists) == single
