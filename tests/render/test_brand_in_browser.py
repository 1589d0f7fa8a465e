"""A company's look in a real browser: seen, accessible, and nothing blocked or asked for."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.render.samples import diagnosis
from tests.render.test_brand import EXAMPLE
from troubleshooter.diagnose.rule import State
from troubleshooter.render.brand_file import read_brand
from troubleshooter.render.html import IndexEntry, index_page, person_page
from troubleshooter.render.letter import letter_html

LINK = {"light": "rgb(0, 107, 94)", "dark": "rgb(95, 211, 192)"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_with_a_companys_look_have_no_accessibility_violation(visit, scheme):
    brand = read_brand(EXAMPLE)
    speak, found = brand.language("hr"), diagnosis(State.ON_ITS_WAY)
    pages = (
        person_page(found, speak, brand=brand, origin=lambda _: ("Iz dokaza.",)),
        index_page([IndexEntry(found, "a.html")], speak, brand=brand),
        letter_html(found, speak, brand=brand),
    )
    for html in pages:
        page = visit(html, color_scheme=scheme)
        results = Axe().run(page)
        assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_logo_and_colours_are_those_of_the_theme(visit, scheme):
    brand = read_brand(EXAMPLE)
    page = visit(
        person_page(diagnosis(State.PROBLEM), brand.language("en"), brand=brand), color_scheme=scheme
    )
    logo = page.locator(".logo img")
    assert logo.evaluate("image => image.complete && image.naturalWidth > 100")
    wanted = brand.logo_dark if scheme == "dark" else brand.logo
    assert logo.evaluate("image => image.currentSrc") == wanted
    link = page.locator(".help-desk a")
    assert link.evaluate("one => getComputedStyle(one).color") == LINK[scheme]
    assert page.locator(".help-desk").inner_text().startswith("Your help desk:")


def test_a_style_of_the_companys_own_template_holds(visit):
    brand = read_brand(EXAMPLE)
    page = visit(letter_html(diagnosis(State.PROBLEM), brand.language("en"), brand=brand))
    assert page.locator("main").evaluate("one => getComputedStyle(one).borderInlineStartWidth") == "4px"


def test_on_paper_the_companys_colours_make_way_for_black_on_white(visit):
    brand = read_brand(EXAMPLE)
    page = visit(
        person_page(diagnosis(State.PROBLEM), brand.language("en"), brand=brand), color_scheme="dark"
    )
    page.emulate_media(media="print")
    assert page.locator(".help-desk a").evaluate("one => getComputedStyle(one).color") == "rgb(0, 0, 0)"
