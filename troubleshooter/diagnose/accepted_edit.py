"""Changing `accepted.toml` as a text, so that comments and whatever stands there survive.

An entry is added at the end, or made a comment. The result is read again before anybody writes it: it must
say what it is meant to say, and everything else as before. The form is so simple that a JSON string writes
it, once what TOML forbids and JSON does not is escaped; no package is needed for that.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import Any

from troubleshooter.diagnose.accepted_file import TABLE, TEXTS, Acceptance, AcceptedFault, AcceptedFile
from troubleshooter.diagnose.toml_lines import key_lines
from troubleshooter.errors import UsageError
from troubleshooter.evidence.codec import text as storable
from troubleshooter.toml_text import read_toml

_HEAD = (
    "# Findings that somebody accepted: shown, but not counted as problems until the day given.\n"
    "# Written by `photo-troubleshooter accept`. You may edit it; comments are kept.\n"
)


class NothingToRemove(UsageError):
    """There is no such entry."""


def with_entry(file: AcceptedFile, entry: Acceptance) -> str:
    """The text of the file with one entry more at its end. AcceptedFault when it cannot be added safely."""
    entries = _entries(file)
    text = file.text or _HEAD
    block = "".join(f"{key} = {quoted(getattr(entry, key))}\n" for key in TEXTS)
    days = f"until = {entry.until.isoformat()}\nadded_on = {entry.added_on.isoformat()}\n"
    new = text + ("" if text.endswith("\n") else "\n") + f"\n[[{TABLE}]]\n{block}{days}"
    added = {key: storable(getattr(entry, key)) for key in TEXTS}
    days_added = {"until": entry.until, "added_on": entry.added_on}
    return _checked(file, new, [*entries, {**added, **days_added}])


def without(file: AcceptedFile, person: str, cause: str, note: str) -> tuple[str, int]:
    """The text with every entry of this person (and cause, unless '') made a comment, and how many.

    `note` says why, in a comment above. Raises NothingToRemove, and AcceptedFault when it cannot be done
    safely.
    """
    entries = _entries(file)
    out = {number for number, entry in enumerate(entries) if _is(entry, person, cause)}
    if not out:
        raise NothingToRemove(
            "{file} has no entry for {person}.",
            "See the entries with --list.",
            file=str(file.path),
            person=person,
        )
    lines = file.text.splitlines(keepends=True)
    for first, last in sorted((_span(file.text, number) for number in out), reverse=True):
        commented = [line if line.lstrip().startswith("#") else f"# {line}" for line in lines[first:last]]
        lines[first:last] = [f"# {_one_line(note)}\n", *commented]
    kept = [entry for number, entry in enumerate(entries) if number not in out]
    return _checked(file, "".join(lines), kept), len(out)


def _is(entry: Mapping[str, Any], person: str, cause: str) -> bool:
    def same(key: str, wanted: str) -> bool:
        value = entry.get(key)
        return isinstance(value, str) and value.strip().casefold() == wanted.strip().casefold()

    return same("person", person) and (not cause or same("cause", cause))


def _span(text: str, number: int) -> tuple[int, int]:
    """The lines of an entry, counted from 0: from its header to its last line that is no comment."""
    places = key_lines(text)
    first = places.get((TABLE, number), 1) - 1
    headers = sorted(line - 1 for key, line in places.items() if len(key) <= 2 and line - 1 > first)
    inside = {line - 1 for key, line in places.items() if key[:2] == (TABLE, number)}
    lines = text.splitlines()
    last = next((line for line in headers if line not in inside), len(lines))
    while last > first + 1 and (not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#")):
        last -= 1
    return first, last


def _entries(file: AcceptedFile) -> list[Mapping[str, Any]]:
    """The entries as they stand there, faulty ones too. AcceptedFault when the file cannot be read."""
    if not file.whole:
        raise file.faults[0]
    found = read_toml(file.text).get(TABLE, [])
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _checked(file: AcceptedFile, text: str, wanted: list[Mapping[str, Any]]) -> str:
    """The new text, when it says what it is meant to say and everything else as before."""
    others = {name: value for name, value in read_toml(file.text).items() if name != TABLE}
    try:
        now = read_toml(text)
    except tomllib.TOMLDecodeError:
        now = {"": "no TOML any more"}
    if now == {**others, **({TABLE: wanted} if wanted else {})}:
        return text
    raise AcceptedFault(
        "{file} cannot be changed safely: its entries are written in another form than [[accepted]].",
        "Change it with an editor; nothing was written.",
        file=str(file.path),
    )


def quoted(value: str) -> str:
    """A TOML string on one line, everything that cannot be seen in it written as an escape."""
    plain = json.dumps(storable(value), ensure_ascii=False)
    return "".join(char if char.isprintable() else _escape(char) for char in plain)


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) <= 0xFFFF else f"\\U{ord(char):08x}"


def _one_line(note: str) -> str:
    return "".join(char if char.isprintable() else " " for char in storable(note))
