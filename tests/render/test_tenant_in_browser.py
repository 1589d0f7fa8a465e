"""The tenant report as a real browser shows it: offline, in both themes, narrow, on paper, without script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.render import tenant_samples as samples
from tests.render.browser import Visits, unfold
from troubleshooter.cli.audit_output import write_audit

Visit = Callable[..., Page]
ENGLISH = '.edition[lang="en"] table.persons tbody'


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audit")
    book = samples.rulebook()
    with samples.fill(folder, samples.small_tenant(), book) as store:
        samples.accept(store, "sync-off", 3, until=date(2027, 3, 1), expired=False)
        samples.accept(store, "never-triggered", 1, until=date(2026, 11, 1), expired=True)
        samples.compare(store, [("fixed", "problem", "sync-off", "fine", "fine-everywhere", True)])
        write_audit(store, book, folder, ["en", "hr"])
    return folder


@pytest.fixture
def visit(visits: Visits, audit: Path) -> Visit:
    def open_page(fragment: str = "", code: str = "en", **options: object) -> Page:
        return visits.open(audit / "report.html", fragment or f"#lang={code}", **options)

    return open_page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("code", ["en", "hr"])
def test_the_report_has_no_accessibility_violation(visit: Visit, scheme: str, code: str) -> None:
    page = visit(code=code, color_scheme=scheme)
    unfold(page)
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("code", ["en", "hr"])
def test_nothing_runs_over_the_edge_of_a_small_phone(visit: Visit, code: str) -> None:
    page = visit(code=code, viewport={"width": 320, "height": 640})
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_how_many_which_cause_and_what_helps_most_stand_on_the_first_screen_of_a_laptop(visit: Visit) -> None:
    page = visit(viewport={"width": 1280, "height": 800})
    for selector in ("#answer", ".overview .totals:visible", "#first", ".first:visible tbody tr:first-child"):
        box = page.locator(selector).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800


def test_without_script_everything_can_be_read_and_links_lead_where_they_say(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    assert not page.locator("#filter").is_visible()
    assert not page.locator("button.copy").first.is_visible()
    assert page.locator('[id="cause=sync-off"] table.persons').is_visible()
    page.locator('.first a[href="#cause=never-triggered"]').click()
    assert page.url.endswith("#cause=never-triggered")
    page.locator('[id="cause=never-triggered"] > summary').click()
    assert page.locator('[id="cause=never-triggered"] table.persons').is_visible()


def test_a_link_opens_its_cause_and_shows_only_that(visit: Visit) -> None:
    page = visit("#cause=never-triggered&state=problem")
    assert page.locator('[id="cause=never-triggered"] table.persons').is_visible()
    assert not page.locator('[id="cause=sync-off"]').is_visible()
    assert not page.locator('[id="state=undecided"]').is_visible()
    assert page.locator("#filter-cause").input_value() == "never-triggered"
    assert page.locator("#filter-count").inner_text().startswith("6 of ")


def test_a_link_always_wins_over_a_filter(visit: Visit) -> None:
    page = visit()
    page.locator("#filter-q").fill("nobody of this name")
    page.locator("#filter-actor").select_option("user")
    assert page.locator("#filter-count").inner_text().startswith("0 of ")
    page.locator('.overview .totals a[href="#state=undecided"]').click()
    expect(page.locator("#filter-q")).to_have_value("")
    assert page.locator("#filter-actor").input_value() == ""
    assert page.locator('[id="state=undecided"]').is_visible()
    assert not page.locator('[id="state=problem"]').is_visible()


def test_the_filter_finds_people_and_its_address_can_be_sent_on(visit: Visit) -> None:
    page = visit()
    everybody = page.locator("#filter-count").inner_text()
    assert everybody.endswith("Everybody is in people.csv.")
    page.locator("#filter-dept").select_option("Finance")
    shown = page.locator(f"{ENGLISH} tr:not([hidden])").count()
    assert page.locator("#filter-count").inner_text().startswith(f"{shown} of ")
    assert set(page.locator(f"{ENGLISH} tr:not([hidden]) .dept").all_inner_texts()) <= {
        "Finance",
        "",
    }
    page.locator("#filter-state").select_option("on_its_way")
    assert page.url.endswith("state=on_its_way")
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(f"{ENGLISH} tr[hidden]")).to_have_count(0)
    assert page.locator("#filter-count").inner_text() == everybody


def test_the_dry_run_can_be_copied(visit: Visit, audit: Path) -> None:
    page = visit("#cause=sync-off")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator('[id="cause=sync-off"] .command button.copy').first.click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"pwsh -File {audit}/plans/sync-off/fix.ps1"


def test_the_report_can_be_read_by_keyboard_alone(visit: Visit) -> None:
    page = visit()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator('[id="cause=never-triggered"] > summary').focus()
    page.keyboard.press("Enter")
    assert page.locator('[id="cause=never-triggered"] table.persons').is_visible()


@pytest.mark.parametrize("script", [True, False])
def test_paper_shows_what_is_folded_on_the_screen_and_no_filter(visit: Visit, script: bool) -> None:
    page = visit(java_script_enabled=script)
    folded = page.locator('[id="cause=never-triggered"] table.persons')
    assert not folded.is_visible()
    page.emulate_media(media="print")
    if not script:
        box = folded.bounding_box()
        assert box is not None
        assert box["height"] > 50
    assert page.pdf().startswith(b"%PDF")
    assert not page.locator("#filter").is_visible()


def test_hostile_names_run_nothing_and_do_not_turn_the_page(visit: Visit) -> None:
    page = visit("#cause=never-triggered")
    assert page.title() == "Photo audit: Contoso <b>& Sons</b>"
    names = page.locator('[id="cause=never-triggered"] table.persons bdi').all_inner_texts()
    assert any(name.startswith("<script>") for name in names)
    turned = page.evaluate(
        "[...document.querySelectorAll('.edition[lang=en] table.persons th[scope=row] bdi')].filter("
        "b => getComputedStyle(b).direction === 'rtl').length"
    )
    assert turned == 1
    assert page.evaluate("getComputedStyle(document.querySelector('main')).direction") == "ltr"
