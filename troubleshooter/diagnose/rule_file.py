"""Reads one rule file into a `Rule`, with every fault named by file, line and remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from troubleshooter.diagnose.complaint import ExpressionRefused, nearest
from troubleshooter.diagnose.examples import read_examples
from troubleshooter.diagnose.expression import Node, facts_of
from troubleshooter.diagnose.grammar import read_expression
from troubleshooter.diagnose.page import Page
from troubleshooter.diagnose.rule import Actor, Confidence, Example, Reference, Rule, State, Status, Step
from troubleshooter.diagnose.templates import check_template
from troubleshooter.diagnose.toml_lines import KeyPath
from troubleshooter.evidence.schema import FACTS, FactInfo

LIMITS = {"title": 100, "headline": 260, "because": 1200, "near_miss": 600}
BRIEF_LIMIT = 300  # characters of what stands for shared steps in a letter
STEP_LIMITS = {"text": 600, "why": 500, "command": 2000, "effect": 500, "undo": 800, "verify": 800}
SUPPORTS = ("documented", "field")
GENERATIONS = ("G0", "G1", "G2", "G3", "G4")
KEYS = (
    "title", "status", "state", "actor", "confidence", "generation", "when", "by_sample", "explains",
    "because", "headline", "near_miss", "normal_for", "stuck_after", "wait_from", "user_steps", "admin_steps",
    "references", "false_positives", "examples",
)  # fmt: skip
ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
DURATION = re.compile(r"(\d{1,5}) ?(min|h|d)")
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Form:
    """What differs between rules about a person and rules about others: their facts, keys and examples."""

    facts: Mapping[str, FactInfo]
    keys: tuple[str, ...]
    examples: Callable[[Page], tuple[Example, ...]]


PERSON = Form(FACTS, KEYS, read_examples)


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule read from its file, its expression, and where the user wants it to stand ('' by default)."""

    page: Page
    rule: Rule
    expression: Node | None
    after: str = ""


def read_rule(
    page: Page, area: str, steps: Mapping[str, tuple[Step, ...]], *, built_in: bool, form: Form = PERSON
) -> Draft:
    """Read a rule; the draft is unusable when the page has complaints."""
    data = page.data
    if not ID.fullmatch(page.stem):
        page.complain(
            (),
            "The rule id {id} is not in kebab case.",
            "Name the file with lower-case letters, digits and hyphens, such as photo-too-small.toml.",
            id=page.stem,
        )
    page.check_keys(data, (), form.keys if built_in else (*form.keys, "after"))
    words = {
        key: page.words(data, (key,), limit, required=key != "near_miss", line=key in ("title", "headline"))
        for key, limit in LIMITS.items()
    }
    for key, text in words.items():
        check_template(page, (key,), text, form.facts)
    false_positives = page.texts(data, ("false_positives",), 500)
    for text in false_positives:
        check_template(page, ("false_positives",), text, form.facts)
    expression = read_when(page, "when", form.facts)
    status = Status(page.choice(data, ("status",), Status))
    rule = Rule(
        id=page.stem,
        area=area,
        title=words["title"],
        status=status,
        state=State(page.choice(data, ("state",), State)),
        actor=Actor(page.choice(data, ("actor",), Actor)),
        confidence=Confidence(page.choice(data, ("confidence",), Confidence)),
        when=str(data.get("when", "")).strip(),
        because=words["because"],
        headline=words["headline"],
        generation=page.choice(data, ("generation",), GENERATIONS) if data.get("generation") else "",
        near_miss=words["near_miss"],
        explains=page.texts(data, ("explains",), 80),
        needs=tuple(dict.fromkeys(facts_of(expression))) if expression else (),
        normal_for=_duration(page, "normal_for"),
        stuck_after=_duration(page, "stuck_after"),
        wait_from=page.texts(data, ("wait_from",), 80),
        user_steps=read_steps(page, "user_steps", steps, form.facts),
        admin_steps=read_steps(page, "admin_steps", steps, form.facts),
        references=_references(page, status),
        false_positives=false_positives,
        examples=form.examples(page),
        path=page.file,
        by_sample=_by_sample(page),
    )
    _check_clock(page, rule)
    return Draft(page, rule, expression, page.words(data, ("after",), 80) if not built_in else "")


def read_steps(
    page: Page, key: str, shared: Mapping[str, tuple[Step, ...]], facts: Mapping[str, FactInfo] = FACTS
) -> tuple[Step, ...]:
    """Steps written here, and shared procedures named with `use`."""
    found: list[Step] = []
    for index, table in enumerate(page.tables(page.data, (key,))):
        at: KeyPath = (key, index)
        if "use" not in table:
            found.append(read_step(page, at, table, facts))
            continue
        page.check_keys(table, at, ("use",))
        name = str(table["use"])
        if name in shared:
            found.extend(shared[name])
            continue
        near = nearest(name, shared)
        page.complain(
            (*at, "use"),
            "There are no shared steps called {name}.",
            "Did you mean {nearest}?" if near else "Write them in _steps/{name}.toml.",
            name=name,
            nearest=near,
        )
    return tuple(found)


