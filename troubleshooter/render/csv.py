"""Lists of people as CSV: UTF-8 with a mark for Excel, one line for each person, and no cell is a formula."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from typing import Any

from troubleshooter.diagnose.audit_result_types import PersonRow
from troubleshooter.render.tenant_rows import COLUMNS, record
from troubleshooter.render.text import plain

MARK = "\ufeff"
# A spreadsheet runs cells that begin like this: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = "=+-@"
_LONGEST = 32_000  # Excel's cells end at 32,767 characters


def header() -> str:
    """The first line, with the byte order mark that tells Excel the encoding."""
    return MARK + _line(COLUMNS)


def line(row: PersonRow) -> str:
    """One person."""
    return _line(cell(value) for value in record(row).values())


def cell(value: Any) -> str:
    """A value as text that a spreadsheet shows and does not run; '' for unknown."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        value = " ".join(value)
    text = str(value)
    if text.isalnum() and text.isascii():
        return text[:_LONGEST]  # most cells are codes
    shown = plain(text)[:_LONGEST]
    first = unicodedata.normalize("NFKC", shown.lstrip()[:1])  # full-width signs count too
    runs = (first and first in _FORMULA) or text[:1] in ("\t", "\r", "\n")
    return f"'{shown}" if runs else shown


def _line(cells: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(cells)
    return written.getvalue()
