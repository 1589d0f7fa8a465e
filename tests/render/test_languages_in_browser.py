"""Every language of a page in one file: with script, without it, by address, and on paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.render import tenant_samples
from tests.render.browser import Visits
from tests.render.samples import diagnosis
from troubleshooter.cli.audit_output import write_audit
from troubleshooter.diagnose.rule import State
from troubleshooter.render.html import person_page
from troubleshooter.render.language import Language

Speak = Callable[[str], Language]


@pytest.fixture
def person(tmp_path: Path, speak: Speak) -> Path:
    path = tmp_path / "page.html"
    path.write_text(person_page(diagnosis(State.ON_ITS_WAY), speak("en"), speak("hr")), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def tenant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audit")
    book = tenant_samples.rulebook()
    with tenant_samples.fill(folder, tenant_samples.small_tenant(), book) as store:
        tenant_samples.accept(store, "sync-off", 3, until=date(2027, 3, 1), expired=False)
        return write_audit(store, book, folder, ["en", "hr"]).page


def seen(page: Page) -> list[str]:
    """The state words that can be seen."""
    return page.locator("h2.state:visible").all_inner_texts()


@pytest.mark.parametrize("script", [True, False])
def test_one_click_shows_the_other_language_and_hides_the_first(
    visits: Visits, person: Path, script: bool
) -> None:
    page = visits.open(person, java_script_enabled=script)
    assert seen(page) == ["On its way"]
    page.get_by_label("hrvatski").check()
    assert seen(page) == ["Na putu"]
    assert page.locator(".brand:visible").all_inner_texts() == ["Provjera fotografije"]
    assert page.locator("#language-hr").is_checked()


def test_the_address_says_the_language_and_can_be_sent_on(visits: Visits, person: Path) -> None:
    page = visits.open(person)
    assert (page.evaluate("document.documentElement.lang"), page.title()[:11]) == ("en", "Photo check")
    page.get_by_label("hrvatski").check()
    assert page.url.endswith("#lang=hr")
    assert page.evaluate("document.documentElement.lang") == "hr"
    assert page.title().startswith("Provjera fotografije")
    sent_on = visits.open(person, "#lang=hr")
    assert seen(sent_on) == ["Na putu"]
    page.get_by_label("English").check()
    assert "#" not in page.url


def test_what_was_unfolded_stays_unfolded_in_the_other_language(visits: Visits, person: Path) -> None:
    page = visits.open(person)
    page.locator("#facts > summary").click()
    page.get_by_label("hrvatski").check()
    assert page.locator('[id="facts.hr"] table').first.is_visible()
    assert not page.locator('[id="rules.hr"] table').first.is_visible()


@pytest.mark.parametrize(("fragment", "place"), [("#facts", "facts"), ("#facts.hr", "facts.hr")])
def test_a_link_to_a_place_unfolds_it_in_its_own_language(
    visits: Visits, person: Path, fragment: str, place: str
) -> None:
    page = visits.open(person, fragment)
    assert page.locator(f'[id="{place}"] table').first.is_visible()
    assert page.locator("table:visible").count() == page.locator(f'[id="{place}"] table').count()


def test_links_inside_the_croatian_page_stay_in_it(visits: Visits, person: Path) -> None:
    page = visits.open(person, "#lang=hr")
    page.locator('a[href="#send.hr"]').click()
    assert seen(page) == ["Na putu"]
    expect(page.locator('[id="send.hr"]')).to_be_in_viewport()


def test_an_address_with_nonsense_shows_the_first_language(visits: Visits, person: Path) -> None:
    for fragment in ("#lang=xx", "#lang=%", "#%E0%A4%A", "#lang=hr%00", '#lang="><script>'):
        assert seen(visits.open(person, fragment)) == ["On its way"]


def test_paper_shows_only_the_language_that_is_shown(visits: Visits, person: Path) -> None:
    page = visits.open(person, "#lang=hr")
    page.emulate_media(media="print")
    assert seen(page) == ["Na putu"]
    assert not page.locator(".languages").is_visible()


def test_a_filter_stays_when_the_language_changes(visits: Visits, tenant: Path) -> None:
    page = visits.open(tenant)
    page.locator("#filter-dept").select_option("Finance")
    page.locator("#filter-q").fill("a")
    shown = page.locator("#filter-count").inner_text().split()[0]
    page.get_by_label("hrvatski").check()
    assert page.locator('[id="filter-dept.hr"]').input_value() == "Finance"
    assert page.locator('[id="filter-q.hr"]').input_value() == "a"
    assert shown in page.locator('[id="filter-count.hr"]').inner_text()
    assert "lang=hr" in page.url


def test_a_link_to_a_cause_in_croatian_opens_it_there(visits: Visits, tenant: Path) -> None:
    for fragment in ("#lang=hr&cause=never-triggered", "#cause=never-triggered.hr"):
        page = visits.open(tenant, fragment)
        assert page.locator('[id="cause=never-triggered.hr"] table.persons').is_visible()
        assert not page.locator('[id="cause=sync-off.hr"]').is_visible()


def test_people_are_sorted_by_any_column_and_the_address_remembers_it(visits: Visits, tenant: Path) -> None:
    page = visits.open(tenant, "#cause=never-triggered")
    names = page.locator('[id="cause=never-triggered"] td.dept')
    as_they_came = names.all_inner_texts()
    head = page.locator('[id="cause=never-triggered"] thead [data-column="dept"]')
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    up = names.all_inner_texts()
    assert up == sorted(as_they_came, key=str.casefold)
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert [one for one in names.all_inner_texts() if one] == [one for one in reversed(up) if one]
    assert "sort=-dept" in page.url
    again = visits.open(tenant, "#" + page.url.partition("#")[2])
    assert again.locator('[id="cause=never-triggered"] td.dept').all_inner_texts() == names.all_inner_texts()
