"""What a rule is: one boolean expression over facts, and the words that belong to it.

Words are English templates (Jinja2 over the facts, sandboxed when rendered); views translate the template
first and fill it afterwards. The loader is `rulebook`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class State(StrEnum):
    """What a rule says of a person, and what a verdict says."""

    PROBLEM = "problem"
    ON_ITS_WAY = "on_its_way"
    FINE = "fine"
    UNDECIDED = "undecided"
    ADVICE = "advice"  # rules only: worth saying, changes no verdict


class Actor(StrEnum):
    """Who must act."""

    USER = "user"
    ADMIN = "admin"
    DEVELOPER = "developer"
    MICROSOFT = "microsoft"
    NOBODY = "nobody"


class Confidence(StrEnum):
    """How sure we are if the rule fires."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Status(StrEnum):
    """Maturity of a rule."""

    EXPERIMENTAL = "experimental"
    TEST = "test"
    STABLE = "stable"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing somebody does. `why` says what it is for; the command fields are for admins only.

    In a letter `brief` stands for the step; a step that is not `in_letter` is covered by the one before it.
    """

    text: str
    why: str = ""
    command: str = ""
    effect: str = ""
    undo: str = ""
    verify: str = ""
    brief: str = ""
    in_letter: bool = True


@dataclass(frozen=True, slots=True)
class Reference:
    """A public page a rule rests on, and when it was last checked (ISO date)."""

    url: str
    title: str
    checked_on: str
    supports: str  # documented | field


@dataclass(frozen=True, slots=True)
class Example:
    """A situation the rule must get right: `expect` is True, False or None (cannot decide)."""

    name: str
    facts: Mapping[str, object]
    expect: bool | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One cause. `id` is the file's stem, `area` its folder, `needs` the facts its expression reads."""

    id: str
    area: str
    title: str
    status: Status
    state: State
    actor: Actor
    confidence: Confidence
    when: str
    because: str
    headline: str
    generation: str = ""  # which text of Microsoft's sync article the reasoning rests on: G0 ... G4, or ''
    near_miss: str = ""
    explains: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    normal_for: timedelta | None = None
    stuck_after: timedelta | None = None
    wait_from: tuple[str, ...] = ()  # fact paths; the first known one starts the wait clock
    user_steps: tuple[Step, ...] = ()
    admin_steps: tuple[Step, ...] = ()
    references: tuple[Reference, ...] = ()
    false_positives: tuple[str, ...] = ()
    examples: tuple[Example, ...] = field(default=(), repr=False)
    path: str = ""
    by_sample: bool = False
    """A fine rule that rests on a random sample of people: rules that are open about this person, because
    nobody looked, do not stand against it. An obstacle that was met does. docs/decisions/0007."""
