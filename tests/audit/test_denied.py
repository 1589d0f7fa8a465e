"""Trouble that stays: what could not be read makes people undecided, never fine or blamed on something."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.audit.audits import Audited, Run, Verdicts
from tests.audit.test_faults import (
    BYTES,
    FILE,
    INDEX,
    LIBRARY,
    MAILBOX,
    PAGE,
    PHOTO,
    PROFILE,
    USERS,
)
from tests.conftest import SandboxFactory
from troubleshooter.collect.crowd import NobodyAnswered
from troubleshooter.collect.listing import ListingFailed
from troubleshooter.evidence.store import open_store
from troubleshooter.sandbox.model import Fault, FaultAnswer, SpoiltAnswer, TenantState, denied_answer
from troubleshooter.signin.errors import SignInUnreachable
from troubleshooter.transport.answer import NoToken, Token, TokenProvider

BY_SAMPLE = {"fine-by-sample", "fine-pages-sampled"}
GRAPH_DENIED, SHAREPOINT_DENIED = denied_answer("graph"), denied_answer("sharepoint")


def changed(found: Audited, undisturbed: Audited) -> Verdicts:
    """Who got another verdict than in an undisturbed run."""
    assert set(found.verdicts) <= set(undisturbed.verdicts)
    return {one: new for one, new in found.verdicts.items() if new != undisturbed.verdicts[one]}


def audit(
    make_sandbox: SandboxFactory,
    tenant: TenantState,
    folder: Path,
    patterns: Sequence[str],
    fault: Fault,
    after: int,
) -> Audited:
    sandbox = make_sandbox(tenant)
    for pattern in patterns:
        sandbox.inject(pattern, fault, after=after, forever=True)
    found = Run().audit(sandbox, folder)
    assert sandbox.stats()["injected"] > 0
    return found


@pytest.mark.parametrize(
    ("patterns", "fault", "after"),
    [
        ([PROFILE], SHAREPOINT_DENIED, 0),
        ([PROFILE], SHAREPOINT_DENIED, 30),
        ([LIBRARY], SHAREPOINT_DENIED, 1),
        ([INDEX], SHAREPOINT_DENIED, 1),
        ([PHOTO], GRAPH_DENIED, 30),
        ([BYTES], GRAPH_DENIED, 20),
        ([MAILBOX, PAGE], SHAREPOINT_DENIED, 10),
        ([PROFILE, FILE, LIBRARY, INDEX], FaultAnswer(503, "html"), 1),
        ([PHOTO, BYTES], FaultAnswer(429), 20),
        ([LIBRARY], SpoiltAnswer("next_link_self"), 1),
        ([LIBRARY, INDEX], SpoiltAnswer("previous"), 1),
        ([LIBRARY, INDEX], SpoiltAnswer("truncated"), 1),
        ([PROFILE, PHOTO, MAILBOX], SpoiltAnswer("truncated"), 10),
        ([PROFILE, PAGE, FILE], SpoiltAnswer("content_type"), 0),
    ],
)
def test_a_source_that_stays_unreadable_makes_undecided_and_nothing_else(
    make_sandbox: SandboxFactory,
    mixed: TenantState,
    undisturbed: Audited,
    folder: Path,
    patterns: list[str],
    fault: Fault,
    after: int,
) -> None:
    found = audit(make_sandbox, mixed, folder, patterns, fault, after)
    assert set(found.verdicts) == set(undisturbed.verdicts)
    for person, (state, cause) in changed(found, undisturbed).items():
        # A later cause may stand in, if it is true and the one before it is named as undecided.
        doubted = undisturbed.verdicts[person][1] in found.doubts[person]
        assert state == "undecided" or (state == "problem" and doubted), (person, state, cause)
    assert not {cause for _, cause in found.verdicts.values()} & BY_SAMPLE


@pytest.mark.parametrize("how", ["next_link_self", "next_link_first", "previous"])
def test_a_list_of_people_that_leads_in_circles_is_said_to_be_incomplete_and_ends(
    make_sandbox: SandboxFactory, mixed: TenantState, undisturbed: Audited, folder: Path, how: str
) -> None:
    found = audit(make_sandbox, mixed, folder, [USERS], SpoiltAnswer(how), 1)  # type: ignore[arg-type]
    assert found.incomplete == "The list led in a circle, so it may not be complete."
    assert 0 < len(found.verdicts) < len(undisturbed.verdicts)
    assert not changed(found, undisturbed)
    assert found.asked["users"] < 10


@pytest.mark.parametrize(
    "fault",
    [SpoiltAnswer("truncated"), FaultAnswer(503, "html"), GRAPH_DENIED],
)
def test_people_who_cannot_be_listed_end_the_run_and_the_next_one_goes_on_from_the_last_whole_page(
    make_sandbox: SandboxFactory, mixed: TenantState, undisturbed: Audited, folder: Path, fault: Fault
) -> None:
    sandbox = make_sandbox(mixed)
    sandbox.inject(USERS, fault, after=2, forever=True)
    with open_store(folder, read_only=False) as store:
        with pytest.raises(ListingFailed):
            Run().collect(sandbox, store)
        assert store.get("listed_users") == 40
        assert store.finished_at is None
    sandbox.tenant = mixed
    found = Run().audit(sandbox, folder)
    assert found.verdicts == undisturbed.verdicts
    assert found.asked["users"] == undisturbed.asked["users"] - 3


@pytest.mark.parametrize("after", [16, 140, 200])
def test_a_network_that_is_gone_ends_the_run_instead_of_making_everybody_undecided(
    make_sandbox: SandboxFactory, mixed: TenantState, undisturbed: Audited, folder: Path, after: int
) -> None:
    sandbox = make_sandbox(mixed)
    sandbox.inject(".", SpoiltAnswer("reset"), after=after, forever=True)
    with open_store(folder, read_only=False) as store:
        with pytest.raises((ListingFailed, NobodyAnswered, SignInUnreachable)):
            Run().collect(sandbox, store)
        assert store.count() < len(undisturbed.verdicts)
        assert 0 < store.get("listed_users") <= len(undisturbed.verdicts)
    sandbox.tenant = mixed
    found = Run().audit(sandbox, folder)
    assert not changed(found, undisturbed)
    assert "file" not in found.asked or found.asked["file"] <= undisturbed.asked["file"]


class RefusedAt:
    """Tokens for every host but one."""

    def __init__(self, tokens: TokenProvider, host: str) -> None:
        self._tokens, self._host = tokens, host

    def token(self, resource: str, *, claims: str = "", renew: bool = False) -> Token:
        if self._host in resource:
            raise NoToken("No token for {host}.", "Ask somebody.", host=self._host)
        return self._tokens.token(resource, claims=claims, renew=renew)


def test_a_single_host_that_lets_nobody_in_is_a_gap_of_its_people_and_no_end_of_the_run(
    make_sandbox: SandboxFactory, mixed: TenantState, undisturbed: Audited, folder: Path
) -> None:
    sandbox, run = make_sandbox(mixed), Run()
    client = run.connect(sandbox)
    client.connected.service.tokens = RefusedAt(client.connected.service.tokens, "contosoeur-my")
    with open_store(folder, read_only=False) as store:
        run.collect(sandbox, store, client)
    found = run.audit(sandbox, folder)
    assert set(found.verdicts) == set(undisturbed.verdicts)
    homes = {
        one.id for one in mixed.accounts if "contosoeur" in one.profile.picture_url + one.profile.home_host
    }
    assert set(changed(found, undisturbed)) <= homes
    assert {state for state, _ in changed(found, undisturbed).values()} <= {"undecided"}
