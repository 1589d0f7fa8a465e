"""Each rule is complete: who acts is told how, and nothing is more certain than its sources allow."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tests.rules.test_every_rule import BOOK, CAUSES, RULES
from troubleshooter.diagnose.rule import Actor, Confidence, Rule, State, Step

# Every text of Microsoft's article on picture synchronisation by its generation, and where it was read.
ARTICLES = {
    "G0": "https://github.com/isabella232/OfficeDocs-AlchemyInsights-pr.hr-HR",
    "G2": "https://support.microsoft.com/sv-se/office/20594d76-d054-4af4-a660-401133e3d48a",
    "G4": "https://support.microsoft.com/es-es/office/informaci%C3%B3n-sobre-la-sincronizaci%C3%B3n",
}
# An admin without a command must be told a place: a page, a center, a client, an address or a file.
PLACE = re.compile(
    r"admin cent(er|re)|center|https://|page|portal|Active Directory|Entra|Outlook|Teams|SharePoint|Exchange"
    r"|app\b|report|policy|network|browser|mailbox|licen[cs]e|service health|this check|developers|script"
    r"|connector|Settings|support case",
    re.IGNORECASE,
)
# The picture timestamp is nowhere documented: whether it marks the last attempt or the last success, and in
# which zone. What rests on it is never certain.
TIMESTAMP = ("sharepoint.picture_timestamp", "sharepoint.picture_timestamp_raw")
VISIT = "Open a private browser window: InPrivate"
ASK = "Send the person the steps above."
ADMINS = (Actor.ADMIN, Actor.DEVELOPER, Actor.MICROSOFT)


def _visits(rule: Rule) -> bool:
    return any(step.text.startswith(VISIT) for step in rule.user_steps) or any(
        step.text.startswith(ASK) for step in rule.admin_steps
    )


def _steps(rule: Rule) -> tuple[Step, ...]:
    return (*rule.user_steps, *rule.admin_steps)


@pytest.mark.parametrize("rule", RULES)
def test_it_says_what_is_so_in_both_registers_and_what_would_have_made_it_so(rule: Rule) -> None:
    assert rule.title
    assert rule.because
    assert rule.headline.endswith((".", "?"))
    assert rule.near_miss.endswith(".")


@pytest.mark.parametrize("rule", RULES)
def test_it_rests_on_public_pages_with_the_day_they_were_read_and_knows_its_errors(rule: Rule) -> None:
    assert rule.references
    assert rule.false_positives
    for reference in rule.references:
        assert reference.title
        assert date(2026, 1, 1) <= date.fromisoformat(reference.checked_on)


@pytest.mark.parametrize("rule", RULES)
def test_whoever_acts_has_steps(rule: Rule) -> None:
    if rule.state in CAUSES:
        assert rule.user_steps or rule.actor is not Actor.USER
        assert rule.admin_steps or rule.actor not in ADMINS
        assert _steps(rule), "somebody reads the report, if only to be told to wait"


@pytest.mark.parametrize("rule", RULES)
def test_a_person_is_told_why(rule: Rule) -> None:
    assert [step.text for step in rule.user_steps if not step.why] == []
    assert [step.text for step in rule.user_steps if step.command or step.undo] == []


@pytest.mark.parametrize("rule", RULES)
def test_an_administrator_knows_place_effect_way_back_and_proof(rule: Rule) -> None:
    for step in rule.admin_steps:
        assert step.command or PLACE.search(step.text), step.text
        assert step.effect, step.text
        assert step.undo, step.text
        assert step.verify, step.text


@pytest.mark.parametrize("rule", RULES)
def test_high_confidence_has_a_documented_source(rule: Rule) -> None:
    if rule.confidence is Confidence.HIGH:
        assert "documented" in {reference.supports for reference in rule.references}


@pytest.mark.parametrize("rule", RULES)
def test_nothing_that_rests_on_the_picture_timestamp_is_certain(rule: Rule) -> None:
    if set(TIMESTAMP) & {*rule.needs, *rule.wait_from}:
        assert rule.confidence is not Confidence.HIGH


@pytest.mark.parametrize("rule", RULES)
def test_a_constant_of_scripts_proves_only_what_practitioners_found(rule: Rule) -> None:
    if "'script_constant'" in rule.when:
        assert rule.confidence is not Confidence.HIGH


@pytest.mark.parametrize("rule", RULES)
def test_whoever_is_sent_to_sharepoint_learns_on_which_text_that_rests(rule: Rule) -> None:
    assert rule.generation or not _visits(rule)


@pytest.mark.parametrize("rule", RULES)
def test_the_text_it_rests_on_is_among_its_sources(rule: Rule) -> None:
    if rule.generation:
        article = ARTICLES[rule.generation]
        assert any(reference.url.startswith(article) for reference in rule.references)


@pytest.mark.parametrize("rule", RULES)
def test_whoever_is_sent_to_sharepoint_learns_how_long_waiting_is_normal(rule: Rule) -> None:
    if _visits(rule):
        assert rule.normal_for
        assert rule.stuck_after
        assert rule.stuck_after > rule.normal_for


@pytest.mark.parametrize("rule", RULES)
def test_what_is_on_its_way_says_when_it_is_stuck(rule: Rule) -> None:
    if rule.state is State.ON_ITS_WAY:
        assert rule.wait_from
        assert rule.normal_for
        assert rule.stuck_after


def test_every_actor_and_state_is_used() -> None:
    assert {rule.actor for rule in BOOK.rules} == set(Actor)
    assert {rule.state for rule in BOOK.rules} == set(State)
