"""The verdict on everybody of a store, set-wise: one statement, no Python object for any person.

It says row by row what `verdict.diagnose_one` says; tests compare them.
"""

# ruff: noqa: S608 - written from checked trees and our own names, never from a rule's text

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from troubleshooter.diagnose.doubts_sql import column, could_become, missing, missing_permission, open_because
from troubleshooter.diagnose.rule import Actor, Confidence, Rule, State
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.sql import to_sql
from troubleshooter.evidence.rows import MASKS
from troubleshooter.evidence.schema import GROUPS
from troubleshooter.evidence.store import Store

VERDICTS = "verdicts"
COLUMNS = (
    "person_id VARCHAR", "state VARCHAR", "cause VARCHAR", "actor VARCHAR", "confidence VARCHAR",
    "lowered_by VARCHAR[]", "true_rules VARCHAR[]", "undecided VARCHAR[]", "wait_from TIMESTAMP",
    "wait_until TIMESTAMP", "stuck_at TIMESTAMP",
)  # fmt: skip
"""Columns of the table `verdicts`: `cause` is '' when undecided without a known obstacle.

`true_rules` are all rules that are true, in order; `undecided` those that would change our mind, asking
people left aside. Times are UTC, NULL when no clock runs.
"""
_CAUSES = (State.PROBLEM, State.ON_ITS_WAY)
_COLUMNS_AT_ONCE, _PEOPLE_AT_ONCE = 60, 20_000


@dataclass(frozen=True, slots=True)
class Total:
    """How many people share a state and a cause ('' for none)."""

    state: str
    cause: str
    people: int


def verdict_table(store: Store, rulebook: Rulebook) -> str:
    """Write the table `verdicts` with one row for each person; returns its name."""
    book, growing = _Book(rulebook), f"{VERDICTS}_growing"
    with store.transaction():
        store.connection.execute(f"CREATE OR REPLACE TABLE {growing} ({', '.join(COLUMNS)})")
    for relation in store.verdict_relations(_PEOPLE_AT_ONCE):
        with store.transaction():
            _add_verdicts(store, book, relation, growing)
    with store.transaction():  # whoever stops in between leaves the old table as it was
        store.connection.execute(f"DROP TABLE IF EXISTS {VERDICTS}")
        store.connection.execute(f"ALTER TABLE {growing} RENAME TO {VERDICTS}")
        store.put("rules_version", rulebook.version)
    return VERDICTS


def _add_verdicts(store: Store, book: _Book, relation: str, table: str) -> None:
    """The verdicts on some people, in steps, because planning all of it at once takes 150 MB."""
    steps = []
    for number, answers in enumerate(book.answers_in_parts(relation)):
        steps.append(f"answers_of_rules_{number}")
        store.connection.execute(f"CREATE OR REPLACE TEMP TABLE {steps[-1]} AS {answers}")
    joined = f"(SELECT * FROM {' POSITIONAL JOIN '.join(steps)})"
    store.connection.execute(f"INSERT INTO {table} WITH {book.verdicts(joined)}")
    for step in steps:
        store.connection.execute(f"DROP TABLE {step}")


def totals(store: Store) -> list[Total]:
    """People by state and cause, the most frequent first."""
    sql = f"SELECT state, cause, count(*) FROM {VERDICTS} GROUP BY ALL ORDER BY count(*) DESC, state, cause"
    return [Total(*row) for row in store.query(sql)]


class _Book:
    """A rulebook as one SELECT."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rules = rulebook.rules
        self.nodes = rulebook.expressions

    def statement(self, relation: str) -> str:
        """Rule answers and doubts first, then the first cause, then the verdict."""
        return f"\nWITH answers AS ({self.answers(relation)}),\n{self.verdicts('answers')}"

    def answers(self, relation: str) -> str:
        """What every rule says of everybody, what keeps it open, and the times that clocks start from."""
        return f"SELECT {', '.join(self._answers())} FROM {relation}"

    def answers_in_parts(self, relation: str) -> Iterator[str]:
        """The same as several statements, whose columns belong side by side."""
        columns = list(self._answers())
        for start in range(0, len(columns), _COLUMNS_AT_ONCE):
            yield f"SELECT {', '.join(columns[start : start + _COLUMNS_AT_ONCE])} FROM {relation}"

    def verdicts(self, answers: str) -> str:
        """The rest of the statement, over a relation of answers; without the word WITH."""
        return f"""
