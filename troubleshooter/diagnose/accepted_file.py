"""Reading `accepted.toml`: what people accepted, in a file that they may edit.

    [[accepted]]
    person = "adele@contoso.com"    # sign-in name or object id; "*" for everybody with the cause
    cause = "image-too-small"       # rule id; "*" for whatever is wrong with this person
    reason = "No camera at this site"
    author = "Nestor Wilke"
    until = 2027-01-31              # the last day on which it counts; at most two years ahead
    added_on = 2026-11-22

Other keys belong to whoever wrote them. A bad entry is named and left out, so its finding counts; the others
hold. `accepted_edit` changes the file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from troubleshooter.diagnose.toml_lines import key_lines, line_of
from troubleshooter.errors import RunFailed
from troubleshooter.toml_text import read_toml

FILE = "accepted.toml"
EVERYBODY = "*"
ANY_CAUSE = "*"
YEARS = 2
MAX_BYTES = 8 * 1024 * 1024
TABLE = "accepted"
"""The array of tables that holds the entries."""
TEXTS = ("person", "cause", "reason", "author")
"""The keys of an entry that are texts; the others are days."""
# The calendar day differs between colleagues in different time zones.
_ZONES = timedelta(days=1)


class AcceptedFault(RunFailed):
    """An entry that does not count, or a file of which nothing does."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One entry. `person` is a sign-in name, an object id or EVERYBODY, `cause` a rule id or ANY_CAUSE.

    `until` is the last day on which it counts, as the calendar of the computer has it. `line` is where the
    entry begins, 0 when it stands in no file yet.
    """

    person: str
    cause: str
    reason: str
    author: str
    until: date
    added_on: date
    line: int = 0

    def expired(self, today: date) -> bool:
        """The last day has passed."""
        return today > self.until


@dataclass(frozen=True, slots=True)
class AcceptedFile:
    """What a file says. `whole` is False when it is no TOML: then nothing of it counts."""

    path: Path
    text: str
    acceptances: tuple[Acceptance, ...]
    faults: tuple[AcceptedFault, ...]
    whole: bool = True


def today() -> date:
    """The day on the calendar of this computer."""
    return datetime.now().astimezone().date()


def latest_day(from_day: date) -> date:
    """The last day until which something may be accepted: the same day two years later."""
    later = from_day.year + YEARS
    return from_day.replace(year=later, day=28) if _leap(from_day) else from_day.replace(year=later)


def _leap(day: date) -> bool:
    return (day.month, day.day) == (2, 29)


def read_accepted(path: Path, on: date) -> AcceptedFile:
    """Read the file; one that is not there accepts nothing. Never raises: what is wrong is in `faults`."""
    try:
        with path.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return AcceptedFile(path, "", (), ())
    except OSError as problem:
        return _nothing(
            path,
            "",
            AcceptedFault(
                "{file} cannot be read ({reason}), so nothing is accepted.",
                "Check its permissions.",
                file=str(path),
                reason=problem.strerror or type(problem).__name__,
            ),
        )
    if len(raw) > MAX_BYTES:
        return _nothing(
            path,
            "",
            AcceptedFault(
                "{file} is larger than {limit} MB, so nothing is accepted.",
                "Take out what has expired; one entry can cover everybody with a cause.",
                file=str(path),
                limit=MAX_BYTES // 1024 // 1024,
            ),
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        return _nothing(
            path,
            "",
            AcceptedFault(
                "{file}, line {line}: the file is not UTF-8 text, so nothing is accepted.",
                "Save it as UTF-8.",
                file=str(path),
                line=raw[: problem.start].count(b"\n") + 1,
            ),
        )
    return _parsed(path, text, on)


def _nothing(path: Path, text: str, fault: AcceptedFault) -> AcceptedFile:
    return AcceptedFile(path, text, (), (fault,), whole=False)


def _parsed(path: Path, text: str, on: date) -> AcceptedFile:
    try:
        data = read_toml(text)
    except tomllib.TOMLDecodeError as problem:
        return _nothing(
            path,
            text,
            AcceptedFault(
                "{file} is not valid TOML, so nothing is accepted: {reason}.",
                "Correct that line; https://toml.io/en/v1.0.0 describes the format.",
                file=str(path),
                reason=str(problem),
            ),
        )
    return _Reader(path, text, on).file(data)


class _Reader:
    """One file being read, with what is wrong in it."""

    def __init__(self, path: Path, text: str, on: date) -> None:
        self.path, self.text, self.on = path, text, on
        self.lines = key_lines(text)
        self.faults: list[AcceptedFault] = []

    def file(self, data: Mapping[str, Any]) -> AcceptedFile:
        for name in data:
            if name != TABLE:
                self._foreign(name)
        entries = data.get(TABLE, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            self._foreign(TABLE)
            entries = []
        found = [self._entry(number, entry) for number, entry in enumerate(entries)]
        kept = tuple(one for one in found if one is not None)
        return AcceptedFile(self.path, self.text, kept, tuple(self.faults))

    def _foreign(self, name: str) -> None:
        self.faults.append(
            AcceptedFault(
                "{file}, line {line}: {name} is no accepted finding.",
                "Begin each one with a line [[accepted]].",
                file=str(self.path),
                line=line_of(self.lines, (name,)),
                name=name,
            )
        )

    def _where(self, number: int, key: str = "") -> dict[str, object]:
        at = (TABLE, number, key) if key else (TABLE, number)
        return {"file": str(self.path), "line": line_of(self.lines, at), "number": number + 1}

    def _entry(self, number: int, entry: Mapping[str, Any]) -> Acceptance | None:
        """The entry, None when something is wrong with it: half an acceptance accepts nothing."""
        before = len(self.faults)
        texts = {key: self._text(number, entry, key) for key in TEXTS}
        until, added_on = (self._day(number, entry, key) for key in ("until", "added_on"))
        if texts["person"] == EVERYBODY and texts["cause"] == ANY_CAUSE:
            self.faults.append(
                AcceptedFault(
                    "{file}, line {line}, entry {number}: everybody with any cause would accept everything.",
                    "Name a cause, or a person.",
                    **self._where(number),
                )
            )
        if until is None or added_on is None:
            return None
        self._check_days(number, until, added_on)
        if len(self.faults) > before:
            return None
        return Acceptance(**texts, until=until, added_on=added_on, line=line_of(self.lines, (TABLE, number)))

    def _text(self, number: int, entry: Mapping[str, Any], key: str) -> str:
        value = entry.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self.faults.append(
            AcceptedFault(
                "{file}, line {line}, entry {number}: {key} is missing, empty or no text.",
                'Write it in quotation marks, such as {key} = "...". Until then the finding counts.',
                **self._where(number, key),
                key=key,
            )
        )
        return ""

    def _day(self, number: int, entry: Mapping[str, Any], key: str) -> date | None:
        day = as_day(entry.get(key))
        if day is None:
            self.faults.append(
                AcceptedFault(
                    "{file}, line {line}, entry {number}: {key} is missing or no date.",
                    "Write a day such as {key} = {example}. Until then the finding counts.",
                    **self._where(number, key),
                    key=key,
                    example=self.on.isoformat(),
                )
            )
        return day

    def _check_days(self, number: int, until: date, added_on: date) -> None:
        if added_on > self.on + _ZONES:
            self.faults.append(
                AcceptedFault(
                    "{file}, line {line}, entry {number}: added_on lies in the future.",
                    "Write the day on which it was accepted. Until then the finding counts.",
                    **self._where(number, "added_on"),
                )
            )
        elif until > latest_day(added_on):
            self.faults.append(
                AcceptedFault(
                    "{file}, line {line}, entry {number}: it is accepted for longer than two years.",
                    "Write a day until {latest} at the latest. Until then the finding counts.",
                    **self._where(number, "until"),
                    latest=latest_day(added_on).isoformat(),
                )
            )


def as_day(value: object) -> date | None:
    """A TOML date, or the same as a text; None for anything else."""
    if isinstance(value, str):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            return None
    return value if isinstance(value, date) and not isinstance(value, datetime) else None
