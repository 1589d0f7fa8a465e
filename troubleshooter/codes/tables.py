"""The tables of error codes in `rules/_errors/*.toml`: what one entry is, and the shipped entries.

An entry says what a status or a code means, how sure that is, what to try, who can do it, and which public
page says so. Words are English templates; their fields are named in FIELDS. `diagnose.error_file` checks the
tables with file, line and remedy whenever rules are loaded; here they are only read.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

FOLDER = "_errors"
FIELDS: dict[str, str] = {
    "client_id": "<client id>",
    "tenant": "<tenant>",
    "cloud": "<cloud>",
    "login": "<sign-in host>",
    "resource": "<service>",
    "host": "<host>",
}
"""Fields that the words may name, and what stands for each where nothing is known of the request."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One meaning. No `statuses`: whatever the status. No `codes`: the status alone. No `endpoints`: all.

    `reads_as` is what the collectors make of it: `absent`, the value of a gap reason, or '' when no fact
    hangs on it. `actor` and `confidence` have the words of a rule.
    """

    system: str
    endpoints: tuple[str, ...]
    statuses: tuple[int, ...]
    codes: tuple[str, ...]
    meaning: str
    remedy: str
    actor: str
    confidence: str
    source: str
    supports: str
    checked_on: str
    reads_as: str = ""


def entries_of(table: Mapping[str, Any]) -> Iterator[Entry]:
    """The entries of one checked table. KeyError when it was not checked."""
    for row in table["errors"]:
        yield Entry(
            system=table["system"],
            endpoints=tuple(row.get("endpoints", table.get("endpoints", ()))),
            statuses=tuple(row.get("statuses", ())),
            codes=tuple(row.get("codes", ())),
            meaning=row["meaning"].strip(),
            remedy=row["remedy"].strip(),
            actor=row["actor"],
            confidence=row["confidence"],
            source=row["source"],
            supports=row["supports"],
            checked_on=str(table["checked_on"]),
            reads_as=row.get("reads_as", ""),
        )


@lru_cache(maxsize=32)
def shipped(name: str) -> tuple[Entry, ...]:
    """The entries of one shipped table, such as `entra`."""
    source = files("troubleshooter.rules") / FOLDER / f"{name}.toml"
    return tuple(entries_of(tomllib.loads(source.read_text(encoding="utf-8"))))
