"""A picture before its upload: what the rules about pictures say, and what each route and store does with it.

The rules are those that judge a photo after the upload: a picture that passes has none of their findings.
Why so: docs/decisions/0014-pictures-by-the-same-rules.md.
"""

from __future__ import annotations

from troubleshooter.diagnose.expression import decide, reachable
from troubleshooter.diagnose.picture_result import Applied, Outcome, PictureCheck, RouteCheck, StoreCheck
from troubleshooter.diagnose.rule import Rule, State
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.uploads import Breaks, Only, Route, Statement, Store, Uploads
from troubleshooter.evidence.record import Evidence
from troubleshooter.evidence.schema import FACTS

_GIVEN = "photo.present"
_MEASURED = frozenset(
    f"photo.{name}"
    for name in (
        "width", "height", "largest_side", "bytes", "format", "colour_mode", "animated", "has_alpha",
        "orientation", "decodes",
    )
)  # fmt: skip
"""Facts that a file alone gives."""


_GRAVITY = (Outcome.REFUSED, Outcome.REFUSED_BY_REPORTS, Outcome.NOT_PROMISED, Outcome.UNKNOWN, Outcome.TAKEN)


def rules_of_pictures(rulebook: Rulebook) -> tuple[Rule, ...]:
    """The rules that a file alone can fire: they read what a file gives, and what a person may add."""
    return tuple(
        rule
        for rule in rulebook.rules
        if _MEASURED & set(rule.needs)
        and all(path == _GIVEN or path in _MEASURED or _asked(path) for path in rule.needs)
    )


def check_picture(
    evidence: Evidence, bits: int, rulebook: Rulebook, tables: Uploads, route_id: str
) -> PictureCheck:
    """Judge one picture by its facts; `bits` are those of one colour. KeyError for an unknown route."""
    wanted = tables.route(route_id)
    true, open_rules = _rules(evidence, rulebook)
    routes = tuple(_route(evidence, bits, route) for route in tables.routes)
    (chosen,) = (one for one in routes if one.route is wanted)
    problem = any(rule.state is State.PROBLEM for rule in true)
    if problem or chosen.outcome in (Outcome.REFUSED, Outcome.REFUSED_BY_REPORTS):
        state = State.PROBLEM
    elif open_rules or chosen.outcome is Outcome.UNKNOWN:
        state = State.UNDECIDED
    else:
        state = State.FINE
    return PictureCheck(
        state, true, open_rules, routes, tuple(_store(evidence, one) for one in tables.stores)
    )


def _rules(evidence: Evidence, rulebook: Rulebook) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    read = dict(evidence.values()).__getitem__
    wanted = {rule.id for rule in rules_of_pictures(rulebook)}
    true, unsettled = list[Rule](), list[Rule]()
    for rule, node in zip(rulebook.rules, rulebook.expressions, strict=True):
        if rule.id not in wanted:
            continue
        answer = decide(node, read)
        if answer.value is True:
            true.append(rule)
        # What only a person's answer could make true is no question about the file.
        elif answer.value is None and rule.state is State.PROBLEM and reachable(node, read, _asked):
            unsettled.append(rule)
    return tuple(true), tuple(unsettled)


def _asked(path: str) -> bool:
    return FACTS[path].group == "ticket"


def _route(evidence: Evidence, bits: int, route: Route) -> RouteCheck:
    spoken_of = {name for one in route.statements for name in one.formats}
    applied = tuple(
        Applied(one, _outcome(evidence, one, spoken_of))
        for one in route.statements
        if _speaks_of(evidence, bits, one.only)
    )
    found = {one.outcome for one in applied}
    if evidence.photo.format is None or evidence.photo.decodes is None:
        found.add(Outcome.UNKNOWN)
    if evidence.photo.decodes is False:
        found.add(Outcome.NOT_PROMISED)
    return RouteCheck(route, next(one for one in _GRAVITY if one in {*found, Outcome.TAKEN}), applied)


def _outcome(evidence: Evidence, one: Statement, spoken_of: set[str]) -> Outcome:
    photo = evidence.photo
    broken = False
    if one.most_bytes is not None and photo.bytes is not None:
        broken = photo.bytes > one.most_bytes
    if one.least_side is not None and photo.width and photo.height:
        broken = broken or min(photo.width, photo.height) < one.least_side
    if one.formats and photo.format is not None:
        # One source speaks of JPEG and another of PNG: together they speak well of both.
        broken = broken or photo.format not in spoken_of
    if not broken or one.breaks is Breaks.NOTHING:
        return Outcome.TAKEN
    if one.breaks is Breaks.NOT_PROMISED:
        return Outcome.NOT_PROMISED
    return Outcome.REFUSED if one.supports == "documented" else Outcome.REFUSED_BY_REPORTS


def _speaks_of(evidence: Evidence, bits: int, only: Only) -> bool:
    photo = evidence.photo
    match only:
        case Only.ANY:
            return True
        case Only.TRANSPARENT:
            return photo.has_alpha is True
        case Only.NOT_SQUARE:
            return photo.width != photo.height
        case Only.TURNED:
            return photo.orientation not in (None, 1)
        case Only.ANIMATED:
            return photo.animated is True
        case Only.PRINT_COLOURS:
            return photo.colour_mode == "CMYK"
        case Only.DEEP:
            return bits > 8
        case Only.LARGER_THAN_448:
            return (photo.largest_side or 0) > 448


def _store(evidence: Evidence, store: Store) -> StoreCheck:
    width, height = evidence.photo.width, evidence.photo.height
    if not width or not height:
        return StoreCheck(store)
    side = min(width, height)
    makes = tuple(one for one in store.sides if one <= side)
    above = tuple(one for one in store.sides if one > side)
    if store.enlarges == "never":
        return StoreCheck(store, makes, lacks=above)
    return StoreCheck(store, makes, unsure=above)
