"""Causes that show only across people: rules over the aggregates of an audit.

They are facts, rules and words like those about one person (docs/decisions/0009): a rule that is not decided
is no finding, and names what keeps it open. `explains` names the causes whose people it accounts for.
"""

# ruff: noqa: S608 - written from checked trees and our own names, never from a rule's text

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from troubleshooter.diagnose.complaint import Complaint, RuleError
from troubleshooter.diagnose.expression import Node, facts_of
from troubleshooter.diagnose.page import Page, open_page
from troubleshooter.diagnose.rule import Rule, Step
from troubleshooter.diagnose.rule_file import read_step
from troubleshooter.diagnose.sql import to_sql
from troubleshooter.diagnose.tenant import VERDICTS
from troubleshooter.diagnose.tenant_rules_bounds import (
    RUN_FACTS,
    WORDS,
    answers,
    json_row,
    open_facts,
    packed,
    relation,
    row_of,
)
from troubleshooter.diagnose.tenant_rules_facts import Known, aggregate
from troubleshooter.diagnose.tenant_rules_file import TenantDraft, read_tenant_rule
from troubleshooter.evidence.aggregates import GROUP
from troubleshooter.evidence.record import Evidence, Value, with_values
from troubleshooter.evidence.store import Store

FOLDER = "_tenant"
FINDINGS = "tenant_findings"
EXPLAINED = "tenant_explained"
"""Tables of the store: FINDINGS(rule, verdict, facts as JSON) and EXPLAINED(rule, person_id, cause)."""
_STEPS = "_steps"
_FACT = re.compile(rf"\b{GROUP}\.\w+")


@dataclass(frozen=True, eq=False)
class TenantRulebook:
    """The rules about the tenant by name, their checked expressions, and a version that follows the files."""

    rules: tuple[Rule, ...]
    expressions: tuple[Node, ...]
    whose: tuple[Node | None, ...]
    version: str

    def rule(self, rule_id: str) -> Rule:
        """The rule with this id. KeyError when there is none."""
        return (
            next(rule for rule in self.rules if rule.id == rule_id) if rule_id in self else _missing(rule_id)
        )

    def __contains__(self, rule_id: object) -> bool:
        return any(rule.id == rule_id for rule in self.rules)


@dataclass(frozen=True, slots=True)
class TenantFinding:
    """A rule that is true of the tenant, or that could not be decided (`verdict` None).

    `facts` are those its expression and words read, by path; `needs` those that keep it open. `explained`
    counts the people it accounts for by their cause, when it is true. `explained_by` names another true rule
    of which this one is a symptom, or is ''.
    """

    rule: Rule
    verdict: bool | None
    facts: Mapping[str, Known]
    needs: tuple[str, ...] = ()
    explained: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    explained_by: str = ""

    @property
    def people(self) -> int:
        """How many people's cause this accounts for."""
        return sum(self.explained.values())

    @property
    def values(self) -> Mapping[str, Value]:
        """Values by path for the words: of bounds the lower one, None what is unknown."""
        return MappingProxyType({path: known.value for path, known in self.facts.items()})

    @property
    def run(self) -> Evidence:
        """Evidence that holds the facts of the run alone, for words about hosts."""
        return with_values(
            Evidence(), {path: value for path, value in self.values.items() if path in RUN_FACTS}
        )


def _missing(rule_id: str) -> Rule:
    raise KeyError(rule_id)


def load_tenant_rules() -> TenantRulebook:
    """The built-in rules about the tenant. Raises RuleError when one is broken."""
    found = read_tenant_folder(files("troubleshooter.rules"))
    if isinstance(found, list):
        raise RuleError(found)
    return found


def read_tenant_folder(root: Traversable) -> TenantRulebook | list[Complaint]:
    """The rules in `_tenant` of a rulebook's folder, or everything that is wrong with them."""
    complaints: list[Complaint] = []
    pages = list(_pages(root / FOLDER, f"rules/{FOLDER}", complaints))
    known = frozenset({*_rule_ids(root), *(page.stem for page in pages)})
    steps = _shared_steps(root / _STEPS)
    drafts = [read_tenant_rule(page, steps, known) for page in pages]
    _check_circles(drafts)
    if complaints:
        return complaints
    digest = hashlib.sha256("\0".join(page.text for page in pages).encode()).hexdigest()[:12]
    return TenantRulebook(
        tuple(draft.rule for draft in drafts),
        tuple(draft.expression for draft in drafts if draft.expression is not None),
        tuple(draft.whose for draft in drafts),
        digest,
    )


def _pages(folder: Traversable, name: str, complaints: list[Complaint]) -> Iterator[Page]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            page = open_page(f"{name}/{entry.name}", entry, complaints)
            if page is not None:
                yield page


def _rule_ids(folder: Traversable) -> Iterator[str]:
    """Ids of the rules about people: the names of their files."""
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name[0] not in "._":
            yield from (
                one.name.removesuffix(".toml") for one in entry.iterdir() if one.name.endswith(".toml")
            )


def _shared_steps(folder: Traversable) -> dict[str, tuple[Step, ...]]:
    """Steps that rules about people share, those that speak of no person."""
    found = {}
    for entry in folder.iterdir() if folder.is_dir() else ():
        complaints: list[Complaint] = []
        page = open_page(entry.name, entry, complaints)
        if page is None:
            continue
        tables = enumerate(page.tables(page.data, ("steps",)))
        steps = tuple(read_step(page, ("steps", index), table, WORDS) for index, table in tables)
        if not complaints:
            found[page.stem] = steps
    return found


