from __future__ import annotations

import io
import re
from html.parser import HTMLParser

import pytest
from rich.console import Console

from tests.render.samples import diagnosis, evidence, rule
from troubleshooter.diagnose.rule import Reference, State
from troubleshooter.evidence.record import Collected, Picture
from troubleshooter.render.console import print_summary
from troubleshooter.render.html import IndexEntry, index_page, person_page
from troubleshooter.render.json import result_dict
from troubleshooter.render.stores import Relation, thumbnail_relation

STATES = [State.PROBLEM, State.ON_ITS_WAY, State.FINE, State.UNDECIDED]
HOSTILE = [
    "<script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    "{{ 7*7 }}{% for x in y %}",
    "\u202eדנה <b>",
    '"><a href="javascript:alert(1)">x',
    "x" * 10_000,
]


class Page(HTMLParser):
    """The tags, attributes and text of a page, as a browser without script would have them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def attribute(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


@pytest.mark.parametrize("code", ["en", "hr"])
@pytest.mark.parametrize("state", STATES)
def test_every_view_tells_the_same_ids_and_the_same_verdict(speak, state, code):
    found, language = diagnosis(state), speak(code)
    result = result_dict(found, language)
    page = Page(person_page(found, language))
    outcomes = {attrs["data-rule"]: attrs["data-outcome"] for _, attrs in page.tags if "data-rule" in attrs}
    assert page.attribute("data-state") == [result["verdict"]["state"]]
    assert page.attribute("data-cause") == [result["verdict"]["cause"] or ""]
    assert {rule for rule, outcome in outcomes.items() if outcome == "true"} == {
        finding["rule"] for finding in result["findings"]
    }
    assert {rule for rule, outcome in outcomes.items() if outcome == "undecided"} == {
        entry["rule"] for entry in result["undecided"]
    }
    assert {rule for rule, outcome in outcomes.items() if outcome == "false"} == set(result["ruled_out"])
    written = io.StringIO()
    print_summary(Console(file=written, width=200), found, language)
    assert (result["verdict"]["cause"] or language.value("undecided")) in written.getvalue()
    assert result["verdict"]["headline"] in written.getvalue()
    assert result["verdict"]["headline"] in page.text()
    assert language.value(state.value) in page.text()


def test_the_first_screen_answers_before_anything_else(speak):
    text = Page(person_page(diagnosis(State.ON_ITS_WAY), speak("en"))).text()
    order = [
        "On its way",
        "Your new photo is saved",
        "Who acts",
        "Confidence",
        "Facts read",
        "What happens next",
    ]
    positions = [text.index(words) for words in order]
    assert positions == sorted(positions)
    assert "37 of 79" in text
    assert "older picture" in text


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("state", STATES)
def test_a_hostile_name_is_only_text(speak, name, state):
    text = person_page(diagnosis(state, evidence(name, person__user_principal_name=name)), speak("en"))
    harmless = Page(person_page(diagnosis(state), speak("en")))
    page = Page(text)
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert [tag for tag, _ in page.tags if tag in ("img", "a", "title")] == [
        tag for tag, _ in harmless.tags if tag in ("img", "a", "title")
    ]
    assert not [key for _, attrs in page.tags for key in attrs if key.startswith("on")]
    assert "49" not in page.text() or "{{ 7*7 }}" not in name
    assert len(text.encode()) < 400_000


@pytest.mark.parametrize("name", HOSTILE)
def test_the_whole_name_stands_in_the_facts(speak, name):
    assert (
        " ".join(name.split()) in Page(person_page(diagnosis(State.FINE, evidence(name)), speak("en"))).text()
    )


def test_the_page_stays_small_with_pictures(speak):
    assert len(person_page(diagnosis(State.ON_ITS_WAY), speak("hr")).encode()) < 200_000


def test_nothing_is_loaded_from_anywhere(speak):
    page = Page(person_page(diagnosis(State.ON_ITS_WAY), speak("en"), speak("hr")))
    for tag, attrs in page.tags:
        assert tag not in ("iframe", "object", "embed", "base", "form", "audio", "video")
        assert not (attrs.get("src") or "data:").startswith(("http", "//"))
        if tag == "link":
            assert attrs["href"] == "data:,"
        if tag == "a" and (attrs["href"] or "").startswith("http"):
            assert attrs["rel"] == "noreferrer"
        assert "style" not in attrs
    policy = next(attrs["content"] for _, attrs in page.tags if attrs.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy


def test_a_reference_that_is_no_web_address_is_not_a_link(speak):
    bad = rule("r", references=(Reference("javascript:alert(1)", "Bad", "2026-11-22", "field"),))
    found = diagnosis(State.PROBLEM)
    verdict = type(found.verdict)(State.PROBLEM, bad, bad.actor, bad.confidence)
    page = person_page(type(found)(found.collected, verdict, (), (), (), "1"), speak("en"))
    assert "javascript:" not in page
    assert "Bad" in page


def test_the_other_language_is_one_click_away(speak):
    page = Page(person_page(diagnosis(State.FINE), speak("en"), speak("hr")))
    switch = [attrs for _, attrs in page.tags if attrs.get("name") == "language"]
    assert [(one["value"], "checked" in one) for one in switch] == [("en", True), ("hr", False)]
    assert "hrvatski" in page.text()
    ids = page.attribute("id")
    assert len(ids) == len(set(ids))
    assert {"answer", "answer.hr", "facts", "facts.hr"} <= set(ids)


def test_a_page_in_one_language_has_no_switch(speak):
    page = Page(person_page(diagnosis(State.FINE), speak("hr"), speak("hr")))
    assert "language" not in page.attribute("name")
    assert "data-only" not in {key for _, attrs in page.tags for key in attrs}


def test_without_pictures_the_fingerprints_are_drawn(speak):
    drawn = person_page(diagnosis(State.PROBLEM, pictures=False), speak("en"))
    assert drawn.count('class="pattern"') == 2
    assert "data:image" not in drawn
    assert "fingerprint 9f3ac4d2" in drawn


def test_a_picture_that_cannot_be_opened_falls_back_to_its_fingerprint(speak):
    found = diagnosis(State.PROBLEM)
    broken = {"photo": Picture("photo", "image/jpeg", b"\xff\xd8 no picture")}
    page = person_page(
        type(found)(Collected(found.evidence, broken), found.verdict, found.findings, (), (), "1"),
        speak("en"),
    )
    assert page.count('class="pattern"') == 2


@pytest.mark.parametrize(
    ("changes", "relation"),
    [
        ({}, Relation.OLDER),
        ({"comparison__sharepoint_matches_photo": True}, Relation.SAME),
        ({"ticket__photo_changed_at": None}, Relation.DIFFERENT),
        ({"comparison__sharepoint_matches_photo": None}, Relation.SHOWN),
        ({"sharepoint__thumbnail_is_blank": True}, Relation.PLACEHOLDER),
        ({"sharepoint__thumbnails_present": False}, Relation.NONE),
        (
            {"sharepoint__thumbnails_present": None, "comparison__sharepoint_matches_photo": None},
            Relation.CANNOT_SEE,
        ),
    ],
)
def test_a_store_is_older_only_when_a_date_shows_it(changes, relation):
    assert thumbnail_relation(evidence(**changes)) is relation


def test_what_is_missing_is_priced_by_what_it_would_decide(speak):
    text = Page(person_page(diagnosis(State.UNDECIDED), speak("en"))).text()
    assert "Would decide: A policy keeps photos from being changed" in text
    assert "Needs the permission Microsoft Graph PeopleSettings.Read.All" in text


def test_the_overview_counts_every_state_and_puts_the_urgent_first(speak):
    entries = [IndexEntry(diagnosis(state), f"{state} 1.html") for state in reversed(STATES)]
    page = Page(index_page([*entries, entries[0]], speak("en")))
    assert page.attribute("data-state") == ["problem", "undecided", "undecided", "on_its_way", "fine"]
    assert re.search(r"1 Problem 2 Could not decide 1 On its way 1 Fine", page.text())
    assert "problem%201.html" in page.attribute("href")
    assert page.attribute("data-cause")[0] == "never-triggered"


def test_a_page_that_sends_the_very_file_is_judged_like_the_file(speak):
    found = diagnosis(State.PROBLEM)
    pictures = {**found.collected.pictures, "served": found.collected.pictures["thumbnail"]}
    same = type(found)(Collected(found.evidence, pictures), found.verdict, found.findings, (), (), "1")
    relations = {
        attrs["data-store"]: attrs["data-relation"]
        for _, attrs in Page(person_page(same, speak("en"))).tags
        if "data-store" in attrs
    }
    assert relations == {
        "photo": "reference",
        "profile": "shown",
        "thumbnail": "older",
        "served": "older",
        "search": "shown",
    }


def test_the_constant_of_upload_scripts_is_never_shown_as_a_date(speak):
    found = evidence(sharepoint__timestamp_state="script_constant")
    text = Page(person_page(diagnosis(State.PROBLEM, found), speak("en"))).text()
    assert "SharePoint last tried or copied" not in text
    assert "timestamp: a constant written by an upload script" in text
