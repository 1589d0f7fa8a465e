"""The pages as a real browser shows them: offline, in both themes, narrow, on paper, and without script."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.render.browser import unfold
from tests.render.samples import diagnosis, evidence
from troubleshooter.diagnose.rule import State
from troubleshooter.render.html import IndexEntry, index_page, person_page
from troubleshooter.render.letter import letter_html, letter_text

STATES = [State.PROBLEM, State.ON_ITS_WAY, State.FINE, State.UNDECIDED]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_a_report_has_no_accessibility_violation(visit, speak, state, scheme):
    page = visit(person_page(diagnosis(state), speak("hr"), speak("en")), color_scheme=scheme)
    if state is State.ON_ITS_WAY:  # the longest page; the others differ only above the folded tables
        unfold(page)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_overview_and_letter_have_no_accessibility_violation(visit, speak, scheme):
    entries = [IndexEntry(diagnosis(state), f"{state}.html") for state in STATES]
    for html in (index_page(entries, speak("en")), letter_html(diagnosis(State.PROBLEM), speak("en"))):
        results = Axe().run(visit(html, color_scheme=scheme))
        assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize(
    "name", ["Adele Vance", "x" * 10_000, "\u05d3\u05e0\u05d4 <script>alert(1)</script>"]
)
@pytest.mark.parametrize("code", ["en", "hr"])
def test_nothing_runs_over_the_edge_of_a_small_phone(visit, speak, name, code):
    found = diagnosis(State.ON_ITS_WAY, evidence(name))
    entries = [IndexEntry(found, "a.html")]
    for html in (
        person_page(found, speak(code)),
        letter_html(found, speak(code)),
        index_page(entries, speak(code)),
    ):
        page = visit(html, viewport={"width": 320, "height": 640})
        unfold(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_answer_stands_on_the_first_screen_of_a_phone(visit, speak):
    page = visit(
        person_page(diagnosis(State.ON_ITS_WAY), speak("en")), viewport={"width": 375, "height": 812}
    )
    for selector in (".state", ".headline", ".keys > div:first-child"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 812


def test_without_script_everything_can_be_read(visit, speak):
    page = visit(person_page(diagnosis(State.ON_ITS_WAY), speak("en")), java_script_enabled=False)
    assert page.locator("h2.state").inner_text() == "On its way"
    assert not page.locator("button.copy").first.is_visible()
    assert not page.locator("button.print").is_visible()
    page.locator("#send summary").first.click()
    assert page.locator("#letter-text").is_visible()


def test_the_copy_button_copies_the_letter(visit, speak):
    found = diagnosis(State.PROBLEM)
    page = visit(person_page(found, speak("en")))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy for the person").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").strip() == letter_text(found, speak("en")).strip()


def test_the_page_can_be_read_by_keyboard_alone(visit, speak):
    page = visit(person_page(diagnosis(State.ON_ITS_WAY), speak("en")))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#facts > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#facts table").first.is_visible()


@pytest.mark.parametrize("script", [True, False])
def test_paper_shows_what_is_folded_on_the_screen(visit, speak, script):
    page = visit(person_page(diagnosis(State.ON_ITS_WAY), speak("en")), java_script_enabled=script)
    folded = page.locator("#facts table").first
    assert not folded.is_visible()
    page.emulate_media(media="print")
    if not script:
        box = folded.bounding_box()
        assert box is not None
        assert box["height"] > 100
    assert page.pdf().startswith(b"%PDF")
    assert not page.locator("button.print").is_visible()


def test_a_hostile_name_runs_nothing(visit, speak):
    name = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    found = diagnosis(State.PROBLEM, evidence(name, person__user_principal_name=name))
    page = visit(person_page(found, speak("en")))
    assert page.title().startswith("Photo check: <script>")
    assert page.locator("h1").inner_text().startswith("<script>")


def test_a_right_to_left_name_does_not_turn_the_page(visit, speak):
    page = visit(person_page(diagnosis(State.PROBLEM, evidence("\u05d3\u05e0\u05d4")), speak("en")))
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).direction") == "ltr"
    assert page.evaluate("getComputedStyle(document.querySelector('h1 bdi')).direction") == "rtl"
