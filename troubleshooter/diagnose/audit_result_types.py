"""The result of an audit: one object that every output of a tenant is a view of.

It holds counts, rules and times, never a list of everybody; people come from iterators beside it
(`audit_result_people`). A person whose finding was accepted counts in `Totals.accepted` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

from troubleshooter.diagnose.audit_result_fix import Fix, fix_of
from troubleshooter.diagnose.rule import Rule, State
from troubleshooter.evidence.record import Value

SCHEMA = "photo-troubleshooter/audit/1"


@dataclass(frozen=True, slots=True)
class Totals:
    """People by state; the five numbers add up to everybody."""

    problem: int = 0
    on_its_way: int = 0
    fine: int = 0
    undecided: int = 0
    accepted: int = 0

    @property
    def people(self) -> int:
        """Everybody."""
        return self.problem + self.on_its_way + self.fine + self.undecided + self.accepted

    def of(self, state: State) -> int:
        """People in one state, accepted findings left out."""
        return int(getattr(self, state.value)) if state is not State.ADVICE else 0


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person in a list: codes, not words. Times are UTC.

    `accepted` is '', 'accepted' or 'expired'; None means unknown. `undecided` are the rules that would change
    our mind.
    """

    id: str
    user_principal_name: str
    display_name: str
    mail: str
    state: State
    cause: str
    actor: str
    confidence: str
    wait_from: datetime | None
    wait_until: datetime | None
    stuck_at: datetime | None
    accepted: str
    department: str | None
    usage_location: str | None
    user_type: str | None
    exchange_plan: str | None
    on_premises_synced: bool | None
    mailbox_location: str | None
    photo_present: bool | None
    sharepoint_picture: str | None
    same_picture: bool | None
    true_rules: tuple[str, ...]
    undecided: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many of a cause's people share a value; `of` counts everybody in the tenant who has it.

    `value` None: unknown.
    """

    value: Value
    people: int
    of: int = 0


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A cause's people by one fact. `others` have rarer values than those listed."""

    fact: str
    counts: tuple[Count, ...]
    others: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """The range of a number or a time over a cause's people; `unknown` of them have none."""

    fact: str
    low: Value
    high: Value
    unknown: int


@dataclass(frozen=True, slots=True)
class Since:
    """People by the month of the fact that tells since when; `before` are older than the months listed."""

    fact: str
    months: tuple[tuple[date, int], ...]
    before: int
    unknown: int


@dataclass(frozen=True, slots=True)
class AuditCause:
    """One rule that gives the verdict of several people.

    `lowered` of them are less sure than the rule's own confidence, because an earlier rule is open;
    `accepted` more people have it as an accepted finding. `common` are the facts that are equal for all.
    """

    rule: Rule
    state: State
    people: int
    accepted: int = 0
    lowered: int = 0
    waits_until: datetime | None = None
    pattern: tuple[Breakdown | Span, ...] = ()
    where: tuple[Breakdown, ...] = ()
    since: Since | None = None
    first: tuple[PersonRow, ...] = ()
    common: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def id(self) -> str:
        """The rule's id."""
        return self.rule.id

    @property
    def fix(self) -> Fix:
        """What somebody can do about it."""
        return fix_of(self.rule)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One rule of the rulebook over everybody: for how many it is the cause, and for how many it is open."""

    rule: Rule
    people: int
    undecided: int
    accepted: int


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Facts that rules read and that are missing for one reason, or, with `reason` '', for one permission.

    `missing` people lack some of them; `readable` lack none of them for any reason.
    `blocks` counts the undecided whom these facts keep open, `decides` those whom they alone could settle.
    """

    groups: tuple[str, ...]
    reason: str
    permission: str
    missing: int
    readable: int
    blocks: int
    decides: int


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Findings accepted together. An expired one counts again as what it is."""

    cause: str
    reason: str
    author: str
    until: date | None
    expired: bool
    people: int


@dataclass(frozen=True, slots=True)
class Move:
    """People who went the same way since the last run. `kind` is a class of `changes_classes.Change`."""

    kind: str
    old_state: str
    old_cause: str
    new_state: str
    new_cause: str
    people: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed since the earlier run; `since` is when that one ended, None when it did not say."""

    since: datetime | None
    moves: tuple[Move, ...]
    photos: int

    def of(self, kind: str) -> int:
        """People of one class."""
        return sum(move.people for move in self.moves if move.kind == kind)


