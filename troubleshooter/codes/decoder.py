"""From (endpoint, status, code) to meanings: status first, code second, message never.

Codes are added and renamed without notice and messages are translated, so an entry whose status contradicts
the answer's is out, whatever its code (https://learn.microsoft.com/graph/errors). Among the others the most
specific one wins: a known code before the status alone, the endpoint's own table before the system's. A code
that no entry names is never guessed: the answer holds it as it came and says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from troubleshooter.codes.endpoints import ENDPOINTS
from troubleshooter.codes.tables import Entry

_ENTRA = re.compile(r"AADSTS\d{4,9}", re.IGNORECASE)
LONGEST_CODE = 200


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that fits, and which parts of the question it names: `endpoint`, `status`, `code`."""

    entry: Entry
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decoded:
    """What is known of one answer. Several matches: the endpoint was not named, and it depends on it."""

    endpoint: str
    status: int | None
    code: str
    matches: tuple[Match, ...]

    @property
    def code_known(self) -> bool:
        """There is no code, or a match rests on it."""
        return not self.code or any("code" in match.by for match in self.matches)

    @property
    def known(self) -> bool:
        """Everything that was asked has a meaning."""
        return bool(self.matches) and self.code_known

    @property
    def raw(self) -> str:
        """Status and code as they came, such as `404 ErrorItemNotFound`."""
        parts = ("" if self.status is None else str(self.status), self.code)
        return " ".join(part for part in parts if part)


class Decoder:
    """Looks codes up in the given entries. Of equally specific ones the earlier entry wins."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._answers: dict[tuple[str, int | None, str], Decoded] = {}

    def decode(self, endpoint: str = "", status: int | None = None, code: str = "") -> Decoded:
        """The meanings of an answer; '' and None stand for "not known". Answers are remembered."""
        question = (endpoint, status, code.strip()[:LONGEST_CODE])
        if question not in self._answers:
            if len(self._answers) > 10_000:  # a million hostile answers must not fill the memory
                self._answers.clear()
            self._answers[question] = Decoded(*question, tuple(self._best(*question)))
        return self._answers[question]

    def _best(self, endpoint: str, status: int | None, code: str) -> Iterator[Match]:
        fitting = [
            Match(entry, by)
            for entry in self.entries
            if (by := _fit(entry, endpoint, status, _spellings(code)))
        ]
        best = max((_rank(match) for match in fitting), default=())
        seen: set[tuple[object, ...]] = set()
        for match in fitting:
            where = () if endpoint else (match.entry.system, match.entry.endpoints)
            place = (where, match.entry.statuses if status is None else ())
            if _rank(match) == best and place not in seen:
                seen.add(place)
                yield match


def _fit(entry: Entry, endpoint: str, status: int | None, codes: frozenset[str]) -> tuple[str, ...]:
    """The parts of the question this entry names; () when it does not fit."""
    if endpoint and entry.system not in (ENDPOINTS.get(endpoint, ""), "network"):
        return ()
    if endpoint and entry.endpoints and endpoint not in entry.endpoints:
        return ()
    if entry.statuses and status is not None and status not in entry.statuses:
        return ()
    by_code = bool(codes & {known.lower() for known in entry.codes})
    by_status = status is not None and status in entry.statuses
    if (entry.codes and not by_code) or not (by_code or by_status):
        return ()
    found = {"endpoint": bool(endpoint and entry.endpoints), "status": by_status, "code": by_code}
    return tuple(part for part, holds in found.items() if holds)


def _rank(match: Match) -> tuple[bool, ...]:
    return tuple(part in match.by for part in ("code", "endpoint", "status"))


def _spellings(code: str) -> frozenset[str]:
    """The code as tables may write it: whole, or one part of SharePoint's `-2147024891, System.…`."""
    entra = _ENTRA.findall(code)
    parts = [code, *code.split(","), *entra]
    return frozenset(part.strip().lower() for part in parts if part.strip())
