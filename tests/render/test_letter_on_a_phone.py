"""What the person must do stands on one screen of a phone, whatever the cause."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.render.browser import Visits
from tests.render.samples import NOW, evidence
from troubleshooter.diagnose.result import Diagnosis, Verdict
from troubleshooter.diagnose.rule import State
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.evidence.record import Collected
from troubleshooter.render.language import Language
from troubleshooter.render.letter import letter_html, letter_text

RULES = [rule for rule in load_rules().rules if rule.state in (State.PROBLEM, State.ON_ITS_WAY, State.FINE)]
PHONE = {"width": 390, "height": 844}


def caused_by(rule) -> Diagnosis:  # type: ignore[no-untyped-def]
    verdict = Verdict(rule.state, rule, rule.actor, rule.confidence, wait_from=NOW, wait_until=NOW)
    return Diagnosis(Collected(evidence()), verdict, (), (), (), "1")


@pytest.mark.parametrize("code", ["en", "hr"])
def test_every_letter_fits_on_one_screen_of_a_phone(
    visits: Visits, tmp_path: Path, speak: Callable[[str], Language], code: str
) -> None:
    path = tmp_path / "letter.html"
    path.write_text("<!DOCTYPE html><title>x</title>", encoding="utf-8")
    page = visits.open(path, viewport=PHONE)
    heights = {}
    for rule in RULES:
        page.set_content(letter_html(caused_by(rule), speak(code)))
        heights[rule.id] = page.evaluate("document.body.getBoundingClientRect().height")
        assert page.locator("details[open]").count() == 0
    assert {rule: height for rule, height in heights.items() if height > PHONE["height"]} == {}


def test_the_steps_in_full_stand_below_the_short_ones(speak: Callable[[str], Language]) -> None:
    rule = next(rule for rule in RULES if rule.id == "never-triggered")
    text = letter_text(caused_by(rule), speak("en"))
    short, _, full = text.partition("\nStep by step:\n")
    assert "1. In a private browser window sign in" in short
    assert "2." not in short
    assert [line.split(".")[0] for line in full.strip().splitlines()] == [
        str(number) for number in range(1, len(rule.user_steps) + 1)
    ]