def _check_circles(drafts: Sequence[TenantDraft]) -> None:
    graph = {draft.rule.id: draft.rule.explains for draft in drafts}
    for draft in drafts:
        seen: set[str] = set()
        waiting = list(draft.rule.explains)
        while waiting:
            name = waiting.pop()
            if name == draft.rule.id:
                draft.page.complain(
                    ("explains",),
                    "{key} runs in a circle.",
                    "Take one of them out: a cause cannot be explained by its own symptom.",
                )
                break
            waiting += graph.get(name, ()) if name not in seen else ()
            seen.add(name)


def tenant_findings(store: Store, rulebook: TenantRulebook) -> tuple[TenantFinding, ...]:
    """The rules that are true of this tenant, those that explain most people first; then the undecided ones.

    Writes the tables `tenant_findings` and `tenant_explained`. People are counted by the table `verdicts`.
    """
    facts = dict(aggregate(store)) | {path: Known(store.run_facts.get(path)) for path in RUN_FACTS}
    row = row_of(facts)
    truth = answers(rulebook.expressions, [row])[0] if rulebook.rules else ()
    true = {rule.id for rule, answer in zip(rulebook.rules, truth, strict=True) if answer}
    people = _explain(store, rulebook, true, row)
    found = []
    for rule, node, answer in zip(rulebook.rules, rulebook.expressions, truth, strict=True):
        if answer is False:
            continue
        found.append(
            TenantFinding(
                rule,
                answer,
                MappingProxyType({path: facts[path] for path in _read_by(rule, facts)}),
                open_facts(node, row) if answer is None else (),
                MappingProxyType(people.get(rule.id, {})),
                _explained_by(rule.id, true, rulebook) if answer else "",
            )
        )
    found.sort(key=lambda one: (one.verdict is None, bool(one.explained_by), -one.people, one.rule.id))
    _write(store, found)
    return tuple(found)


def _read_by(rule: Rule, facts: Mapping[str, Known]) -> list[str]:
    """Facts that the rule's expression and words read, and those of the run, in the order of the schema."""
    steps = (text for step in rule.admin_steps for text in (step.text, step.command, step.undo, step.verify))
    texts = (rule.when, rule.because, rule.headline, rule.near_miss, *rule.false_positives, *steps)
    named = {name for text in texts for name in _FACT.findall(text)}
    return [path for path in facts if path in named or path in RUN_FACTS]


def _explained_by(rule_id: str, true: set[str], rulebook: TenantRulebook) -> str:
    return next((rule.id for rule in rulebook.rules if rule.id in true and rule_id in rule.explains), "")


def _explain(
    store: Store, rulebook: TenantRulebook, true: set[str], row: Mapping[str, Any]
) -> dict[str, dict[str, int]]:
    """Write which people the true rules account for; counts by rule and cause."""
    columns = "rule VARCHAR, person_id VARCHAR, cause VARCHAR"
    tables = {name for (name,) in store.query("SELECT table_name FROM duckdb_tables()")}
    with store.transaction():
        store.connection.execute(f"CREATE OR REPLACE TABLE {EXPLAINED} ({columns})")
        for rule, whose in zip(rulebook.rules, rulebook.whose, strict=True):
            if rule.id in true and rule.explains and VERDICTS in tables:
                _explain_one(store, rule, whose, row)
    counts = store.query(f"SELECT rule, cause, count(*) FROM {EXPLAINED} GROUP BY ALL ORDER BY 3 DESC, 2")
    found: dict[str, dict[str, int]] = {}
    for rule_id, cause, people in counts:
        found.setdefault(rule_id, {})[cause] = people
    return found


def _explain_one(store: Store, rule: Rule, whose: Node | None, row: Mapping[str, Any]) -> None:
    """Nobody for whom `whose` is not certainly true is counted."""
    paths = sorted({path for path in facts_of(whose) if path.startswith(f"{GROUP}.")}) if whose else []
    beside = f"CROSS JOIN {relation(paths)}" if paths else ""
    condition = to_sql(whose) if whose else "true"
    values: list[Any] = [rule.id, *([packed([json_row(paths, row)])] if paths else []), list(rule.explains)]
    store.connection.execute(
        f"INSERT INTO {EXPLAINED} SELECT ?, person_id, cause FROM {VERDICTS} JOIN {store.relation} "
        f"USING (person_id) {beside} WHERE cause IN (SELECT unnest(?)) AND {condition}",
        values,
    )


def explained_people(store: Store) -> int:
    """How many people at least one true tenant-wide rule accounts for, each counted once."""
    return int(store.query(f"SELECT count(DISTINCT person_id) FROM {EXPLAINED}")[0][0])


def _write(store: Store, found: Sequence[TenantFinding]) -> None:
    with store.transaction():
        store.connection.execute(
            f"CREATE OR REPLACE TABLE {FINDINGS} (rule VARCHAR, verdict BOOLEAN, facts VARCHAR)"
        )
        store.insert(FINDINGS, [(one.rule.id, one.verdict, _facts_json(one.facts)) for one in found])


def _facts_json(facts: Mapping[str, Known]) -> str:
    """Facts by path: a value, or its bounds; null what is unknown. Facts of the run are told elsewhere."""
    return json.dumps({path: _json(known) for path, known in facts.items() if path not in RUN_FACTS})


def _json(known: Known) -> object:
    value = known.value
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or known.exact:
        return list(value) if isinstance(value, tuple) else value
    return {"at_least": value, **({} if known.at_most is None else {"at_most": known.at_most})}
