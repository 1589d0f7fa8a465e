"""The photo's way through the stores, for drawing: where it is, and the first place that lacks it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from troubleshooter.diagnose.rule import State
from troubleshooter.render.labels import marked
from troubleshooter.render.language import Language
from troubleshooter.render.stores import RELATIONS, Relation, Store

_ = marked

_HOLDS = {Relation.REFERENCE, Relation.SAME}
_LACKS = {Relation.OLDER, Relation.DIFFERENT, Relation.PLACEHOLDER, Relation.NONE}
_LINE = 14
"""Characters of a name in one line of the drawing."""


class Leg(StrEnum):
    """What is known of the way between two places."""

    ARRIVED = "arrived"
    UNPROVEN = "unproven"  # there is a picture, which was not compared
    UNSEEN = "unseen"
    STOPPED = "stopped"
    WAITING = "waiting"  # stopped, and that is still normal
    BEYOND = "beyond"  # behind the place where it stopped


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the drawing. `leg` leads to it, None for the first."""

    name: str
    relation: Relation
    word: str
    leg: Leg | None

    @property
    def lines(self) -> tuple[str, ...]:
        """The name, broken into lines."""
        return _broken(self.name)

    @property
    def word_lines(self) -> tuple[str, ...]:
        """What the place holds, broken into lines."""
        return _broken(self.word)


@dataclass(frozen=True, slots=True)
class Journey:
    """The whole drawing, and what it shows in one sentence."""

    places: tuple[Place, ...]
    sentence: str

    @property
    def height(self) -> int:
        """Lines of the longest text, which decide how high the drawing is."""
        return max(len(place.lines) + len(place.word_lines) for place in self.places)


def journey(stores: Sequence[Store], state: State, language: Language) -> Journey:
    """The way from Microsoft 365 to the apps. What was not read stays unknown; it is never a stop."""
    relations = [store.relation for store in stores]
    stop = next((at for at, relation in enumerate(relations) if relation in _LACKS), None)
    words = [(store.name, store.relation, store.relation_word) for store in stores]
    unseen = Relation.CANNOT_SEE
    words.append((language.text(_("Apps on devices")), unseen, language.text(RELATIONS[unseen])))
    places = tuple(
        Place(name, relation, word, _leg(at, words[at][1], words[at - 1][1], stop, state))
        for at, (name, relation, word) in enumerate(words)
    )
    return Journey(places, _sentence(stores, stop, language))


def _leg(at: int, here: Relation, before: Relation, stop: int | None, state: State) -> Leg | None:
    if at == 0:
        return None
    if stop is not None and at > stop:
        return Leg.BEYOND
    if at == stop:
        return Leg.WAITING if state is State.ON_ITS_WAY else Leg.STOPPED
    if Relation.CANNOT_SEE in (here, before):
        return Leg.UNSEEN
    return Leg.ARRIVED if here in _HOLDS and before in _HOLDS else Leg.UNPROVEN


def _sentence(stores: Sequence[Store], stop: int | None, language: Language) -> str:
    if stores[0].relation is Relation.NONE:
        return language.text(_("Microsoft 365 serves no photo, so there is none to copy."))
    if stores[0].relation is Relation.CANNOT_SEE:
        return language.text(_("The photo of Microsoft 365 could not be read, so its way cannot be told."))
    unseen = sum(store.relation is Relation.CANNOT_SEE for store in stores)
    if stop is None and unseen:
        return language.plural(
            "No place that was read lacks the photo; {count} place could not be read.",
            "No place that was read lacks the photo; {count} places could not be read.",
            unseen,
        )
    if stop is None:
        return language.text(_("Every place that was read has a photo."))
    last = next(store.name for store in reversed(stores[:stop]) if store.relation in _HOLDS)
    return language.text(
        _("The photo is proven here: {last}. The first place that lacks it: {next}."),
        last=last,
        next=stores[stop].name,
    )


def _broken(name: str) -> tuple[str, ...]:
    return tuple(textwrap.wrap(name, _LINE, break_long_words=False))