def read_step(
    page: Page, at: KeyPath, table: Mapping[str, Any], facts: Mapping[str, FactInfo] = FACTS
) -> Step:
    """One step: `text` is required, the rest is optional."""
    page.check_keys(table, at, STEP_LIMITS)
    words: dict[str, Any] = {}
    for name, limit in STEP_LIMITS.items():
        words[name] = page.words(table, (*at, name), limit, required=name == "text")
        check_template(page, (*at, name), words[name], facts)
    return Step(**words)


def read_when(page: Page, key: str, facts: Mapping[str, FactInfo]) -> Node | None:
    """The expression under a key; None, with a complaint, when there is none that can be used."""
    text = page.data.get(key)
    if not isinstance(text, str) or not text.strip():
        page.complain((key,), "{key} is missing.", "Write one boolean expression over facts.")
        return None
    try:
        return read_expression(text, facts)
    except ExpressionRefused as refused:
        named = text.find(str(refused.values.get("fact", "")))
        offset = refused.line or text.count("\n", 0, max(named, 0))
        page.complain((key,), refused.what, refused.remedy, offset=offset, **refused.values)
        return None


def _duration(page: Page, key: str) -> timedelta | None:
    value = page.data.get(key)
    if value is None:
        return None
    found = DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        page.complain(
            (key,), "{key} is not a duration: {value!r}.", 'Write "30 min", "24 h" or "3 d".', value=value
        )
        return None
    return int(found[1]) * _UNITS[found[2]]


def _by_sample(page: Page) -> bool:
    value = page.data.get("by_sample", False)
    if not isinstance(value, bool) or (value and page.data.get("state") != State.FINE):
        page.complain(
            ("by_sample",),
            "{key} may be true only where state is fine.",
            "Remove it: any other rule speaks of what was read about the person.",
        )
        return False
    return value


def _check_clock(page: Page, rule: Rule) -> None:
    for path in rule.wait_from:
        if path not in FACTS or FACTS[path].kind != "datetime":
            times = [info.path for info in FACTS.values() if info.kind == "datetime"]
            near = nearest(path, times)
            page.complain(
                ("wait_from",),
                "{key} names {fact}, which is not a fact that holds a time.",
                "Did you mean {nearest}?" if near else "The facts that hold a time are: {known}.",
                fact=path,
                nearest=near,
                known=", ".join(times),
            )
    if rule.wait_from and rule.normal_for is None and rule.stuck_after is None:
        page.complain(
            ("wait_from",), "{key} starts a clock that never ends.", "Add normal_for, stuck_after or both."
        )
    if rule.normal_for and rule.stuck_after and rule.stuck_after < rule.normal_for:
        page.complain(
            ("stuck_after",),
            "{key} is shorter than normal_for.",
            "Waiting is normal first and stuck later; exchange the two durations.",
        )


def _references(page: Page, status: Status) -> tuple[Reference, ...]:
    found = []
    for index, table in enumerate(page.tables(page.data, ("references",))):
        at: KeyPath = ("references", index)
        page.check_keys(table, at, ("url", "title", "checked_on", "supports"))
        url = page.words(table, (*at, "url"), 500, required=True)
        if url and (urlsplit(url).scheme not in ("https", "http") or not urlsplit(url).hostname):
            page.complain(
                (*at, "url"), "{key} is not a web address: {url}.", "Begin it with https://.", url=url
            )
        found.append(
            Reference(
                url,
                page.words(table, (*at, "title"), 200, required=True),
                _checked_on(page, (*at, "checked_on"), table.get("checked_on")),
                page.choice(table, (*at, "supports"), SUPPORTS),
            )
        )
    if status is Status.STABLE and not found:
        page.complain(
            ("status",),
            "The rule is stable but has no reference.",
            'Add [[references]], or set status = "test".',
        )
    return tuple(found)


def _checked_on(page: Page, key: KeyPath, value: Any) -> str:
    remedy = 'Write the day you last read the page, such as "2026-11-22".'
    if value is None:
        page.complain(key, "{key} is missing.", remedy)
        return ""
    try:
        day = date.fromisoformat(value if isinstance(value, str) else value.isoformat())
    except (ValueError, AttributeError):
        page.complain(key, "{key} is not a date: {value!r}.", remedy, value=value)
        return ""
    if day > datetime.now(UTC).date() + timedelta(days=1):
        page.complain(key, "{key} lies in the future: {value}.", remedy, value=day.isoformat())
    return day.isoformat()
