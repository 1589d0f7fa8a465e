from __future__ import annotations

import re
from importlib import resources

import pytest

from troubleshooter.evidence.record import GapReason
from troubleshooter.evidence.schema import FACTS
from troubleshooter.render import catalogue, labels
from troubleshooter.render.language import SOURCE, language, languages

OTHERS = [code for code in languages() if code != SOURCE]
FIELDS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{[a-z_]+(?:![rs])?\}")


@pytest.mark.parametrize("code", OTHERS)
def test_every_text_is_translated(code):
    assert catalogue.untranslated(code) == []


@pytest.mark.parametrize("code", OTHERS)
def test_every_catalogue_is_up_to_date(code):
    path = resources.files("troubleshooter.reports") / "locale" / code / "LC_MESSAGES" / "messages.po"
    assert path.read_text(encoding="utf-8") == catalogue.update(code), (
        "python -m troubleshooter.render.catalogue"
    )


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_fields_of_its_original(code):
    speak = language(code)
    for key in catalogue.messages():
        singles = [key] if isinstance(key, str) else []
        for text in singles:
            assert set(FIELDS.findall(text)) == set(FIELDS.findall(speak.text(text))), text


def test_every_fact_and_every_code_has_a_word():
    assert set(labels.FACT_LABELS) == set(FACTS)
    assert {choice for info in FACTS.values() for choice in info.choices} <= set(labels.VALUES)
    assert set(labels.GAP_REASONS) == set(GapReason)
    assert set(labels.QUESTIONS) == {path for path in FACTS if path.startswith("ticket.")}
    assert set(labels.VALUES_OF) <= {f"{i.path}={choice}" for i in FACTS.values() for choice in i.choices}


def test_texts_are_found_in_all_their_homes():
    found = catalogue.messages()
    assert "reports/person.html.j2" in found["What happens next"]
    assert "troubleshooter/render/labels.py" in found["Could not decide"]
    assert "troubleshooter/evidence/schema.py" in found["Sign-in name."]
    own_words = next(text for text in found if "signs in with a secret, and SharePoint" in str(text))
    assert "troubleshooter/signin/errors.py" in found[own_words]
    assert "troubleshooter/render/language.py" in found["There is no language {code!r}."]
    assert "troubleshooter/render/language.py" in found[("{count} day", "{count} days")]