@dataclass(frozen=True, slots=True)
class TenantFinding:
    """A rule about the whole tenant. `verdict` None: could not be decided. `rule` None: nobody words it.

    Facts that are known between bounds have theirs in `at_most` too. `people` are those whose cause it
    accounts for.
    """

    id: str
    verdict: bool | None
    facts: Mapping[str, Value]
    at_most: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    people: int = 0
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """How long one quota made us wait, in seconds."""

    bucket: str
    own_rate: float
    told_to_wait: float
    refusals: int


@dataclass(frozen=True, slots=True)
class Traffic:
    """What was asked of the service; `items` counts what the requests held, such as those of a $batch."""

    requests: int
    items: int
    throttled: int
    seconds: float
    by_kind: Mapping[str, int]
    waits: tuple[Wait, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """People whose bulk facts agree, looked at one by one to see how far the bulk facts can be trusted."""

    profiles: int
    differing: int
    pages: int
    default: int


@dataclass(frozen=True, slots=True)
class Again:
    """Verdicts given anew on stored evidence: when, the audit's own rules, and how many verdicts differ."""

    at: datetime
    rules_version: str
    changed: int


@dataclass(frozen=True, slots=True)
class AuditResult:
    """Everything the views need about a tenant, the lists of people left out.

    `finished_at` None: the audit has not ended, so everything here is about those collected until now.
    `obstacles` holds permissions alone (`reason` '') first; `fine_by` says on which rule "fine" rests.
    `incomplete` is a msgid that says why the list of people may be short; '' when it is whole.
    """

    tenant: str
    tenant_name: str
    started_at: datetime | None
    finished_at: datetime | None
    resumed_at: tuple[datetime, ...]
    tenant_size: int | None
    totals: Totals
    causes: tuple[AuditCause, ...]
    fine_by: tuple[AuditCause, ...]
    outcomes: tuple[Outcome, ...]
    undecided_first: tuple[PersonRow, ...]
    obstacles: tuple[Obstacle, ...]
    accepted: tuple[Acceptance, ...]
    changes: Changes | None
    tenant_findings: tuple[TenantFinding, ...]
    not_looked_at: Mapping[str, int]
    incomplete: str
    traffic: Traffic | None
    sample: Sample | None
    settings: Mapping[str, object]
    run: Mapping[str, Value]
    rules_version: str
    again: Again | None = None

    @property
    def problems(self) -> tuple[AuditCause, ...]:
        """Causes of problems that are not all accepted, by people."""
        return tuple(cause for cause in self.causes if cause.state is State.PROBLEM and cause.people)

    @property
    def waiting(self) -> tuple[AuditCause, ...]:
        """Causes of what is on its way, by people."""
        return tuple(cause for cause in self.causes if cause.state is State.ON_ITS_WAY and cause.people)

    @property
    def met(self) -> tuple[AuditCause, ...]:
        """Obstacles that were met and have a rule of their own, by people."""
        return tuple(cause for cause in self.causes if cause.state is State.UNDECIDED and cause.people)

    @property
    def permissions(self) -> tuple[Obstacle, ...]:
        """Missing permissions, the one that would decide most people first."""
        return tuple(one for one in self.obstacles if not one.reason)

    @property
    def unknown(self) -> tuple[Obstacle, ...]:
        """Missing facts by reason, those that keep people undecided first."""
        return tuple(one for one in self.obstacles if one.reason)

    @property
    def expired(self) -> int:
        """People whose accepted finding has expired, so that it counts again."""
        return sum(one.people for one in self.accepted if one.expired)
