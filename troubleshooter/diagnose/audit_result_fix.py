"""What a rule's steps amount to for many people: one change, a script, work by hand, or letters.

Read from the rule's own commands; nothing here runs anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from troubleshooter.diagnose.rule import Actor, Rule, State, Step


class Effort(StrEnum):
    """The kind of work a cause asks for."""

    ONE_CHANGE = "one_change"  # one setting of the tenant
    SCRIPT = "script"  # one command for each person, so a script
    BY_HAND = "by_hand"  # somebody looks at each person
    LETTER = "letter"  # the people themselves act
    CASE = "case"  # one support case
    DEVELOPER = "developer"  # the makers of an app
    WAIT = "wait"  # nobody acts


class Place(StrEnum):
    """Where a step of an administrator belongs when many people are concerned."""

    SIGN_IN = "sign_in"  # once, before the people
    EACH = "each"  # the same command for each person
    TENANT = "tenant"  # one change for everybody, never in a script
    HAND = "hand"  # no command, or one that asks for something only a person can fill in


@dataclass(frozen=True, slots=True)
class Planned:
    """One step and where it belongs; `changes` is false for a command that only reads."""

    number: int
    step: Step
    place: Place
    changes: bool


@dataclass(frozen=True, slots=True)
class Fix:
    """All steps of an administrator; `script` are those that a script can do, sign-in before them."""

    effort: Effort
    steps: tuple[Planned, ...]

    @property
    def script(self) -> tuple[Planned, ...]:
        """Steps for the script; empty when no command changes something person by person."""
        each = [one for one in self.steps if one.place is Place.EACH]
        if not any(one.changes for one in each):
            return ()
        kept = [one for one in self.steps if one.place is Place.EACH or _opens(one, each)]
        return tuple(kept)

    @property
    def by_hand(self) -> tuple[Planned, ...]:
        """Steps that stay with a person."""
        script = {one.number for one in self.script}
        return tuple(one for one in self.steps if one.number not in script)

    @property
    def effect(self) -> str:
        """The effect of the step that changes most: the tenant's own setting, else the last command."""
        changing = [one for one in self.steps if one.changes]
        wide = [one for one in changing if one.place is Place.TENANT]
        chosen = (wide or changing)[-1:]
        return chosen[0].step.effect if chosen else ""


_FACT = re.compile(r"\{\{\s*(\w+\.\w+)")
_NAME = "person.user_principal_name"
_TO_FILL_IN = re.compile(r"<[^<>{}]*>")
_SIGN_IN = re.compile(r"^\s*Connect-(\w+)", re.MULTILINE)
_CHANGES = re.compile(
    r"\b(?:Set|Update|Remove|New|Add|Enable|Disable|Clear|Grant|Revoke|Send|Start|Stop|Restart)-\w+"
    r"|\bInvoke-\w+Request\b(?!.*-Method\s+GET\b)",
    re.IGNORECASE,
)
# Whether somebody may sign in again is decided person by person: leavers are blocked on purpose.
_NEVER_IN_BULK = re.compile(r"-AccountEnabled\b", re.IGNORECASE)
_MODULES = {"MgGraph": "-Mg", "PnPOnline": "-PnP", "SPOService": "-SPO"}


def fix_of(rule: Rule) -> Fix:
    """The steps of a rule, sorted by where they belong."""
    steps = tuple(_planned(number, step) for number, step in enumerate(rule.admin_steps, 1))
    return Fix(_effort(rule, steps), steps)


def _planned(number: int, step: Step) -> Planned:
    lines = [line for line in step.command.splitlines() if line.strip()]
    changing = [line for line in lines if _CHANGES.search(line)]
    signs_in = _SIGN_IN.search(step.command) is not None
    personal = any(_NAME in line for line in lines)
    # A script knows people by their sign-in name alone; every other fact differs from one to the next.
    told = {path for path in _FACT.findall(step.command) if not path.startswith("run.")} <= {_NAME}
    alone = _NEVER_IN_BULK.search(step.command) is not None
    open_places = _TO_FILL_IN.search(step.command) is not None or not told or alone
    if signs_in and len(lines) == 1:
        place = Place.SIGN_IN
    elif not lines or open_places:
        place = Place.HAND
    elif personal and all(_NAME in line for line in changing) and not signs_in:
        place = Place.EACH
    elif changing:
        place = Place.TENANT
    else:
        place = Place.HAND
    return Planned(number, step, place, bool(changing))


def _opens(one: Planned, each: list[Planned]) -> bool:
    found = _SIGN_IN.search(one.step.command) if one.place is Place.SIGN_IN else None
    noun = _MODULES.get(found.group(1), "") if found else ""
    return bool(noun) and any(noun in other.step.command and one.number < other.number for other in each)


def _effort(rule: Rule, steps: tuple[Planned, ...]) -> Effort:
    if rule.state is State.ON_ITS_WAY or rule.actor is Actor.NOBODY:
        return Effort.WAIT
    others = {Actor.USER: Effort.LETTER, Actor.MICROSOFT: Effort.CASE, Actor.DEVELOPER: Effort.DEVELOPER}
    if rule.actor in others:
        return others[rule.actor]
    if any(one.place is Place.TENANT for one in steps):
        return Effort.ONE_CHANGE
    return Effort.SCRIPT if Fix(Effort.SCRIPT, steps).script else Effort.BY_HAND
