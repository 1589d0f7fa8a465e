"""What PowerShell cmdlets printed, as records: Format-List, ConvertTo-Json and Export-Csv, mixed in one file.

Windows PowerShell redirects to UTF-16 and PowerShell 7 to UTF-8; both are read, with or without a mark.
https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from troubleshooter.errors import RunFailed

MAX_BYTES = 64 * 1024 * 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_PROPERTY = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*)\s*:(?:\s(.*))?$")
_TABLE_RULE = re.compile(r"\s*-{2,}(\s+-{2,})+\s*$")
_TYPE_LINE = "#TYPE"
_DELIMITERS = ",;\t"


class PowerShellOutputError(RunFailed):
    """The file does not hold what the official cmdlets print, or not all of it."""


@dataclass(frozen=True, slots=True)
class Record:
    """One printed object: its properties by lower-case name, and the line it begins on."""

    line: int
    values: Mapping[str, object]


def text_of(data: bytes, name: str) -> str:
    """The text of a redirected file. PowerShellOutputError when it is too large or of another encoding."""
    if len(data) > MAX_BYTES:
        raise PowerShellOutputError(
            "{file} is larger than {limit} MB.",
            "Write fewer mailboxes into it, such as Get-CASMailbox of one person.",
            file=name,
            limit=MAX_BYTES // 1024**2,
        )
    encoding = next((found for mark, found in _MARKS if data.startswith(mark)), "")
    if not encoding:
        encoding = "utf-16-le" if data[1:2] == b"\0" else "utf-8"
    try:
        return _COLOURS.sub("", data.decode(encoding)).removeprefix("\ufeff")
    except UnicodeError as problem:
        raise PowerShellOutputError(
            "{file} is neither UTF-8 nor UTF-16 text.",
            "Write it again with: ... | Out-File -Encoding utf8 FILE",
            file=name,
        ) from problem


def records(text: str, name: str, telling: frozenset[str]) -> list[Record]:
    """Every object in the text. `telling` are property names (lower case) that make a line a CSV header.

    PowerShellOutputError names file and line.
    """
    return list(_Reader(text, name, telling).read())


class _Reader:
    """Walks through the text; each part is read the way it begins."""

    def __init__(self, text: str, name: str, telling: frozenset[str]) -> None:
        self._text = text.replace("\r\n", "\n").replace("\r", "\n")
        self._lines = self._text.split("\n")
        self._name = name
        self._telling = telling
        self._at = 0
        self._known = (0, 0)  # a line, and where it begins

    def read(self) -> Iterator[Record]:
        while self._at < len(self._lines):
            line = self._lines[self._at].strip()
            if not line or line.startswith(_TYPE_LINE):
                self._at += 1
            elif line[0] in "{[":
                yield from self._json()
            elif self._delimiter(line):
                yield from self._csv()
            else:
                yield from self._list()

    def _json(self) -> Iterator[Record]:
        first = self._at
        line = self._lines[first]
        start = self._start_of(first) + len(line) - len(line.lstrip())
        try:
            found, end = json.JSONDecoder().raw_decode(self._text, start)
        except (ValueError, RecursionError) as problem:
            # The decoder counts lines from the beginning of the text.
            place = max(getattr(problem, "lineno", first + 1) - 1, first)
            raise self._wrong(
                "{file}, line {line}: this is not whole JSON.",
                "Write the file again: ... | ConvertTo-Json | Out-File -Encoding utf8 FILE",
                place,
            ) from problem
        self._at = first + self._text.count("\n", start, end) + 1
        for item in objects_of(found):
            yield Record(first + 1, item)

    def _start_of(self, line: int) -> int:
        """Where a line begins in the text. Found onward from the line asked for last: none is read twice."""
        while self._known[0] < line:
            known, place = self._known
            self._known = (known + 1, place + len(self._lines[known]) + 1)
        return self._known[1]

    def _delimiter(self, line: str) -> str:
        """The delimiter when the line is a CSV header with one of the telling properties; otherwise ''."""
        for delimiter in _DELIMITERS:
            cells = [cell.strip().strip('"').lower() for cell in line.split(delimiter)]
            if len(cells) > 1 and self._telling & set(cells):
                return delimiter
        return ""

    def _csv(self) -> Iterator[Record]:
        first = self._at
        delimiter = self._delimiter(self._lines[first].strip())
        reader = csv.reader(
            (f"{self._lines[n]}\n" for n in range(first, len(self._lines))), delimiter=delimiter, strict=True
        )
        try:
            header = [cell.strip().lower() for cell in next(reader)]
            for row in reader:
                number = first + reader.line_num
                if not row or row[0].startswith(_TYPE_LINE) or (len(row) == 1 and not row[0].strip()):
                    break
                if len(row) != len(header):
                    raise self._wrong(
                        "{file}, line {line}: the row has another number of columns than the header.",
                        "Write the file again: ... | Export-Csv -NoTypeInformation -Encoding utf8 FILE",
                        number - 1,
                    )
                yield Record(number, dict(zip(header, row, strict=True)))
        except csv.Error as problem:
            raise self._wrong(
                "{file}, line {line}: this is not whole CSV.",
                "Write the file again: ... | Export-Csv -NoTypeInformation -Encoding utf8 FILE",
                first + reader.line_num - 1,
            ) from problem
        self._at = first + reader.line_num

    def _list(self) -> Iterator[Record]:
        """One object of Format-List: up to a blank line, or to a property that comes a second time."""
        first, values, last = self._at, dict[str, list[str]](), ""
        while self._at < len(self._lines) and self._lines[self._at].strip():
            line = self._lines[self._at]
            if _TABLE_RULE.match(line):
                raise self._wrong(
                    "{file}, line {line}: this is a table, which cuts columns off.",
                    "Write the file again: ... | Format-List | Out-File -Encoding utf8 FILE",
                    self._at,
                )
            found = _PROPERTY.match(line)
            if found and found[1].lower() in values:
                break
            if found:
                last = found[1].lower()
                values[last] = [(found[2] or "").strip()]
            elif last and line[0].isspace():
                values[last].append(line.strip())  # a long value goes on below itself
            else:
                last = ""
            self._at += 1
        if values:
            yield Record(first + 1, {name: "".join(parts) for name, parts in values.items()})

    def _wrong(self, what: str, remedy: str, place: int) -> PowerShellOutputError:
        return PowerShellOutputError(what, remedy, file=self._name, line=place + 1)


def objects_of(found: Any) -> Iterator[dict[str, object]]:
    """The objects in JSON: one, an array, or an array wrapped as `value`; property names in lower case.

    Windows PowerShell wraps arrays so (https://github.com/PowerShell/PowerShell/issues/3424), OData too.
    """
    if isinstance(found, dict) and isinstance(found.get("value"), list):
        found = found["value"]
    for item in found if isinstance(found, list) else [found]:
        if isinstance(item, dict):
            yield {str(name).lower(): value for name, value in item.items()}
