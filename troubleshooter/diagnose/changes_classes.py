"""What can have become of a person between two audits: one table, complete and disjoint.

The states are those of the two verdicts. Where an audit has no evidence of somebody, it matters why: `AWAY`
when that audit looked at everybody and the person was not in the tenant, `UNSEEN` when it may just not have
looked (narrowed by an option, left out, not finished). Nothing is concluded about the unseen.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import product

from troubleshooter.diagnose.rule import State

AWAY = "away"
UNSEEN = "unseen"
STATES = (State.PROBLEM, State.ON_ITS_WAY, State.FINE, State.UNDECIDED)
INFERRED = "inferred"
BY_SAMPLE = ("fine-by-sample", "fine-pages-sampled")
"""Rules that call somebody fine who was not looked at closely: a problem found later may be an old one."""
STANDINGS = (*(state.value for state in STATES), INFERRED, AWAY, UNSEEN)
"""Everything an audit can say of a person."""


def _(meaning: str) -> str:
    """Mark a text for translation; gives it back unchanged."""
    return meaning


class Change(StrEnum):
    """The class of a person. Every person of whom either audit has evidence is in exactly one."""

    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> Change:
        """A member whose `meaning` is an English template."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    NEW = "new", _("Problem now; was fine, on its way, or not in the tenant.")
    FOUND = "found", _("Problem now; could not be decided, or was not looked at, then. May be an old one.")
    SAME = "same", _("Problem then and now.")
    FIXED = "fixed", _("Fine now; was a problem or on its way.")
    UNDER_WAY = "under_way", _("On its way now; was a problem, or fine.")
    BECAME_UNDECIDED = "became_undecided", _("Was decided; could not be decided now.")
    STILL_UNDECIDED = "still_undecided", _("Could not be decided, then and now.")
    DECIDED = "decided", _("Fine or on its way now; could not be decided then.")
    UNCHANGED = "unchanged", _("Fine then and now, or on its way then and now.")
    JOINED = "joined", _("Not in the tenant then; no problem is known now.")
    FIRST_LOOK = "first_look", _("Not looked at then; no problem is known now.")
    LEFT = "left", _("Was there; is not in the tenant now.")
    NOT_LOOKED_AT = "not_looked_at", _("Was looked at then, not now; nothing is known of a change.")


WORSE = (Change.NEW, Change.FOUND)
"""Problems that the earlier audit did not report: they may be new, so no pipeline should pass over them."""


def classify(then: str, now: str) -> Change:
    """The class of a person by what each audit says. ValueError when neither has evidence."""
    if then in (AWAY, UNSEEN) and now in (AWAY, UNSEEN):
        raise ValueError("neither audit has evidence of this person")
    if now == AWAY:
        return Change.LEFT
    if now == UNSEEN:
        return Change.NOT_LOOKED_AT
    if now == State.PROBLEM:
        return _problem(then)
    then, now = (State.FINE.value if one == INFERRED else one for one in (then, now))
    if then == AWAY:
        return Change.JOINED
    if then == UNSEEN:
        return Change.FIRST_LOOK
    if now == State.UNDECIDED:
        return Change.STILL_UNDECIDED if then == State.UNDECIDED else Change.BECAME_UNDECIDED
    if then == State.UNDECIDED:
        return Change.DECIDED
    if then == now:
        return Change.UNCHANGED
    return Change.FIXED if now == State.FINE else Change.UNDER_WAY


def _problem(then: str) -> Change:
    if then == State.PROBLEM:
        return Change.SAME
    return Change.FOUND if then in (State.UNDECIDED, INFERRED, UNSEEN) else Change.NEW


def class_sql(then: str, now: str) -> str:
    """SQL: the class, from two columns that hold standings."""
    pairs: dict[Change, list[str]] = {}
    for one, other in product(STANDINGS, STANDINGS):
        if not {one, other} <= {AWAY, UNSEEN}:
            pairs.setdefault(classify(one, other), []).append(f"('{one}', '{other}')")
    cases = " ".join(
        f"WHEN ({then}, {now}) IN ({', '.join(found)}) THEN '{change}'" for change, found in pairs.items()
    )
    return f"CASE {cases} END"
