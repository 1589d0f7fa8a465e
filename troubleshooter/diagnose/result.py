"""The one result object. Every output is a view of it; it holds no language, only rules, facts and times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from troubleshooter.codes.decoder import Decoded
from troubleshooter.diagnose.rule import Actor, Confidence, Rule, State
from troubleshooter.evidence.record import Collected, Evidence, Gap, Value

SCHEMA = "photo-troubleshooter/result/1"


class Role(StrEnum):
    """What a true rule is to the verdict."""

    CAUSE = "cause"
    SYMPTOM = "symptom"  # true, and explained by the cause
    SEPARATE = "separate"  # true, and not explained by the cause
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is true for this person."""

    rule: Rule
    role: Role
    explained_by: str = ""  # rule id, for symptoms


@dataclass(frozen=True, slots=True)
class Undecided:
    """A rule that could not be decided: the facts that are missing, and why.

    `question` is true when the rule could not become true without an answer that only people know: then
    somebody is asked first, and no permission alone would settle it.
    `before_cause` is true when the rule stands before the verdict's cause, so that it would change our mind.
    """

    rule: Rule
    missing: tuple[Gap, ...]
    question: bool
    before_cause: bool

    @property
    def needs(self) -> tuple[str, ...]:
        """Paths of the missing facts."""
        return tuple(gap.fact for gap in self.missing)

    @property
    def permissions(self) -> tuple[str, ...]:
        """Permissions that would settle it, without repeats."""
        return tuple(dict.fromkeys(gap.permission for gap in self.missing if gap.permission))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer. `cause` is None when undecided without a known obstacle.

    `confidence` is already lowered when earlier rules could not be decided; `lowered_by` names them.
    `wait_until` is when waiting stops being normal, `stuck_at` when an admin should act; None when no clock
    runs.
    """

    state: State
    cause: Rule | None
    actor: Actor
    confidence: Confidence
    lowered_by: tuple[str, ...] = ()
    wait_from: datetime | None = None
    wait_until: datetime | None = None
    stuck_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything the views need about one person.

    `meanings` says of every request that failed, by its source id, what its status and code mean.
    """

    collected: Collected
    verdict: Verdict
    findings: tuple[Finding, ...]
    undecided: tuple[Undecided, ...]
    ruled_out: tuple[Rule, ...]
    rules_version: str
    meanings: Mapping[str, Decoded] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def evidence(self) -> Evidence:
        """The facts behind the verdict."""
        return self.collected.evidence

    @property
    def symptoms(self) -> tuple[Finding, ...]:
        """True rules that the cause explains."""
        return tuple(f for f in self.findings if f.role is Role.SYMPTOM)

    @property
    def advice(self) -> tuple[Finding, ...]:
        """Worth saying, without bearing on the verdict."""
        return tuple(f for f in self.findings if f.role is Role.ADVICE)

    @property
    def questions(self) -> tuple[Undecided, ...]:
        """Rules that one answer from a person would decide."""
        return tuple(u for u in self.undecided if u.question)

    @property
    def would_change_our_mind(self) -> tuple[Undecided, ...]:
        """Undecided rules that stand before the cause, or all of them when there is none."""
        return tuple(u for u in self.undecided if u.before_cause and not u.question)


@dataclass(frozen=True, slots=True)
class Seen:
    """A fact as one part of an expression reads it: its value, or why there is none."""

    path: str
    value: Value
    gap: Gap | None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an expression. `value` None: not decided. `facts` only where nothing is below it."""

    depth: int
    text: str
    value: bool | None
    facts: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One comparison that would have to come out `wanted`; `value` is how it comes out now."""

    text: str
    wanted: bool
    value: bool | None
    facts: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """An expression on one person. `changes` is the smallest set that would turn the answer round."""

    value: bool | None
    parts: tuple[Part, ...]
    changes: tuple[Change, ...]
