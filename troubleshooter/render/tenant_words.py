"""Words of a cause for many people at once: a rule's own words, filled with what all of them share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import SimpleNamespace

from babel.dates import format_skeleton
from babel.numbers import format_percent

from troubleshooter.diagnose.audit_result_fix import Effort
from troubleshooter.diagnose.audit_result_types import AuditCause, PersonRow, Sample
from troubleshooter.diagnose.changes_classes import Change
from troubleshooter.diagnose.rule import Actor, State
from troubleshooter.evidence.aggregates import GROUP, TENANT_FACTS
from troubleshooter.evidence.record import EvidenceBuilder, Value, with_values
from troubleshooter.evidence.schema import FACTS, SAMPLE_SIZE
from troubleshooter.render.labels import ACTORS, marked
from troubleshooter.render.language import Language
from troubleshooter.render.text import plain, shortened
from troubleshooter.render.values import UNKNOWN
from troubleshooter.render.words import Filler, RuleWords

_ = marked

NAME_LENGTH = 80

EFFORTS: dict[Effort, str] = {
    Effort.ONE_CHANGE: _("one change for everybody"),
    Effort.SCRIPT: _("one script"),
    Effort.BY_HAND: _("by hand, person by person"),
    Effort.LETTER: _("one letter to the people"),
    Effort.CASE: _("one support case"),
    Effort.DEVELOPER: _("a change in an app"),
    Effort.WAIT: _("none, wait"),
}

CHANGES: dict[Change, str] = {
    Change.FIXED: _("Fixed"),
    Change.NEW: _("New problems"),
    Change.FOUND: _("Found now"),
    Change.SAME: _("Same problem"),
    Change.BECAME_UNDECIDED: _("Became undecided"),
    Change.LEFT: _("Left"),
    Change.UNDER_WAY: _("On its way now"),
    Change.DECIDED: _("Decided now"),
    Change.STILL_UNDECIDED: _("Still undecided"),
    Change.UNCHANGED: _("Unchanged"),
    Change.JOINED: _("Joined"),
    Change.FIRST_LOOK: _("Looked at for the first time"),
    Change.NOT_LOOKED_AT: _("Not looked at now"),
}
ALWAYS = (Change.FIXED, Change.NEW, Change.SAME, Change.BECAME_UNDECIDED, Change.LEFT)
"""Classes that are printed also when nobody is in them."""

NOT_LOOKED_AT: dict[str, tuple[str, str]] = {
    "guests": (_("Guests"), _("Include them with --include guests.")),
    "rooms": (_("Rooms and equipment"), _("Include them with --include rooms.")),
    "sample": (_("People outside the sample"), _("Run the audit without --sample.")),
    "gone": (_("Not in the tenant any more"), _("They were there when the audit began.")),
    "where": (_("People outside the condition"), _("Run the audit without --where.")),
}

SIGN_IN_NAME = _("<sign-in name>")
_DIFFERS = _("[differs or unknown]")


class GroupFiller(Filler):
    """Fills a rule's words with the facts that all its people share; the rest is said to differ."""

    def __init__(
        self,
        common: Mapping[str, Value],
        language: Language,
        *,
        sign_in_name: str = "",
        differs: str = _DIFFERS,
    ) -> None:
        known = {path: value for path, value in common.items() if path in FACTS and value is not None}
        if sign_in_name:
            known["person.user_principal_name"] = sign_in_name
        super().__init__(with_values(EvidenceBuilder().build(), known), language)
        self._unknown = language.text(differs)
        self._prose = self._environment(self._in_prose)
        self._command = self._environment(self._in_command)


class TenantFiller(GroupFiller):
    """Fills the words of a rule about the whole tenant; of bounds the lower one is written."""

    def __init__(self, facts: Mapping[str, Value], run: Mapping[str, Value], language: Language) -> None:
        super().__init__(run, language, differs=UNKNOWN)
        known: dict[str, Value] = dict.fromkeys((info.name for info in TENANT_FACTS.values()), None)
        for path, value in facts.items():
            info = TENANT_FACTS.get(path)
            if info is not None:
                timed = info.kind == "datetime" and isinstance(value, str)
                known[info.name] = datetime.fromisoformat(str(value)) if timed else value
        self._facts[GROUP] = SimpleNamespace(**known)


def group_words(cause: AuditCause, language: Language) -> RuleWords:
    """The rule's words for an administrator: the sign-in name is a place to fill in."""
    return GroupFiller(cause.common, language, sign_in_name=language.text(SIGN_IN_NAME)).words(cause.rule)


def letter_words(cause: AuditCause, language: Language) -> RuleWords:
    """The rule's words for the people themselves."""
    return GroupFiller(cause.common, language).words(cause.rule)


