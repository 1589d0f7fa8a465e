"""WCAG 2.2 AA beyond what axe finds: keyboard, zoom, motion, forced colours, measured contrast."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.render import tenant_samples
from tests.render.browser import Visits, unfold
from tests.render.samples import diagnosis
from troubleshooter.cli.audit_output import write_audit
from troubleshooter.diagnose.rule import State
from troubleshooter.render.html import person_page
from troubleshooter.render.language import language

TEXT = (  # text on ground, https://www.w3.org/TR/WCAG22/#contrast-minimum
    *((text, ground) for text in ("ink", "soft", "link") for ground in ("paper", "wash")),
    *(
        (text, f"{state}-wash")
        for state in ("problem", "way", "fine", "undecided")
        for text in (state, "ink", "soft")
    ),
    *((f"{state}", "paper") for state in ("problem", "way", "fine", "undecided")),
)
SHAPES = tuple((f"{state}", "on-sign") for state in ("problem", "way", "fine"))
KINDS = ["person", "tenant"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    person = folder / "person.html"
    person.write_text(
        person_page(diagnosis(State.ON_ITS_WAY), language("en"), language("hr")), encoding="utf-8"
    )
    book = tenant_samples.rulebook()
    with tenant_samples.fill(folder, tenant_samples.small_tenant(), book) as store:
        return {"person": person, "tenant": write_audit(store, book, folder, ["en", "hr"]).page}


def tokens(scheme: str) -> dict[str, str]:
    """The colours of a theme, as the style sheet names them."""
    css = (resources.files("troubleshooter.reports") / "report.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{([^}]*)\}", css)[:2]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", light))
    return {**found, **dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", dark))} if scheme == "dark" else found


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_colour_is_readable_on_every_ground_it_stands_on(scheme: str) -> None:
    colours = tokens(scheme)
    measured = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in TEXT}
    assert {pair: ratio for pair, ratio in measured.items() if ratio < 4.5} == {}
    signs = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in SHAPES}
    assert {pair: ratio for pair, ratio in signs.items() if ratio < 3} == {}


@pytest.mark.parametrize("kind", KINDS)
def test_the_keyboard_reaches_everything_in_reading_order_and_shows_where_it_is(
    visits: Visits, pages: dict[str, Path], kind: str
) -> None:
    page = visits.open(pages[kind], viewport={"width": 1280, "height": 900})
    wanted = page.evaluate(
        """() => [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')]
        .filter(e => e.checkVisibility() && !e.disabled && !(e.type === 'radio' && !e.checked)).length"""
    )
    reached, invisible, places = 0, [], []
    for _ in range(wanted + 5):
        page.keyboard.press("Tab")
        told = page.evaluate(
            """() => { const e = document.activeElement;
            if (!e || e === document.body) { return null; }
            const all = [...document.querySelectorAll('*')];
            const marked = e.type === 'radio' ? e.closest('label') : e;
            return [all.indexOf(e), getComputedStyle(marked).outlineStyle, e.outerHTML.slice(0, 80)]; }"""
        )
        if told is None:
            break
        reached += 1
        places.append(told[0])
        if told[1] == "none":
            invisible.append(told[2])
    assert reached == wanted
    assert places == sorted(places)
    assert invisible == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_way_can_be_walked_without_a_mouse(
    visits: Visits, pages: dict[str, Path], kind: str
) -> None:
    page = visits.open(pages[kind])
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to the answer
    assert page.evaluate("location.hash").startswith("#")
    page.locator("#language-en").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#language-hr").is_checked()
    assert page.evaluate("document.activeElement.id") == "language-hr"
    summary = page.locator("summary:visible").first
    was = summary.evaluate("e => e.parentElement.open")
    summary.focus()
    page.keyboard.press("Enter")
    assert summary.evaluate("e => e.parentElement.open") is not was


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [640, 320])  # 1280 pixels at 200 % and at 400 % zoom
def test_zoomed_in_nothing_is_cut_off_and_nothing_scrolls_sideways(
    visits: Visits, pages: dict[str, Path], kind: str, width: int
) -> None:
    for fragment in ("", "#lang=hr"):
        page = visits.open(pages[kind], fragment, viewport={"width": width, "height": 512})
        unfold(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        cut = page.evaluate(
            """() => [...document.querySelectorAll('main *')].filter(e => e.checkVisibility()
            && !e.children.length && e.textContent.trim() && !e.closest('.scroll, pre, svg, .seen, .value')
            && (e.getBoundingClientRect().right > innerWidth + 1 || e.getBoundingClientRect().left < -1))
            .map(e => e.outerHTML.slice(0, 100))"""
        )
        assert cut == []


@pytest.mark.parametrize("kind", KINDS)
def test_text_can_be_spaced_out_without_loss(visits: Visits, pages: dict[str, Path], kind: str) -> None:
    """https://www.w3.org/TR/WCAG22/#text-spacing"""
    page = visits.open(pages[kind], viewport={"width": 390, "height": 800}, bypass_csp=True)
    page.add_style_tag(
        content="* { line-height: 1.5 !important; letter-spacing: .12em !important; "
        "word-spacing: .16em !important; }"
    )
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("kind", KINDS)
def test_who_wants_no_motion_gets_none(visits: Visits, pages: dict[str, Path], kind: str) -> None:
    still = visits.open(pages[kind], reduced_motion="reduce")
    assert still.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert (
        still.evaluate("[...document.querySelectorAll('*')].filter(e => e.getAnimations().length).length")
        == 0
    )


@pytest.mark.parametrize("kind", KINDS)
def test_with_forced_colours_shapes_and_words_are_still_there(
    visits: Visits, pages: dict[str, Path], kind: str
) -> None:
    page = visits.open(pages[kind], forced_colors="active")
    for mark in page.locator(".sign .mark, .way g .mark").all()[:8]:
        if not mark.is_visible():
            continue
        stroke, ground = mark.evaluate(
            """e => { const shape = e.parentElement.querySelector('.body, .node');
            return [getComputedStyle(e).stroke, getComputedStyle(shape).fill]; }"""
        )
        assert stroke != ground
    assert states_named(page)


def states_named(page: Page) -> bool:
    words = {
        "problem": "Problem",
        "on_its_way": "On its way",
        "fine": "Fine",
        "undecided": "Could not decide",
    }
    text = page.locator("main:visible").first.inner_text()
    return all(
        words[state] in text
        for state in page.evaluate(
            """() => [...new Set([...document.querySelectorAll('main svg.sign')]
        .filter(e => e.checkVisibility())
        .map(e => e.classList[1].slice(5)))].filter(s => s !== 'accepted' && s !== 'advice')"""
        )
    )


def test_a_screen_reader_hears_each_place_of_the_drawing_as_a_list(
    visits: Visits, pages: dict[str, Path], speak: Callable[[str], object]
) -> None:
    page = visits.open(pages["person"])
    items = page.get_by_role("list", name="How far the photo came").get_by_role("listitem").all_inner_texts()
    assert items[0] == "Microsoft 365: the photo"
    assert items[-1] == "Apps on devices: cannot see"
    assert page.locator("svg.way:visible").get_attribute("aria-hidden") == "true"
