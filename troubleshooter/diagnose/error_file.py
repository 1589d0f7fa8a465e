"""Checks a table of error codes (`_errors/*.toml`) and reads it, with every fault named by file and line."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from troubleshooter.codes.decoder import LONGEST_CODE
from troubleshooter.codes.endpoints import ENDPOINTS, SYSTEMS
from troubleshooter.codes.tables import FIELDS, Entry, entries_of
from troubleshooter.diagnose.page import Page
from troubleshooter.diagnose.rule import Actor, Confidence
from troubleshooter.diagnose.toml_lines import KeyPath
from troubleshooter.evidence.record import GapReason

ACTORS = ("operator", *(actor.value for actor in Actor))
"""Who can do something about a code: who a rule knows, and whoever runs this program."""

ABSENT = "absent"
READS_AS = (ABSENT, *(reason.value for reason in GapReason))
SUPPORTS = ("documented", "field")
_KEYS = ("system", "endpoints", "checked_on", "errors")
_ROW_KEYS = (
    "endpoints", "statuses", "codes", "meaning", "remedy", "actor", "confidence", "reads_as", "source",
    "supports",
)  # fmt: skip
_STATUSES = range(600)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
Place = tuple[str, str, int | None, str]


def read_table(page: Page) -> tuple[Entry, ...]:
    """The entries of a table; none of them when the page has complaints."""
    before = len(page.complaints)
    data = page.data
    page.check_keys(data, (), _KEYS)
    system = page.choice(data, ("system",), SYSTEMS)
    _check_endpoints(page, data, (), system)
    if not _DAY.fullmatch(str(data.get("checked_on", ""))):
        page.complain(
            ("checked_on",),
            "{key} is not a date: {value!r}.",
            'Write the day you last read the pages, such as "2026-11-22".',
            value=data.get("checked_on"),
        )
    rows = page.tables(data, ("errors",))
    if not rows:
        page.complain((), "The table holds no errors.", "Add [[errors]] with a status or a code.")
    for index, row in enumerate(rows):
        _check_row(page, ("errors", index), row, system)
    if len(page.complaints) > before:
        return ()
    entries = tuple(entries_of(data))
    _check_twice(page, entries)
    return entries if len(page.complaints) == before else ()


def _check_row(page: Page, at: KeyPath, row: dict[str, Any], system: str) -> None:
    page.check_keys(row, at, _ROW_KEYS)
    _check_endpoints(page, row, at, system)
    statuses = row.get("statuses", [])
    whole = isinstance(statuses, list) and all(type(one) is int for one in statuses)
    if not whole or any(one not in _STATUSES for one in statuses):
        page.complain(
            (*at, "statuses"),
            "{key} is not a list of HTTP statuses: {value!r}.",
            "Write [404]; 0 stands for no answer at all.",
            value=statuses,
        )
    codes = page.texts(row, (*at, "codes"), LONGEST_CODE)
    if not statuses and not codes:
        page.complain(
            at, "{key} names neither a status nor a code.", 'Add statuses = [403] or codes = ["..."].'
        )
    for key in ("meaning", "remedy"):
        _check_fields(page, (*at, key), page.words(row, (*at, key), 400, required=True, line=True))
    page.choice(row, (*at, "actor"), ACTORS)
    page.choice(row, (*at, "confidence"), Confidence)
    page.choice(row, (*at, "supports"), SUPPORTS)
    if "reads_as" in row:
        page.choice(row, (*at, "reads_as"), READS_AS)
    url = page.words(row, (*at, "source"), 500, required=True)
    if url and (urlsplit(url).scheme != "https" or not urlsplit(url).hostname):
        page.complain(
            (*at, "source"), "{key} is not a web address: {url}.", "Begin it with https://.", url=url
        )


def _check_endpoints(page: Page, table: dict[str, Any], at: KeyPath, system: str) -> None:
    known = [endpoint for endpoint, owner in ENDPOINTS.items() if owner == system]
    for endpoint in page.texts(table, (*at, "endpoints"), 80):
        if endpoint not in known:
            page.complain(
                (*at, "endpoints"),
                "{key} names {endpoint}, which is no endpoint of {system}.",
                "Its endpoints are: {known}.",
                endpoint=endpoint,
                system=system,
                known=", ".join(known) or "-",
            )


def _check_fields(page: Page, key: KeyPath, text: str) -> None:
    """Words are filled with `str.format`, which could reach into objects: only plain names may stand."""
    try:
        parts = list(string.Formatter().parse(text))
        plain = all(not spec and not conversion for _, name, spec, conversion in parts if name is not None)
        unknown = sorted({name for _, name, _, _ in parts if name is not None} - set(FIELDS))
    except ValueError:
        plain, unknown = False, []
    if not plain or unknown:
        page.complain(
            key,
            "{key} holds a field that cannot be filled: {unknown}.",
            "The fields are: {known}. Write a brace that is meant as such twice.",
            unknown=", ".join(unknown) or text[:40],
            known=", ".join(FIELDS),
        )


def _check_twice(page: Page, entries: Iterable[Entry]) -> None:
    seen: dict[Place, int] = {}
    for index, entry in enumerate(entries):
        for place in _places(entry):
            if place in seen:
                page.complain(
                    ("errors", index),
                    "{key} says again what entry {first} says: {same}.",
                    "Keep one of the two.",
                    first=seen[place] + 1,
                    same=" ".join(str(part) for part in place if part not in (None, "")),
                )
                break
            seen[place] = index


def _places(entry: Entry) -> list[Place]:
    return [
        (entry.system, endpoint, status, code.lower())
        for endpoint in entry.endpoints or ("",)
        for status in entry.statuses or (None,)
        for code in entry.codes or ("",)
    ]
