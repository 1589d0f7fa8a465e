"""Facts as a person reads them: yes and no, dates, sizes, and words instead of codes."""

from __future__ import annotations

from datetime import datetime

from troubleshooter.evidence.record import Source, Value
from troubleshooter.evidence.schema import FACTS, FactInfo
from troubleshooter.render.labels import FACT_LABELS, UNITS, VALUES, VALUES_OF, marked
from troubleshooter.render.language import Language

_ = marked

UNKNOWN = _("unknown")
_EMPTY = _("(empty)")
_YES = _("yes")
_NO = _("no")


def label(path: str, language: Language) -> str:
    """The fact's name in this language; the path itself for a fact that is younger than the labels."""
    return language.text(FACT_LABELS.get(path, path))


def told_by(path: str, source: Source | None) -> str:
    """Where a fact comes from: its usual call, or the file or the unsupported call that told it this time."""
    if source is not None and source.method == "FILE":
        return source.url
    if source is not None and "/adminapi/beta/" in source.url:
        return f"Exchange Online InvokeCommand (unsupported): {source.url.rpartition(' ')[2].strip('()')}"
    return FACTS[path].source


def choice(info: FactInfo, value: str, language: Language) -> str:
    """The word for one of a fact's codes."""
    return language.text(VALUES_OF.get(f"{info.path}={value}") or VALUES.get(value, value))


def fact_text(path: str, value: Value, language: Language) -> str:
    """One fact's value in words, with its unit."""
    info = FACTS[path]
    if value is None:
        return language.text(UNKNOWN)
    if isinstance(value, bool):
        return language.text(_YES if value else _NO)
    if isinstance(value, datetime):
        return language.when(value)
    if isinstance(value, tuple):
        return ", ".join(value) or language.text(_EMPTY)
    if isinstance(value, str):
        return (choice(info, value, language) if info.choices else value) or language.text(_EMPTY)
    if info.unit == "bytes":
        return language.bytes(int(value))
    written = language.number(value) if isinstance(value, float) else str(value)
    return language.text(UNITS[info.unit], number=written) if info.unit in UNITS else written