def person_name(row: PersonRow, language: Language) -> str:
    """How to call a person in a list; shortened and harmless."""
    raw = row.display_name or row.user_principal_name or row.mail or row.id
    return shortened(plain(raw), NAME_LENGTH).strip() or language.text(_("Unknown person"))


def person_address(row: PersonRow) -> str:
    """The sign-in name, shortened and harmless; '' when unknown."""
    return shortened(plain(row.user_principal_name or row.mail), NAME_LENGTH)


def permission_name(name: str, language: Language) -> str:
    """A permission as the collectors name it; some are whole sentences."""
    return shortened(plain(language.text(name)), 2 * NAME_LENGTH)


def percent(part: float, whole: float, language: Language) -> str:
    """A share with one decimal; what is not nothing is never written as nothing, nor all but one as all."""
    if not whole:
        return "\u2013"
    share = part / whole
    if 0 < share < 0.001:
        share = 0.001
    elif 0.999 < share < 1:
        share = 0.999
    return str(format_percent(share, "#,##0.#\u00a0%", locale=language.locale))


def month(day: date, language: Language) -> str:
    """A month and its year, as the language writes them."""
    return str(format_skeleton("yMMM", day, locale=language.locale))


def actor_word(actor: str, language: Language) -> str:
    """Who acts, in a word or two."""
    return language.text(ACTORS[Actor(actor)])


def effect_on_users(cause: AuditCause, words: RuleWords, language: Language) -> str:
    """What the people notice when somebody repairs this; '\u2013' when the rule does not say."""
    effort = cause.fix.effort
    if effort is Effort.LETTER:
        return language.text(_("asks them to act"))
    if effort in (Effort.WAIT, Effort.CASE) or cause.state is State.ON_ITS_WAY:
        return language.text(_("none"))
    changing = cause.fix.effect
    step = next((step for step in cause.rule.admin_steps if changing and step.effect == changing), None)
    if step is None:
        return "\u2013"
    return words.admin_steps[cause.rule.admin_steps.index(step)].effect


_PROFILES = (
    _(
        "The lists agree on {looked} people drawn at random, and all their profiles fitted: with a certainty "
        "of 95 % at most {bound} of the others like them are not right. Those were not asked about singly."
    ),
    _("The lists agree on {looked} people; the profile of each of them was read, and all fitted."),
    _(
        "The lists agree on {looked} people drawn at random, and the profiles of {wrong} did not fit; so "
        "nobody is called fine by sample, and the profiles of all such people were asked for."
    ),
)
_PAGES = (
    _(
        "{looked} people drawn at random are right in every store, and all their pages show the photo: with "
        "a certainty of 95 % at most {bound} of the other pages fail. Those were not opened."
    ),
    _(
        "{looked} people are right in every store; the page of each of them was opened, and all show the "
        "photo."
    ),
    _(
        "{looked} people drawn at random are right in every store, and the pages of {wrong} do not show the "
        "photo; so nobody is called fine by sample, and the pages of all such people were asked for."
    ),
)


def sample_sentences(sample: Sample, language: Language) -> tuple[str, ...]:
    """What a random sample allows to say about those who were not looked at; docs/decisions/0007."""
    found = []
    for looked, wrong, words in (
        (sample.profiles, sample.differing, _PROFILES),
        (sample.pages, sample.default, _PAGES),
    ):
        if looked:
            what = words[2] if wrong else words[0] if looked >= SAMPLE_SIZE else words[1]
            bound = percent(upper_bound(wrong, looked), 1, language)
            number, missed = language.number(looked), language.number(wrong)
            found.append(language.text(what, looked=number, wrong=missed, bound=bound))
    return tuple(found)


def upper_bound(wrong: int, looked: int) -> float:
    """The 95 % upper bound of a share, one-sided, from a random sample.

    With nothing wrong it is the rule of three, 3/n (https://pubmed.ncbi.nlm.nih.gov/6827763/); otherwise the
    exact one of Clopper and Pearson, found by halving.
    """
    if not looked or wrong >= looked:
        return 1.0
    if not wrong:
        return min(1.0, 3 / looked)
    low, high = wrong / looked, 1.0
    for _step in range(60):
        middle = (low + high) / 2
        if _at_most(wrong, looked, middle) > 0.05:
            low = middle
        else:
            high = middle
    return high


def _at_most(wrong: int, looked: int, share: float) -> float:
    """The chance of at most so many wrong ones. The terms are built up, so nothing overflows."""
    term = (1 - share) ** looked
    total = term
    for number in range(1, wrong + 1):
        term *= (looked - number + 1) / number * share / (1 - share)
        total += term
    return float(total)
