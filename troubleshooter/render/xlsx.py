"""The result of an audit as an Excel workbook, row by row: no formula, no link, flat memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from troubleshooter.diagnose.audit_result_types import AuditResult, PersonRow
from troubleshooter.diagnose.rule import State
from troubleshooter.errors import UsageError
from troubleshooter.evidence.record import GapReason
from troubleshooter.render.labels import CONFIDENCES, GAP_REASONS, GROUPS, STATES, marked
from troubleshooter.render.language import Language
from troubleshooter.render.tenant_rows import COLUMNS, record
from troubleshooter.render.tenant_words import EFFORTS, GroupFiller, actor_word
from troubleshooter.render.text import plain

_ = marked

MOST_ROWS = 1_048_576
"""Rows of a sheet, the first one for the headings."""
_LONGEST = 32_000


def check_installed() -> None:
    """Raises UsageError when the library that writes workbooks is not there."""
    try:
        _library()
    except ImportError as problem:
        raise UsageError(
            "--xlsx needs XlsxWriter, which is not installed.",
            "Install it with: pip install 'photo-troubleshooter[xlsx]'",
        ) from problem


def _library() -> Any:
    return import_module("xlsxwriter")  # an extra, and it has no types


def write_workbook(
    path: Path, result: AuditResult, people: Iterable[PersonRow], language: Language, *, temporary: Path
) -> Path:
    """Write sheets Totals, Causes, People, Undecided. `temporary` is a private folder for the pieces."""
    options = {
        "constant_memory": True,
        "tmpdir": str(temporary),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with _library().Workbook(str(path), options) as workbook:
        bold = workbook.add_format({"bold": True})
        _sheet(workbook, "Totals", (), _totals(result, language), bold)
        _sheet(workbook, "Causes", _CAUSES, _causes(result, language), bold)
        _sheet(workbook, "People", tuple(COLUMNS), (list(record(row).values()) for row in people), bold)
        _sheet(workbook, "Undecided", _UNDECIDED, _undecided(result, language), bold)
    return path


_CAUSES = ("rule", "title", "state", "people", "accepted", "actor", "confidence", "less_sure", "effort")
_UNDECIDED = ("groups", "reason", "permission", "missing", "readable", "blocks", "decides")


def _sheet(workbook: Any, name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], bold: Any) -> None:
    sheet = workbook.add_worksheet(name)
    sheet.set_column(0, max(1, len(heads) - 1), 22)
    number = 0
    if heads:
        sheet.freeze_panes(1, 0)
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, bold)
        number = 1
    for row in rows:
        if number >= MOST_ROWS:
            break
        for column, value in enumerate(row):
            _write(sheet, number, column, value)
        number += 1


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value)
    else:
        text = " ".join(value) if isinstance(value, list) else str(value)
        sheet.write_string(row, column, plain(text)[:_LONGEST])


def _totals(result: AuditResult, language: Language) -> Iterable[Sequence[Any]]:
    text, totals = language.text, result.totals
    yield text(_("Tenant")), result.tenant_name or result.tenant
    yield text(_("People")), totals.people
    for state in (State.PROBLEM, State.ON_ITS_WAY, State.FINE, State.UNDECIDED):
        yield text(STATES[state]), totals.of(state)
    yield text(_("Accepted")), totals.accepted
    yield text(_("Started")), language.when(result.started_at) if result.started_at else ""
    ended = language.when(result.finished_at) if result.finished_at else text(_("not ended"))
    yield text(_("Ended")), ended
    yield text(_("Rules version")), result.rules_version
    if totals.people >= MOST_ROWS:
        yield text(_("A sheet does not hold so many people; the complete list is people.csv.")), ""


def _causes(result: AuditResult, language: Language) -> Iterable[Sequence[Any]]:
    for cause in result.causes:
        yield (
            cause.id,
            GroupFiller(cause.common, language).title(cause.rule),
            language.text(STATES[cause.state]),
            cause.people,
            cause.accepted,
            actor_word(cause.rule.actor, language),
            language.text(CONFIDENCES[cause.rule.confidence]),
            cause.lowered,
            language.text(EFFORTS[cause.fix.effort]),
        )


def _undecided(result: AuditResult, language: Language) -> Iterable[Sequence[Any]]:
    for one in result.obstacles:
        yield (
            ", ".join(language.text(GROUPS[name]) for name in one.groups),
            language.text(GAP_REASONS[GapReason(one.reason)]) if one.reason else "",
            one.permission,
            one.missing,
            one.readable,
            one.blocks,
            one.decides,
        )
