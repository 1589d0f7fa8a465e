"""What each permission unlocks: from the rules to their facts, to the calls, to the permissions.

A rule *needs* a permission when a fact it reads stays unknown without it. It may still be decided for some
people: one known fact can be enough to rule it out. It can be decided for *everybody* only with all it needs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from troubleshooter.diagnose.rule import Rule, State
from troubleshooter.evidence.aggregates import TENANT_FACTS
from troubleshooter.evidence.permissions import ALL, FILES, SITE_ADDRESS, of_fact
from troubleshooter.evidence.schema import FACTS

_FACT = re.compile(r'(?<!")\b[a-z]+\.[a-z_0-9]+\b')
_TENANT_FACT = re.compile(r"\b[a-z_]+_(?:people|of|unknown|share)\b")
# Aggregates whose sources name no fact about people: the fullness of the host, and pages drawn at random.
_OF_TENANT_FACT: Mapping[str, tuple[str, ...]] = {
    "tenant.my_site_storage_share": (SITE_ADDRESS, FILES),
    "tenant.pages_default_share": (SITE_ADDRESS, FILES),
}


class Mode(StrEnum):
    """What the program is used for."""

    DIAGNOSE = "diagnose"
    AUDIT = "audit"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Unlocks:
    """One permission in one mode. `rules` need it; of these `alone` need no other permission.

    `fine`: nobody can be called fine without it.
    """

    key: str
    rules: tuple[Rule, ...]
    alone: tuple[Rule, ...]
    fine: bool


@dataclass(frozen=True, slots=True)
class Needs:
    """What one mode needs: its permissions, in the order of the photo's own way, and all its rules."""

    mode: Mode
    unlocks: tuple[Unlocks, ...]
    by_rule: tuple[tuple[Rule, frozenset[str]], ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The permissions of this mode."""
        return tuple(one.key for one in self.unlocks)

    def weight(self, rule: Rule) -> int:
        """How many permissions a rule needs in this mode."""
        return next((len(keys) for one, keys in self.by_rule if one is rule), 0)

    def undecided_without(self, missing: Collection[str]) -> tuple[Rule, ...]:
        """The rules that cannot be decided for everybody while these permissions are missing."""
        return tuple(rule for rule, keys in self.by_rule if not keys.isdisjoint(missing))


def needs_of(
    mode: Mode, rules: Iterable[Rule], tenant_rules: Iterable[Rule] = (), *, host_given: bool = False
) -> Needs:
    """What a mode needs, given the rules about people and those about the tenant.

    `host_given`: the SharePoint address need not be asked for.
    """
    chosen = [*_of_mode(mode, rules), *(tenant_rules if mode is Mode.AUDIT else ())]
    waived = {SITE_ADDRESS} if host_given else set()
    by_rule = tuple((rule, frozenset(_keys(rule) - waived)) for rule in chosen)
    wanted = [key for key in ALL if any(key in keys for _, keys in by_rule)]
    return Needs(mode, tuple(_unlocks(key, by_rule) for key in wanted), by_rule)


def _of_mode(mode: Mode, rules: Iterable[Rule]) -> Iterator[Rule]:
    """The policy mode asks who may change photos; the others ask everything."""
    return (rule for rule in rules if mode is not Mode.POLICY or rule.area == Mode.POLICY)


def _unlocks(key: str, by_rule: Iterable[tuple[Rule, frozenset[str]]]) -> Unlocks:
    needing = [(rule, keys) for rule, keys in by_rule if key in keys]
    fine = [keys for rule, keys in by_rule if rule.state is State.FINE]
    return Unlocks(
        key,
        rules=tuple(rule for rule, _ in needing),
        alone=tuple(rule for rule, keys in needing if keys == {key}),
        fine=bool(fine) and all(key in keys for keys in fine),
    )


def _keys(rule: Rule) -> set[str]:
    direct = {key for path in rule.needs for key in _OF_TENANT_FACT.get(path, ())}
    return direct | {key for path in rule.needs for fact in _read_for(path) for key in of_fact(fact)}


def _read_for(path: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """The facts about people that a fact is made of; an aggregate names them in its source."""
    if path in FACTS:
        return {path}
    info = TENANT_FACTS.get(path)
    if info is None or path in seen:
        return set()
    made_of = {word for word in _FACT.findall(info.source) if word in FACTS}
    others = {f"{info.group}.{word}" for word in _TENANT_FACT.findall(info.source)} - {path}
    return made_of.union(*(_read_for(other, seen | {path}) for other in others))


def costs(needs: Needs, missing: Collection[str]) -> Mapping[str, tuple[Rule, ...]]:
    """For each missing permission the rules that would be decided for everybody if it alone were there."""
    held = set(ALL) - set(missing)
    return {
        key: tuple(rule for rule, keys in needs.by_rule if key in keys and keys <= held | {key})
        for key in missing
    }
