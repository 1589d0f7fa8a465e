"""From the answers of all rules to one verdict.

The rules stand in the order of the photo's own way, so the first true problem (or wait) is the cause, and
later true rules that it explains are its symptoms. Rules behind the `fine` ones conclude from what people
tell alone, and count only where the stores could not prove that all is well. What could not be decided never
becomes a finding; when it stands before the cause it lowers the confidence, and when there is no cause it
keeps the verdict open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from troubleshooter.codes.decoder import Decoded, Decoder
from troubleshooter.codes.endpoints import endpoint_of
from troubleshooter.diagnose.engine import BATCH, Truth
from troubleshooter.diagnose.expression import decide, reachable
from troubleshooter.diagnose.result import Diagnosis, Finding, Role, Undecided, Verdict
from troubleshooter.diagnose.rule import Actor, Confidence, Rule, State
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.evidence.record import Collected, Evidence, Gap, GapReason
from troubleshooter.evidence.schema import FACTS

_CAUSES = (State.PROBLEM, State.ON_ITS_WAY)
_LOWER = {
    Confidence.HIGH: Confidence.MEDIUM,
    Confidence.MEDIUM: Confidence.LOW,
    Confidence.LOW: Confidence.LOW,
}


def diagnose(collected: Iterable[Collected], rulebook: Rulebook) -> Iterator[Diagnosis]:
    """A diagnosis per person, in order. Memory stays flat however many there are."""
    people = iter(collected)
    while batch := list(islice(people, BATCH)):
        truths = rulebook.engine.evaluate_batch([one.evidence for one in batch])
        for one, truth in zip(batch, truths, strict=True):
            yield conclude(one, truth, rulebook)


def diagnose_one(collected: Collected, rulebook: Rulebook) -> Diagnosis:
    """The diagnosis of one person: a relation with one row."""
    return next(diagnose([collected], rulebook))


def conclude(collected: Collected, truth: Truth, rulebook: Rulebook) -> Diagnosis:
    """The diagnosis that follows from one answer per rule."""
    evidence = collected.evidence
    true = [rule for rule, answer in zip(rulebook.rules, truth, strict=True) if answer is True]
    false = [rule for rule, answer in zip(rulebook.rules, truth, strict=True) if answer is False]
    cause = _first_cause(true)
    undecided, idle = _undecided(evidence, truth, rulebook, cause)
    verdict = _verdict(evidence, true, undecided, cause)
    false_or_idle = {rule.id for rule in (*false, *idle)}
    return Diagnosis(
        collected=collected,
        verdict=verdict,
        findings=tuple(_findings(true, verdict.cause, rulebook)),
        undecided=undecided,
        ruled_out=tuple(
            rule for rule in rulebook.rules if rule.id in false_or_idle and rule.state in _CAUSES
        ),
        rules_version=rulebook.version,
        meanings=_meanings(evidence, rulebook.decoder),
    )


def _meanings(evidence: Evidence, decoder: Decoder) -> Mapping[str, Decoded]:
    """What every request that failed means, by its source id."""
    return {
        source.id: decoder.decode(endpoint_of(source.url), source.status, source.error_code)
        for source in evidence.sources
        if not 200 <= source.status < 300
    }


def _first_cause(true: list[Rule]) -> Rule | None:
    """The first true problem or wait. What stands behind a true `fine` rests on hearsay and yields to it."""
    first = next((rule for rule in true if rule.state in (*_CAUSES, State.FINE)), None)
    return first if first is not None and first.state in _CAUSES else None


def _undecided(
    evidence: Evidence, truth: Truth, rulebook: Rulebook, cause: Rule | None
) -> tuple[tuple[Undecided, ...], list[Rule]]:
    """The undecided rules, and those that only speak of things that are not there."""
    found: list[Undecided] = []
    idle: list[Rule] = []
    read = dict(evidence.values()).__getitem__
    reasons = {gap.fact: gap for gap in evidence.gaps}
    before = True
    for rule, node, answer in zip(rulebook.rules, rulebook.expressions, truth, strict=True):
        before = before and rule is not cause
        if answer is not None:
            continue
        unknown = decide(node, read).unknown or {path for path in rule.needs if read(path) is None}
        gaps = [reasons.get(path) or _unmentioned(path) for path in rule.needs if path in unknown]
        missing = tuple(gap for gap in gaps if gap.reason is not GapReason.NOT_APPLICABLE)
        if not missing:
            idle.append(rule)
            continue
        question = not reachable(node, read, _is_asked)
        matters = before and rule.state in (*_CAUSES, *(() if cause else (State.FINE,)))
        found.append(Undecided(rule, missing, question, matters))
    return tuple(found), idle


def _is_asked(path: str) -> bool:
    """A fact that only people know."""
    return FACTS[path].group == "ticket"


def _unmentioned(path: str) -> Gap:
    """The gap of a fact that the evidence does not speak of."""
    return Gap(path, GapReason.NOT_ASKED if _is_asked(path) else GapReason.NOT_COLLECTED)


def _verdict(
    evidence: Evidence, true: list[Rule], undecided: tuple[Undecided, ...], cause: Rule | None
) -> Verdict:
    doubts = [
        entry
        for entry in undecided
        if entry.rule.state in _CAUSES and entry.before_cause and not entry.question
    ]
    if cause is not None:
        confidence = _LOWER[cause.confidence] if doubts else cause.confidence
        clock = _clock(evidence, cause)
        return Verdict(
            state=cause.state,
            cause=cause,
            actor=cause.actor,
            confidence=confidence,
            lowered_by=tuple(entry.rule.id for entry in doubts),
            wait_from=clock.start,
            wait_until=clock.after(cause.normal_for),
            stuck_at=clock.after(cause.stuck_after),
        )
    obstacle = next((rule for rule in true if rule.state is State.UNDECIDED), None)
    fine = next(
        (rule for rule in true if rule.state is State.FINE and _may_say_fine(rule, doubts, obstacle)), None
    )
    if fine is not None:
        return Verdict(State.FINE, fine, fine.actor, fine.confidence)
    if obstacle is not None:
        return Verdict(State.UNDECIDED, obstacle, obstacle.actor, obstacle.confidence)
    return Verdict(State.UNDECIDED, None, _who_settles(undecided), Confidence.LOW)


def _may_say_fine(rule: Rule, doubts: list[Undecided], obstacle: Rule | None) -> bool:
    """Proof about the person has no doubts beside it; proof by sample needs only that nothing failed."""
    return not doubts or (rule.by_sample and obstacle is None)


def _who_settles(undecided: tuple[Undecided, ...]) -> Actor:
    """Who can give us what is missing: an admin a permission, the person an answer."""
    settling = [entry for entry in undecided if entry.before_cause]
    if any(entry.permissions for entry in settling if not entry.question):
        return Actor.ADMIN
    return Actor.USER if any(entry.question for entry in settling) else Actor.NOBODY


def _findings(true: list[Rule], cause: Rule | None, rulebook: Rulebook) -> Iterator[Finding]:
    # Only what is true can hand an explanation on: a policy forbids a change, and a change that was made
    # explains an old copy, but the policy alone does not.
    explained = rulebook.explained_by(cause.id, true) if cause else frozenset()
    passed = False
    for rule in true:
        if rule is cause:
            passed = True
            yield Finding(rule, Role.CAUSE)
        elif rule.state is State.ADVICE:
            yield Finding(rule, Role.ADVICE)
        elif cause and passed and (rule.id in explained or rule.id in rulebook.hearsay):
            yield Finding(rule, Role.SYMPTOM, cause.id)
        else:
            yield Finding(rule, Role.SEPARATE)


@dataclass(frozen=True, slots=True)
class _Clock:
    """The wait clock of a cause; `start` is None when no fact starts it."""

    start: datetime | None

    def after(self, span: timedelta | None) -> datetime | None:
        """The end of a span; None without a clock, and for a time no calendar has."""
        if self.start is None or span is None:
            return None
        try:
            return self.start + span
        except OverflowError:
            return None


def _clock(evidence: Evidence, rule: Rule) -> _Clock:
    for path in rule.wait_from:
        found = evidence.value(path)
        if isinstance(found, datetime):
            return _Clock(found if found.tzinfo else found.replace(tzinfo=UTC))
    return _Clock(None)