weighed AS (SELECT *, {", ".join(self._doubts())} FROM {answers}),
firsts AS (SELECT *, {self._decisive()} AS decisive, {self._first(State.UNDECIDED)} AS obstacle FROM weighed),
causes AS (SELECT *, CASE WHEN decisive IN ({self._numbers(*_CAUSES)}) THEN decisive END AS cause_at
    FROM firsts),
doubts AS (SELECT *, {self._lowering()} AS doubting, {self._fine()} AS fine FROM causes),
outcomes AS (SELECT *, CASE WHEN cause_at IS NOT NULL THEN cause_at WHEN fine IS NOT NULL
    THEN fine ELSE obstacle END AS chosen, cause_at IS NULL AND fine IS NULL AS unsure FROM doubts)
SELECT person_id, {self._state()}, {self._word(lambda rule: rule.id)}, {self._actor()}, {self._confidence()},
    CASE WHEN cause_at IS NULL THEN [] ELSE doubting END, {self._true_rules()}, {self._mind()},
    wait_from, {self._clock(lambda rule: rule.normal_for)}, {self._clock(lambda rule: rule.stuck_after)}
FROM (SELECT *, {self._wait_from()} AS wait_from FROM outcomes)"""

    def _answers(self) -> Iterator[str]:
        yield "person_id"
        for place, (rule, node) in enumerate(zip(self.rules, self.nodes, strict=True)):
            yield f"{to_sql(node)} AS r{place}"
            if rule.state in (*_CAUSES, State.FINE):
                yield f"{open_because(node, missing)} AS u{place}"
                yield f"{could_become(node)} AS c{place}"
                yield f"{open_because(node, missing_permission)} AS p{place}"
        waits = dict.fromkeys(path for rule in self.rules for path in rule.wait_from)
        for number, path in enumerate(waits):
            yield f"{column(path)} AS w{number}"

    def _doubts(self) -> Iterator[str]:
        """Open, applicable, and more than a question to people; then whether any such rule is a cause."""
        for place, _ in self._of(*_CAUSES, State.FINE):
            yield f"(u{place} AND c{place}) AS d{place}"
        worrying = [f"(c{place} AND u{place})" for place, _ in self._of(*_CAUSES)]
        yield f"({' OR '.join(worrying) or 'false'}) AS worrying"

    def _of(self, *states: State) -> list[tuple[int, Rule]]:
        return [(place, rule) for place, rule in enumerate(self.rules) if rule.state in states]

    def _numbers(self, *states: State) -> str:
        return ", ".join(str(place) for place, _ in self._of(*states)) or "-1"

    def _first(self, *states: State) -> str:
        cases = " ".join(f"WHEN r{place} THEN {place}" for place, _ in self._of(*states))
        return f"CASE {cases} END" if cases else "CAST(NULL AS INTEGER)"

    def _decisive(self) -> str:
        return self._first(*_CAUSES, State.FINE)

    def _before(self, place: int) -> str:
        return f"(cause_at IS NULL OR {place} < cause_at)"

    def _lowering(self) -> str:
        return self._names((place, f"d{place} AND {self._before(place)}") for place, _ in self._of(*_CAUSES))

    def _names(self, conditions: Iterator[tuple[int, str]] | Sequence[tuple[int, str]]) -> str:
        items = ", ".join(f"CASE WHEN {sql} THEN {_text(self.rules[at].id)} END" for at, sql in conditions)
        return f"list_filter([{items}], lambda one: one IS NOT NULL)" if items else "CAST([] AS VARCHAR[])"

    def _fine(self) -> str:
        """The first true fine rule that nothing stands against; the twin of `verdict._may_say_fine`."""
        cases = " ".join(
            f"WHEN r{place} AND {'(NOT worrying OR obstacle IS NULL)' if rule.by_sample else 'NOT worrying'} "
            f"THEN {place}"
            for place, rule in self._of(State.FINE)
        )
        return f"CASE {cases} END" if cases else "CAST(NULL AS INTEGER)"

    def _word(self, word: Callable[[Rule], str]) -> str:
        """A word of the rule that gives the verdict; '' when none does."""
        groups: dict[str, list[int]] = {}
        for place, rule in enumerate(self.rules):
            groups.setdefault(word(rule), []).append(place)
        cases = " ".join(
            f"WHEN chosen IN ({', '.join(map(str, places))}) THEN {_text(said)}"
            for said, places in groups.items()
        )
        return f"CASE {cases} ELSE '' END" if cases else "''"

    def _state(self) -> str:
        states = self._word(lambda rule: rule.state.value)
        return f"CASE WHEN unsure THEN '{State.UNDECIDED}' ELSE {states} END"

    def _actor(self) -> str:
        settling = self._of(*_CAUSES, State.FINE)
        real = " OR ".join(f"(d{place} AND p{place})" for place, _ in settling) or "false"
        asked = " OR ".join(f"(u{place} AND NOT d{place})" for place, _ in settling) or "false"
        admin, user, nobody = f"'{Actor.ADMIN}'", f"'{Actor.USER}'", f"'{Actor.NOBODY}'"
        settles = f"CASE WHEN {real} THEN {admin} WHEN {asked} THEN {user} ELSE {nobody} END"
        return f"CASE WHEN chosen IS NULL THEN {settles} ELSE {self._word(lambda rule: rule.actor.value)} END"

    def _confidence(self) -> str:
        own = self._word(lambda rule: rule.confidence.value)
        lower = self._word(
            lambda rule: (Confidence.MEDIUM if rule.confidence is Confidence.HIGH else Confidence.LOW).value
        )
        return (
            f"CASE WHEN chosen IS NULL THEN '{Confidence.LOW}' "
            f"WHEN cause_at IS NOT NULL AND len(doubting) > 0 THEN {lower} ELSE {own} END"
        )

    def _true_rules(self) -> str:
        return self._names([(place, f"r{place}") for place in range(len(self.rules))])

    def _mind(self) -> str:
        """Undecided rules before the cause; where there is none, the fine rules as well."""
        causes = {place for place, _ in self._of(*_CAUSES)}
        return self._names(
            (place, f"d{place} AND " + (self._before(place) if place in causes else "cause_at IS NULL"))
            for place, _ in self._of(*_CAUSES, State.FINE)
        )

    def _wait_from(self) -> str:
        waits = list(dict.fromkeys(path for rule in self.rules for path in rule.wait_from))
        cases = ""
        for place, rule in self._of(*_CAUSES):
            if rule.wait_from:
                clocks = ", ".join(f"w{waits.index(path)}" for path in rule.wait_from)
                cases += f" WHEN cause_at = {place} THEN coalesce({clocks})"
        return f"CASE {cases} END" if cases else "CAST(NULL AS TIMESTAMP)"

    def _clock(self, span: Callable[[Rule], timedelta | None]) -> str:
        cases = " ".join(
            f"WHEN cause_at = {place} THEN wait_from + INTERVAL '{length // timedelta(seconds=1)} seconds'"
            for place, rule in self._of(*_CAUSES)
            if (length := span(rule)) is not None
        )
        return f"CASE {cases} END" if cases else "CAST(NULL AS TIMESTAMP)"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


NEEDED_COLUMNS = ("person_id", *GROUPS, *MASKS)
"""What a relation must have so that the statement can be run over it."""


def verdict_sql(rulebook: Rulebook, relation: str) -> str:
    """The statement alone, for other relations of the same columns, such as Parquet files."""
    return _Book(rulebook).statement(relation)
