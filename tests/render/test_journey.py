"""The drawing of the photo's way: where it is, where it stopped, and what was not seen."""

from __future__ import annotations

import re

import pytest

from tests.render.samples import diagnosis, evidence
from troubleshooter.diagnose.rule import State
from troubleshooter.render.html import person_page
from troubleshooter.render.journey import Leg, journey
from troubleshooter.render.stores import RELATIONS, Relation, Store

NAMES = (
    "Microsoft 365",
    "SharePoint profile",
    "SharePoint picture file",
    "SharePoint pages",
    "People search",
)


def stores(*relations: Relation) -> list[Store]:
    return [Store(name, name, one, RELATIONS[one]) for name, one in zip(NAMES, relations, strict=True)]


GOOD, SAME, SOME = Relation.REFERENCE, Relation.SAME, Relation.SHOWN
OLD, NONE, UNSEEN = Relation.OLDER, Relation.NONE, Relation.CANNOT_SEE


@pytest.mark.parametrize(
    ("relations", "state", "legs"),
    [
        ((GOOD, SAME, SAME, SAME, SAME), State.FINE, "arrived arrived arrived arrived unseen"),
        ((GOOD, SOME, OLD, OLD, SOME), State.PROBLEM, "unproven stopped beyond beyond beyond"),
        ((GOOD, SOME, OLD, OLD, SOME), State.ON_ITS_WAY, "unproven waiting beyond beyond beyond"),
        ((NONE, NONE, NONE, NONE, NONE), State.PROBLEM, "beyond beyond beyond beyond beyond"),
        ((GOOD, UNSEEN, UNSEEN, SAME, SAME), State.UNDECIDED, "unseen unseen unseen arrived unseen"),
        ((GOOD, UNSEEN, NONE, NONE, UNSEEN), State.PROBLEM, "unseen stopped beyond beyond beyond"),
    ],
)
def test_each_part_of_the_way_says_only_what_is_known(speak, relations, state, legs):
    drawn = journey(stores(*relations), state, speak("en"))
    assert drawn.places[0].leg is None
    assert [place.leg for place in drawn.places[1:]] == [Leg(leg) for leg in legs.split()]


@pytest.mark.parametrize(
    ("relations", "sentence"),
    [
        ((GOOD, SAME, SAME, SAME, SAME), "Every place that was read has a photo."),
        (
            (GOOD, SOME, OLD, OLD, SOME),
            f"The photo is proven here: {NAMES[0]}. The first place that lacks it: {NAMES[2]}.",
        ),
        (
            (GOOD, SOME, SAME, OLD, SOME),
            f"The photo is proven here: {NAMES[2]}. The first place that lacks it: {NAMES[3]}.",
        ),
        ((NONE, NONE, NONE, NONE, NONE), "Microsoft 365 serves no photo, so there is none to copy."),
        (
            (UNSEEN, SOME, OLD, OLD, SOME),
            "The photo of Microsoft 365 could not be read, so its way cannot be told.",
        ),
        (
            (GOOD, UNSEEN, SAME, UNSEEN, SAME),
            "No place that was read lacks the photo; 2 places could not be read.",
        ),
    ],
)
def test_the_sentence_names_the_first_place_that_lacks_the_photo(speak, relations, sentence):
    assert journey(stores(*relations), State.PROBLEM, speak("en")).sentence == sentence


@pytest.mark.parametrize("code", ["en", "hr"])
def test_the_drawing_has_a_place_and_a_word_for_every_store(speak, code):
    page = person_page(diagnosis(State.PROBLEM), speak(code))
    for kind in ("across", "down"):
        (drawn,) = re.findall(rf'<svg class="way {kind}".*?\n</svg>', page, re.DOTALL)
        assert drawn.count('class="node"') == 6
        assert drawn.count('class="leg ') == 5
        assert drawn.count('class="gate"') == 1
    assert page.index('<svg class="way across"') < page.index('class="actions"')


def test_what_was_not_read_never_looks_like_a_stop(speak):
    bare = evidence(
        photo__present=None,
        sharepoint__profile_exists=None,
        sharepoint__thumbnails_present=None,
        sharepoint__served_is_default_image=None,
        sharepoint__search_state=None,
        comparison__sharepoint_matches_photo=None,
    )
    page = person_page(diagnosis(State.UNDECIDED, bare), speak("en"))
    assert 'class="gate"' not in page
    assert "so its way cannot be told" in page
