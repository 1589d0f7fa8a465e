"""The tenant report answers how many, which causes and what helps most, whoever the people are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from tests.render import tenant_samples as samples
from troubleshooter.diagnose.audit_result import audit_result
from troubleshooter.diagnose.audit_result_types import AuditResult, TenantFinding
from troubleshooter.diagnose.rule import State
from troubleshooter.diagnose.tenant import verdict_table
from troubleshooter.diagnose.tenant_rules import load_tenant_rules
from troubleshooter.render.labels import STATES
from troubleshooter.render.language import Language
from troubleshooter.render.tenant import tenant_page
from troubleshooter.render.tenant_cause import TenantFiles

BOOK = samples.rulebook()
FILES = TenantFiles(
    lists={"sync-off": ("cause-sync-off.csv", "cause-sync-off.jsonl")}, plans={"sync-off": "plans/sync-off"}
)
Speak = Callable[[str], Language]


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> AuditResult:
    with samples.fill(tmp_path_factory.mktemp("audit"), samples.small_tenant(), BOOK) as store:
        samples.accept(store, "sync-off", 3, until=date(2027, 3, 1), expired=False)
        samples.accept(store, "never-triggered", 1, until=date(2026, 11, 1), expired=True)
        samples.compare(
            store,
            [
                ("fixed", "problem", "sync-off", "fine", "fine-everywhere", True),
                ("became_undecided", "fine", "fine-everywhere", "undecided", "", False),
            ],
        )
        return audit_result(store, BOOK)


@pytest.fixture
def page(result: AuditResult, speak: Speak) -> str:
    return tenant_page(result, [speak("en")], FILES)


def text_of(html: str) -> str:
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.S)
    html = re.sub(r"<[^>]+>", " ", html)
    return re.sub(r"\s+", " ", html)


def first_screen(html: str) -> str:
    return text_of(
        html[
            html.index('<section class="overview"') : html.index('<section id="tenant-wide"')
            if '<section id="tenant-wide"' in html
            else html.index('<form class="filter"')
        ]
    )


def test_the_first_screen_says_how_many_which_causes_and_what_helps_most(page: str) -> None:
    said = first_screen(page)
    assert "19 of 60 people have a problem with their photo." in said
    assert "There are 4 causes; the three most frequent explain 18 of 19." in said
    assert (
        "The one change that helps most: \u201cSharePoint&#39;s copying of the photo is switched off\u201d, "
        "11 people, one script." in said
    )
    assert (
        "14 people could not be decided. One permission could decide 7 of them: SharePoint Sites.Read.All."
        in said
    )
    assert "Do this first" in said
    assert said.index("copying of the photo is switched off") < said.index("A permission is missing")


def test_every_state_is_a_word_beside_its_shape_and_always_in_the_totals(
    result: AuditResult, speak: Speak
) -> None:
    for code in ("en", "hr"):
        html = tenant_page(result, [speak(code)], FILES)
        totals = html[
            html.index('<ul class="totals">') : html.index("</ul>", html.index('<ul class="totals">'))
        ]
        for state in (State.PROBLEM, State.ON_ITS_WAY, State.FINE, State.UNDECIDED):
            part = totals[totals.index(f'<li class="{state}">') :]
            assert part.index(f"sign-{state}") < part.index(str(speak(code).text(STATES[state])))


def test_shares_are_of_everybody_so_the_undecided_are_never_hidden(page: str) -> None:
    totals = text_of(page[page.index('<ul class="totals">') : page.index('<svg class="stack"')])
    shares = [float(number) for number in re.findall(r"([\d.]+)\s%", totals)]
    assert len(shares) == 5
    assert sum(shares) == pytest.approx(100, abs=0.3)


def test_an_expired_acceptance_is_loud(page: str) -> None:
    assert "Attention: The accepted finding of 1 person has expired and counts again." in first_screen(page)
    assert "expired, counts again" in text_of(page[page.index('<section id="accepted"') :])


def test_a_cause_says_what_is_wrong_how_we_know_where_and_how_to_repair_undo_and_check(page: str) -> None:
    part = text_of(page[page.index('id="cause=sync-off"') : page.index('id="cause=never-triggered"')])
    for words in (
        "SPS-PictureExchangeSyncState is 0",
        "Photo synchronisation flag sharepoint.exchange_sync_state off 11",
        "Can be wrong when",
        "Oct 2026 11",
        "pwsh -File photo-audit/plans/sync-off/fix.ps1 Copy",
        "fix.ps1 -Apply -Only 20",
        "fix.ps1 -Apply -All",
        "photo-troubleshooter recheck photo-audit --cause sync-off",
        "how to undo it and how to check it",
        "Letter for the people concerned",
        "Hello, SharePoint is told to keep its own old picture of you",
        "3 more are accepted",
        "cause-sync-off.csv",
    ):
        assert words in part, words


def test_what_is_not_known_is_said_with_reason_and_with_whom_it_could_decide(page: str) -> None:
    part = text_of(page[page.index('<section id="unknown"') : page.index('<section id="files"')])
    assert (
        "SharePoint profile and pictures, Comparison of the pictures 50 10 Access was denied (SharePoint "
        "Sites.Read.All) 10 7" in part
    )
    assert "Guests : 12 . Include them with --include guests." in part
    assert "What no program can see" in part


def test_changes_since_the_last_run_name_a_lost_permission_for_what_it_is(page: str) -> None:
    part = text_of(page[page.index('<section id="changes"') : page.index('<section id="unknown"')])
    assert "The last run ended on 8 Nov 2026 11:00 CET." in part
    assert "Fixed 1" in part
    assert "Became undecided 1" in part
    assert "Left 0" in part
    assert "1 photo changed." in part


def test_a_sample_is_told_with_its_upper_bound_and_one_that_found_something_proves_nothing(page: str) -> None:
    part = text_of(page[page.index('id="state=fine"') : page.index('<section id="changes"')])
    assert "with a certainty of 95 % at most 1 % of the others like them are not right." in part
    assert "the pages of 2 do not show the photo; so nobody is called fine by sample" in part


def test_run_facts_tell_requests_waits_and_that_the_run_was_resumed(page: str) -> None:
    part = text_of(page[page.index("<footer>") :])
    for words in (
        "Requests 120 (users 20, photos 100)",
        "Requests per person 2",
        "Resumed 22 Nov 2026 10:02 CET",
        "Waited for sharepoint 60 seconds by our own pace, 9 minutes because the service said so",
        "no pictures",
    ):
        assert words in part, words


def test_nothing_is_loaded_from_anywhere_and_only_our_own_script_and_style_may_run(page: str) -> None:
    assert re.findall(r'\b(?:src|action|poster)="', page) == []
    assert all(not href.startswith(("http:", "//")) for href in re.findall(r'<link[^>]*href="([^"]*)"', page))
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy.group(1).startswith("default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-")
    assert "unsafe" not in policy.group(1)
    assert " style=" not in page
    assert " onclick=" not in page


def test_hostile_names_are_text_and_short(page: str) -> None:
    assert "<script>document" not in page
    assert "<img" not in page
    assert "&lt;script&gt;document.title" in page
    assert "\u202e" not in page
    assert "x" * 200 not in page
    assert "{{ 7 * 7 }}" in text_of(page)
    assert "Contoso &lt;b&gt;&amp; Sons&lt;/b&gt;" in page


def test_an_empty_audit_and_a_perfect_one_have_a_page_too(tmp_path: Path, speak: Speak) -> None:
    with samples.fill(tmp_path, iter(()), BOOK, finished=False) as store:
        empty = tenant_page(audit_result(store, BOOK), [speak("en")], TenantFiles())
        assert "Nobody has been looked at." in empty
        assert "This audit has not ended: 0 of 1,000 people are in it." in empty
        with store.transaction():
            store.add_people([samples.person(1)])
            store.put("finished_at", "2026-11-22T10:12:00+00:00")
        verdict_table(store, BOOK)
        fine = tenant_page(audit_result(store, BOOK), [speak("en")], TenantFiles())
    assert "Nobody has a problem with the photo." in fine
    assert "Do this first" not in fine
    assert "Attention" not in fine


def test_nobody_is_called_right_while_people_are_undecided(tmp_path: Path, speak: Speak) -> None:
    people = [samples.person(1), samples.person(2, denied={"sharepoint": samples.SITES})]
    with samples.fill(tmp_path, iter(people), BOOK) as store:
        said = first_screen(tenant_page(audit_result(store, BOOK), [speak("en")], TenantFiles()))
    assert "No problem was found, but 1 of 2 people could not be decided." in said
    assert "Nobody has a problem" not in said


@pytest.fixture
def findings() -> Iterator[TenantFinding]:
    rules = load_tenant_rules().rules
    refused = next(rule for rule in rules if rule.id == "reading-refused-for-nearly-all")
    logo = next(rule for rule in rules if rule.id == "one-picture-for-many")
    facts = {
        "tenant.people": 500,
        "tenant.photo_denied_people": 480,
        "tenant.photo_denied_share": 0.96,
        "tenant.profile_denied_people": 480,
    }
    return iter(
        [
            TenantFinding(refused.id, True, facts, {"tenant.photo_denied_people": 490}, 470, refused),
            TenantFinding(logo.id, None, {"tenant.same_size_people": None}, {}, 0, logo),
            TenantFinding("a-rule-of-another-version", True, {"tenant.gone": "x"}),
        ]
    )


def test_findings_about_the_whole_tenant_speak_their_rules_words(
    result: AuditResult, speak: Speak, findings: Iterator[TenantFinding]
) -> None:
    for code in ("en", "hr"):
        html = tenant_page(replace(result, tenant_findings=tuple(findings)), [speak(code)], FILES)
        if code == "en":
            part = text_of(html[html.index('<section id="tenant-wide"') : html.index('<form class="filter"')])
            assert "Of 500 people, access was denied to the photo of 480" in part
            assert "It accounts for the cause of 470 people." in part
            assert "480 to 490" in part
            assert "96 %" in part
            assert "1 statement about the tenant could not be decided" in part
            assert "a-rule-of-another-version" in part
