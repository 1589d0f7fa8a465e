"""A rule's words in one language: the template is translated first, then filled with the facts.

Templates come from rule files, also from other people's, so they run in Jinja2's sandbox.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from troubleshooter.diagnose.rule import Rule, Step
from troubleshooter.evidence.record import Evidence, Value
from troubleshooter.evidence.schema import FACTS, GROUPS, FactInfo
from troubleshooter.render import text, values
from troubleshooter.render.language import Language


@dataclass(frozen=True, slots=True)
class StepWords:
    """One step, ready to read. The command keeps every character; it is meant to be copied."""

    text: str
    why: str = ""
    command: str = ""
    effect: str = ""
    undo: str = ""
    verify: str = ""
    brief: str = ""
    in_letter: bool = True


def in_brief(steps: Sequence[StepWords]) -> tuple[str, ...]:
    """The steps as a letter tells them at first sight."""
    return tuple(step.brief or step.text for step in steps if step.in_letter)


@dataclass(frozen=True, slots=True)
class RuleWords:
    """All words of a rule for one person."""

    id: str
    title: str
    headline: str
    because: str
    near_miss: str
    user_steps: tuple[StepWords, ...]
    admin_steps: tuple[StepWords, ...]
    false_positives: tuple[str, ...]


_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


class _Code(str):
    """A fact with a closed list of values: compares as its code, is written as its word."""

    __slots__ = ("word",)
    word: str


class _Literal(str):
    """Text for a command line: written exactly as it is."""

    __slots__ = ()


def _host(value: object, example: str) -> _Literal:
    """A host name for an address that will be copied; the example when it is unknown or no host name."""
    return _Literal(value if isinstance(value, str) and _HOST.fullmatch(value) else example)


def _query(value: object, example: str) -> _Literal:
    """A fact as a value in the query of an address; the example when it is unknown."""
    return _Literal(quote(value, safe="@") if isinstance(value, str) and value else example)


class Filler:
    """Fills templates for one person in one language. Make it once per page; it holds the facts."""

    def __init__(self, evidence: Evidence, language: Language) -> None:
        self._language = language
        self._unknown = language.text(values.UNKNOWN)
        self._facts = {name: self._group(name, evidence) for name in GROUPS}
        self._evidence = evidence
        self._prose = self._environment(self._in_prose)
        self._command = self._environment(self._in_command)

    def words(self, rule: Rule) -> RuleWords:
        """All words of one rule."""
        clock = self._clock(rule)
        return RuleWords(
            id=rule.id,
            title=self._fill(rule.title, clock),
            headline=self._fill(rule.headline, clock),
            because=self._fill(rule.because, clock),
            near_miss=self._fill(rule.near_miss, clock),
            user_steps=tuple(self._step(step, clock) for step in rule.user_steps),
            admin_steps=tuple(self._step(step, clock) for step in rule.admin_steps),
            false_positives=tuple(self._fill(line, clock) for line in rule.false_positives),
        )

    def title(self, rule: Rule) -> str:
        """The rule's title alone."""
        return self._fill(rule.title, {})

    def near_miss(self, rule: Rule) -> str:
        """What would have made the rule fire, alone."""
        return self._fill(rule.near_miss, self._clock(rule))

    def _step(self, step: Step, clock: dict[str, object]) -> StepWords:
        return StepWords(
            text=self._fill(step.text, clock),
            why=self._fill(step.why, clock),
            command=self._fill(step.command, clock, command=True),
            effect=self._fill(step.effect, clock),
            undo=self._fill(step.undo, clock, command=True),
            verify=self._fill(step.verify, clock, command=True),
            brief=self._fill(step.brief, clock),
            in_letter=step.in_letter,
        )

    def _fill(self, msgid: str, clock: dict[str, object], *, command: bool = False) -> str:
        template = self._language.text(msgid.strip())
        if "{" not in template:  # most words hold no fact, and compiling a template takes a millisecond
            return template
        environment = self._command if command else self._prose
        try:
            return environment.from_string(template).render(self._facts | clock)
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, SyntaxError):
            # One careless template (arithmetic with an unknown fact, say) must not cost the whole report.
            return re.sub(r"\{%.*?%\}", "", re.sub(r"\{\{.*?\}\}", self._unknown, template))

    def _clock(self, rule: Rule) -> dict[str, object]:
        start = next((found for path in rule.wait_from if (found := self._evidence.value(path))), None)
        times: dict[str, object] = {"wait_from": start, "wait_until": None, "stuck_at": None}
        if isinstance(start, datetime):
            times["wait_until"] = start + rule.normal_for if rule.normal_for else None
            times["stuck_at"] = start + rule.stuck_after if rule.stuck_after else None
        return times

    def _group(self, name: str, evidence: Evidence) -> SimpleNamespace:
        infos = [info for info in FACTS.values() if info.group == name]
        return SimpleNamespace(**{info.name: self._fact(info, evidence.value(info.path)) for info in infos})

    def _fact(self, info: FactInfo, value: Value) -> object:
        if isinstance(value, str) and info.choices:
            code = _Code(value)
            code.word = values.choice(info, value, self._language)
            return code
        return value

    def _environment(self, finalize: Any) -> SandboxedEnvironment:
        unknown = self._unknown

        class Unknown(StrictUndefined):
            def __str__(self) -> str:  # type: ignore[override]
                return unknown

        environment = SandboxedEnvironment(undefined=Unknown, finalize=finalize, autoescape=False)
        language = self._language
        environment.filters |= {
            "when": self._known(language.when, datetime),
            "day": self._known(language.day, datetime),
            "bytes": self._known(language.bytes, int),
            "number": self._known(language.number, (int, float)),
            "duration": self._known(language.duration, timedelta),
            "powershell": self._powershell,
            "host": _host,
            "query": _query,
        }
        return environment

    def _known(self, write: Any, kinds: Any) -> Any:
        """A filter that writes 'unknown' for everything it cannot write."""
        return lambda value: _Literal(write(value) if isinstance(value, kinds) else self._unknown)

    def _powershell(self, value: object) -> _Literal:
        known = isinstance(value, str | int | float) and not isinstance(value, bool)
        return _Literal(text.powershell(str(value) if known else f"<{self._unknown}>"))

    def _written(self, value: object) -> str:
        if value is None:
            return self._unknown
        if isinstance(value, _Code):
            return value.word
        if isinstance(value, bool):
            return values.fact_text("photo.present", value, self._language)
        if isinstance(value, datetime):
            return self._language.when(value)
        if isinstance(value, float):
            return self._language.number(value)
        if isinstance(value, tuple):
            return ", ".join(map(str, value))
        return str(value)

    def _in_prose(self, value: object) -> str:
        if isinstance(value, _Literal):
            return value
        return text.isolated(text.shortened(text.plain(self._written(value))))

    def _in_command(self, value: object) -> str:
        written = text.plain(self._written(value))
        # A fact without the `powershell` filter keeps only what no shell gives a meaning to.
        raw = isinstance(value, str) and not isinstance(value, _Literal | _Code)
        return re.sub(r"[^\w@.:/#+=,-]", "", written) if raw else written
