"""What every rule about the whole tenant must keep, walked over the real rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.rules.test_commands import _COMMAND, CURRENT, RETIRED
from tests.rules.test_words import ARTICLES, PLACE
from troubleshooter.diagnose.rule import Actor, Confidence, Rule, State
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.diagnose.tenant_rules import load_tenant_rules
from troubleshooter.diagnose.tenant_rules_bounds import RUN_FACTS, WORDS
from troubleshooter.evidence.aggregates import FEWEST_PEOPLE, TENANT_FACTS, TOPICS

BOOK = load_tenant_rules()
PEOPLE = load_rules()
RULES = [pytest.param(rule, id=rule.id) for rule in BOOK.rules]
FOLDER = Path(__file__).parents[2] / "rules" / "_tenant"
# Rules that rest on a reading of the tenant itself: no number of people could make it surer.
READINGS = ("my-site-host-nearly-full", "pages-show-no-photos")


def _words(rule: Rule) -> Iterator[str]:
    yield from (rule.title, rule.headline, rule.because, rule.near_miss, *rule.false_positives)
    for step in rule.admin_steps:
        yield from (step.text, step.command, step.effect, step.undo, step.verify)


def test_every_file_is_a_rule_and_no_rule_about_people_has_its_id() -> None:
    assert {path.stem for path in FOLDER.glob("*.toml")} == {rule.id for rule in BOOK.rules}
    assert not {rule.id for rule in BOOK.rules} & {rule.id for rule in PEOPLE.rules}


def test_rules_about_people_do_not_know_them() -> None:
    assert not [rule for rule in PEOPLE.rules if rule.area == "_tenant"]


@pytest.mark.parametrize("rule", RULES)
def test_it_says_what_is_so_and_what_would_have_made_it_so(rule: Rule) -> None:
    assert rule.state in (State.PROBLEM, State.ADVICE)
    assert rule.actor in (Actor.ADMIN, Actor.MICROSOFT)
    assert rule.headline.endswith(".")
    assert rule.near_miss.endswith(".")
    assert rule.false_positives


@pytest.mark.parametrize("rule", RULES)
def test_its_proof_tells_numbers(rule: Rule) -> None:
    assert re.search(r"\{\{ tenant\.\w+", rule.because)


@pytest.mark.parametrize("rule", RULES)
def test_its_headline_reads_without_any_fact(rule: Rule) -> None:
    assert "{" not in rule.headline + rule.title + rule.near_miss


@pytest.mark.parametrize("rule", RULES)
def test_it_rests_on_public_pages_with_the_day_they_were_read(rule: Rule) -> None:
    assert rule.references
    for reference in rule.references:
        assert reference.title
        assert date(2026, 1, 1) <= date.fromisoformat(reference.checked_on)
    if rule.confidence is Confidence.HIGH:
        assert "documented" in {reference.supports for reference in rule.references}
    if rule.generation:
        article = ARTICLES[rule.generation]
        assert any(reference.url.startswith(article) for reference in rule.references)


@pytest.mark.parametrize("rule", RULES)
def test_an_administrator_knows_place_effect_way_back_and_proof(rule: Rule) -> None:
    assert rule.admin_steps
    for step in rule.admin_steps:
        assert step.command or PLACE.search(step.text) or "report" in step.text, step.text
        assert step.effect, step.text
        assert step.undo, step.text
        assert step.verify, step.text


@pytest.mark.parametrize("rule", RULES)
def test_every_command_is_one_that_was_looked_up_and_none_is_retired(rule: Rule) -> None:
    texts = list(_words(rule))
    assert {name for text in texts for name in _COMMAND.findall(text)} <= CURRENT
    assert [found.group() for text in texts for found in RETIRED.finditer(text)] == []


@pytest.mark.parametrize("rule", RULES)
def test_what_it_explains_is_a_cause_somebody_can_have(rule: Rule) -> None:
    causes = {other.id for other in PEOPLE.rules if other.state not in (State.ADVICE, State.FINE)}
    assert set(rule.explains) <= causes | {other.id for other in BOOK.rules}
    if rule.state is State.PROBLEM:
        assert set(rule.explains) & causes


@pytest.mark.parametrize("rule", RULES)
def test_no_handful_of_people_makes_it_true(rule: Rule) -> None:
    """Every way to be true asks for a number of people, or for a reading of the tenant itself."""
    if rule.id in READINGS:
        return
    for way in re.split(r"\)\s*or\s*\(", rule.when):
        numbers = [int(number) for number in re.findall(r"_people >= (\d+)", way)]
        assert numbers, way
        assert max(numbers) >= (5 if "photo_source" in way or "photo_roles" in way else 10)
        if "_share" not in way and "days_" not in way:
            assert max(numbers) >= FEWEST_PEOPLE or "tenant.photo_" in way


@pytest.mark.parametrize("rule", RULES)
def test_its_examples_show_what_bounds_leave_open(rule: Rule) -> None:
    assert {example.expect for example in rule.examples} == {True, False, None}
    assert all(example.name.endswith(".") for example in rule.examples)


def test_every_fact_in_a_rule_is_one_of_the_tenant_or_the_run() -> None:
    read = {path for rule in BOOK.rules for path in rule.needs}
    assert read <= set(TENANT_FACTS)
    assert set(WORDS) == set(TENANT_FACTS) | set(RUN_FACTS)


def test_every_topic_is_read_by_a_rule_or_told_in_numbers() -> None:
    text = " ".join(word for rule in BOOK.rules for word in (*_words(rule), rule.when))
    told = {"no_picture", "blank"}  # counted for the report; the causes of people tell the rest
    assert {topic.name for topic in TOPICS if f"tenant.{topic.name}_" not in text} <= told


def test_every_cause_of_the_service_and_of_the_tenant_is_covered() -> None:
    """Service regression, quota, locked property, policy, folder, host, library, upload tool."""
    assert {rule.id for rule in BOOK.rules} == {
        "service-fails-for-many",
        "pages-show-no-photos",
        "pictures-overwritten-blank",
        "my-site-host-nearly-full",
        "no-picture-is-written",
        "photos-from-on-premises-only",
        "photos-left-to-roles",
        "upload-tool-ran",
        "pictures-on-another-host",
        "pictures-in-another-folder",
        "picture-library-closed",
        "reading-refused-for-nearly-all",
        "one-picture-for-many",
    }
