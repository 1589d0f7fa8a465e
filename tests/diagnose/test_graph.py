"""Symptoms and causes: the table against the rules' own expressions, and the pictures drawn from both."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from troubleshooter.diagnose.expression import Both, Compare, Constant, Either, Fact, Node, reachable
from troubleshooter.diagnose.graph import explains_picture, grouped, symptoms_picture
from troubleshooter.diagnose.graph_page import graph_page
from troubleshooter.diagnose.rule import Rule, State
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.diagnose.symptoms import APPS, CAUSES, SYMPTOMS, causes, places_of, seen

BOOK = load_rules()
SHOWN = [rule for rule in BOOK.rules if rule.state in CAUSES]
PARAMS = [pytest.param(rule, id=rule.id) for rule in SHOWN]
PICTURES = {"symptoms": symptoms_picture(BOOK.rules), "explains": explains_picture(BOOK.rules)}
SVG = "{http://www.w3.org/2000/svg}"


def _possible(rule: Rule, fact: str, choices: tuple[str, ...]) -> set[str]:
    """The answers with which the rule can be true, whatever the other facts are."""
    node = BOOK.expressions[BOOK.rules.index(rule)]
    return {
        choice
        for choice in choices
        if reachable(node, {fact: choice}.get, lambda path: False)
    }  # fmt: skip


def test_every_cause_has_its_line_and_in_the_order_of_the_rules() -> None:
    """A new rule needs a line in rules/_symptoms/seen.toml."""
    assert list(seen()) == [rule.id for rule in SHOWN]


@pytest.mark.parametrize("rule", PARAMS)
def test_a_cause_can_look_as_the_table_says(rule: Rule) -> None:
    shown = seen()[rule.id]
    assert shown.symptoms
    assert shown.apps
    assert set(shown.symptoms) <= _possible(rule, "ticket.symptom", SYMPTOMS)
    assert set(shown.apps) <= _possible(rule, "ticket.app", APPS)


@pytest.mark.parametrize("rule", PARAMS)
def test_what_a_rule_demands_of_the_complaint_stands_in_the_table(rule: Rule) -> None:
    for fact, choices, told in (
        ("ticket.symptom", SYMPTOMS, seen()[rule.id].symptoms),
        ("ticket.app", APPS, seen()[rule.id].apps),
    ):
        possible = _possible(rule, fact, choices)
        if possible != set(choices) and len(possible) <= 5:
            assert set(told) == possible


@pytest.mark.parametrize("rule", PARAMS)
def test_without_a_photo_the_photo_is_missing_somewhere(rule: Rule) -> None:
    """A rule that demands that there is no photo cannot do without the plainest symptom."""
    node = BOOK.expressions[BOOK.rules.index(rule)]
    if not reachable(node, {"photo.present": True}.get, lambda path: False):
        assert "missing" in seen()[rule.id].symptoms


def test_every_symptom_and_every_place_has_causes() -> None:
    assert all(causes(BOOK.rules, symptom) for symptom in SYMPTOMS)
    assert all(causes(BOOK.rules, app=app) for app in APPS)
    found = causes(BOOK.rules, "old", "teams")
    assert BOOK.rule("teams-cache") in found
    assert BOOK.rule("stale-beyond-window") not in found


def test_a_place_in_words_names_at_most_so_many() -> None:
    assert places_of("never-triggered") == "SharePoint and what it feeds"
    assert places_of("owa-policy-blocks", 2) == "Outlook on the desktop, Outlook on the web and 1 more"
    assert places_of("a-rule-of-ones-own") == ""


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_stands_alone_and_says_what_it_is(name: str) -> None:
    root = ET.fromstring(PICTURES[name])
    assert root.tag == f"{SVG}svg"
    assert root.findtext(f"{SVG}title")
    assert root.findtext(f"{SVG}desc")
    assert set(re.findall(r"https?://[^\"'<> ]+", PICTURES[name])) == {"http://www.w3.org/2000/svg"}
    assert "prefers-color-scheme: dark" in PICTURES[name]
    assert "<script" not in PICTURES[name]


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_is_drawn_outside_the_picture(name: str) -> None:
    root = ET.fromstring(PICTURES[name])
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    for shape in root.iter():
        for key, most in (("x", width), ("cx", width), ("x2", width), ("y", height), ("cy", height)):
            assert 0 <= float(shape.get(key, 0)) <= most, shape.attrib


def test_the_same_rules_give_the_same_pictures() -> None:
    again = load_rules().rules
    assert {"symptoms": symptoms_picture(again), "explains": explains_picture(again)} == PICTURES


def test_the_first_picture_holds_every_cause_once_and_a_stop_for_each_symptom() -> None:
    words = re.findall(r"<text[^>]*>([^<]*)</text>", PICTURES["symptoms"].replace("&amp;", "&"))
    for rule in SHOWN:
        assert words.count(rule.title) == 1
    stops = sum(len(shown.symptoms) for shown in seen().values())
    assert PICTURES["symptoms"].count('stroke-width="3"><title>') == stops
    assert sum(map(len, grouped(BOOK.rules).values())) == len(SHOWN)


def test_the_second_picture_holds_every_explanation_once() -> None:
    stair = {rule.id for rule in BOOK.rules if rule.state in (*CAUSES, State.FINE)}
    links = [name for rule in BOOK.rules if rule.id in stair for name in rule.explains if name in stair]
    assert PICTURES["explains"].count("<circle") - _clocks() == len(links)


def _clocks() -> int:
    return sum(rule.state is State.ON_ITS_WAY for rule in BOOK.rules)


def test_the_page_links_to_rules_only_and_to_every_cause() -> None:
    linked = set(re.findall(r"\]\(\.\./rules\.md#([a-z0-9-]+)\)", graph_page()))
    assert linked == {rule.id for rule in SHOWN}


def test_the_reachable_answers_are_told_apart_from_the_impossible_ones() -> None:
    """The tests above are only as good as this."""
    symptom = Fact("ticket.symptom", "text")
    old: Node = Compare("=", symptom, Constant("old", "text"))
    photo: Node = Fact("photo.present", "bool")
    for node, expected in ((Both((old, photo)), False), (Either((old, photo)), True)):
        assert reachable(node, {"ticket.symptom": "missing"}.get, lambda path: False) is expected
