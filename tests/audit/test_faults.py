"""Trouble that passes: whatever happens on the way, everybody's verdict is that of an undisturbed run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.audit.audits import Audited, Run
from tests.conftest import SandboxFactory
from troubleshooter.sandbox.model import Fault, FaultAnswer, Spoiling, SpoiltAnswer, TenantState

GRAPH_BATCH = r"POST //graph.*/\$batch"
SHAREPOINT_BATCH = r"POST //contoso.*/_api/\$batch"
USERS = r"GET //graph.*/users\?\$select=id,"
LIBRARY = r"GET //contoso-my.*/items\?"
INDEX = "GET //contoso.*/_api/search/query"
PHOTO, BYTES = r"/users/[^/]*/photo$", r"/photo/\$value"
PROFILE, FILE = "peoplemanager", r"_LThumb.jpg'\)/\$value"
MAILBOX, PAGE = "/mailboxSettings/", "userphoto.aspx"

EVERY_REQUEST = (USERS, LIBRARY, INDEX, GRAPH_BATCH, SHAREPOINT_BATCH, PAGE)
EVERY_ITEM = (PHOTO, BYTES, MAILBOX, PROFILE, FILE)
EVERY_LIST = (USERS, LIBRARY, INDEX)

TOLD_OTHERWISE = (
    FaultAnswer(429, retry_after=3),
    FaultAnswer(429),
    FaultAnswer(429, retry_after=2.128, retry_style="fraction"),
    FaultAnswer(429, retry_after=7, retry_style="date"),
    FaultAnswer(503, "html", retry_after=4),
    FaultAnswer(503, "html"),
    FaultAnswer(429, "odata", retry_after=5),
    FaultAnswer(429, "empty", retry_after=90),
)
SIGN_IN_PAGE = FaultAnswer(200, "html", message="<p>Please sign in</p>")


@dataclass(frozen=True)
class Trouble:
    """What is answered in turn at one place, after so many good answers."""

    pattern: str
    faults: Sequence[Fault]
    after: int = 0


def audit(
    make_sandbox: SandboxFactory,
    tenant: TenantState,
    folder: Path,
    troubles: Sequence[Trouble],
    run: Run | None = None,
) -> Audited:
    """An audit with these faults, each of which must have been met."""
    sandbox = make_sandbox(tenant)
    for one in troubles:
        sandbox.inject(one.pattern, *one.faults, after=one.after)
    found = (run or Run()).audit(sandbox, folder)
    assert sandbox.stats()["injected"] == sum(len(one.faults) for one in troubles)
    return found


@pytest.mark.parametrize("places", [EVERY_REQUEST, EVERY_ITEM], ids=["whole answers", "parts of batches"])
def test_a_storm_of_refusals_is_sat_out_and_only_what_was_refused_is_asked_again(
    make_sandbox: SandboxFactory,
    mixed: TenantState,
    undisturbed: Audited,
    folder: Path,
    places: tuple[str, ...],
) -> None:
    storm = [Trouble(place, TOLD_OTHERWISE) for place in places]
    found = audit(make_sandbox, mixed, folder, storm)
    assert found.verdicts == undisturbed.verdicts
    injected = len(places) * len(TOLD_OTHERWISE)
    assert Counter(found.asked) == Counter(undisturbed.asked) + Counter(injected=injected)
    assert sum(one["refusals"] for one in found.traffic["waits"]) >= injected


@pytest.mark.parametrize(
    "fault",
    [SpoiltAnswer("reset"), SpoiltAnswer("reset", 0.0), SpoiltAnswer("stall")],
    ids=["reset in the middle of the body", "reset after the headers", "stalled"],
)
def test_a_connection_that_breaks_or_goes_silent_is_tried_again(
    make_sandbox: SandboxFactory,
    mixed: TenantState,
    undisturbed: Audited,
    folder: Path,
    fault: SpoiltAnswer,
) -> None:
    troubles = [Trouble(place, [fault]) for place in EVERY_REQUEST]
    found = audit(make_sandbox, mixed, folder, troubles, Run(read_seconds=1.0))
    assert found.verdicts == undisturbed.verdicts


SPOILT = {
    "cut short": [
        *(
            Trouble(place, [SpoiltAnswer("truncated", 0.6), SpoiltAnswer("truncated", 0)])
            for place in EVERY_LIST
        ),
        Trouble(GRAPH_BATCH, [SpoiltAnswer("truncated", share) for share in (0, 0.5, 0.99)]),
        Trouble(SHAREPOINT_BATCH, [SpoiltAnswer("truncated", share) for share in (0, 0.5, 0.99)]),
    ],
    "some left out": [
        *(Trouble(place, [SpoiltAnswer("rows_twice")], after=1) for place in EVERY_LIST),
        Trouble(GRAPH_BATCH, [SpoiltAnswer("items_missing", share) for share in (0, 0.5, 0.99)]),
        Trouble(SHAREPOINT_BATCH, [SpoiltAnswer("items_missing", share) for share in (0, 0.5, 0.99)]),
    ],
    "under a wrong name": [
        *(Trouble(place, [SpoiltAnswer("content_type"), SIGN_IN_PAGE]) for place in EVERY_LIST),
        *(
            Trouble(place, [SpoiltAnswer("content_type"), SIGN_IN_PAGE])
            for place in (GRAPH_BATCH, SHAREPOINT_BATCH)
        ),
    ],
}


@pytest.mark.parametrize("troubles", SPOILT.values(), ids=SPOILT)
def test_an_answer_that_came_spoilt_is_asked_for_again(
    make_sandbox: SandboxFactory,
    mixed: TenantState,
    undisturbed: Audited,
    folder: Path,
    troubles: list[Trouble],
) -> None:
    found = audit(make_sandbox, mixed, folder, troubles)
    assert found.verdicts == undisturbed.verdicts
    assert found.incomplete == ""


@pytest.mark.parametrize(
    ("how", "lists"),
    [("next_link_self", (USERS, LIBRARY)), ("next_link_first", (USERS, LIBRARY)), ("previous", EVERY_LIST)],
)
def test_a_list_that_leads_back_once_is_read_to_its_end_all_the_same(
    make_sandbox: SandboxFactory,
    mixed: TenantState,
    undisturbed: Audited,
    folder: Path,
    how: Spoiling,
    lists: tuple[str, ...],
) -> None:
    found = audit(make_sandbox, mixed, folder, [Trouble(one, [SpoiltAnswer(how)], after=1) for one in lists])
    assert found.verdicts == undisturbed.verdicts
    assert found.incomplete == ""


def test_tokens_that_die_early_again_and_again_are_renewed(
    make_sandbox: SandboxFactory, mixed: TenantState, undisturbed: Audited, folder: Path
) -> None:
    tenant = replace(mixed, token_uses=3, announced_seconds=3600)
    found = Run(workers=2).audit(make_sandbox(tenant), folder)
    assert found.verdicts == undisturbed.verdicts
    assert found.asked["sign_in"] > 10


@pytest.mark.parametrize("how", ["expired", "challenged"])
def test_sign_ins_that_end_in_the_middle_of_every_phase_are_renewed(
    make_sandbox: SandboxFactory, mixed: TenantState, undisturbed: Audited, folder: Path, how: str
) -> None:
    sandbox = make_sandbox(mixed)
    stages: Counter[str] = Counter()

    def end_sign_ins(stage: str, done: int, total: int) -> None:
        stages[stage] += 1
        if stage in ("people", "sample") or (stage == "users" and stages[stage] == 2):
            (sandbox.expire_tokens if how == "expired" else sandbox.revoke_sessions)()

    found = Run(report=end_sign_ins).audit(sandbox, folder)
    assert {"users", "people", "sample"} <= set(stages)
    assert found.verdicts == undisturbed.verdicts
