"""Whose photo a file is, by its name: a list of people, and files called after them."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from troubleshooter.collect.picture_file import COPY_ENDING
from troubleshooter.collect.powershell import text_of
from troubleshooter.errors import RunFailed

COLUMNS = {
    "userprincipalname": "upn", "upn": "upn", "signinname": "upn", "mail": "mail", "email": "mail",
    "primarysmtpaddress": "mail", "displayname": "name", "name": "name", "id": "id", "objectid": "id",
    "personid": "id",
}  # fmt: skip
"""Columns that are understood, by their names in small letters without anything else than letters."""
_LETTERS = str.maketrans({"đ": "d", "ł": "l", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe"})


class PeopleUnreadable(RunFailed):
    """The list of people could not be read."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """One line of the list: what to call the person, and the folded names that mean them."""

    called: str
    names: frozenset[str]


@dataclass(frozen=True)
class People:
    """The list. A name that two people share means neither."""

    everybody: tuple[Somebody, ...]

    def of(self, path: Path) -> str:
        """Whose file this is: a sign-in name, or '' when nobody or more than one person is meant."""
        return self._known.get(_of_file(path), "")

    def without(self, paths: Iterable[Path]) -> Sequence[str]:
        """Who has no file among these."""
        found = {self.of(path) for path in paths}
        return [one.called for one in self.everybody if one.called not in found]

    @cached_property
    def _known(self) -> dict[str, str]:
        meant: dict[str, set[str]] = {}
        for one in self.everybody:
            for name in one.names:
                meant.setdefault(name, set()).add(one.called)
        return {name: next(iter(people)) for name, people in meant.items() if len(people) == 1}


def read_people(path: Path) -> People:
    """A CSV with a header (an audit's people.csv is one), or a list with one sign-in name a line.

    PeopleUnreadable when it cannot be read or names nobody; PowerShellOutputError for another encoding.
    """
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise PeopleUnreadable(
            "{file} cannot be read: {why}.",
            "Check the name after --people, and that you may read the file.",
            file=str(path),
            why=problem.strerror or type(problem).__name__,
        ) from problem
    text = text_of(data, str(path)).lstrip("\ufeff")
    everybody = tuple(_rows(text))
    if not everybody:
        raise PeopleUnreadable(
            "{file} names nobody.",
            "Give a CSV with a column user_principal_name, mail or display_name, or one sign-in name a line.",
            file=str(path),
        )
    return People(everybody)


def _rows(text: str) -> Iterable[Somebody]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        table = [[cell.strip() for cell in row] for row in rows if any(cell.strip() for cell in row)]
    except csv.Error:
        return
    kinds = [COLUMNS.get(re.sub(r"[^a-z]", "", cell.lower()), "") for cell in table[0]] if table else []
    if not any(kinds):
        kinds, table = ["upn"], [[], *table]
    for row in table[1:]:
        told = {kind: cell for kind, cell in zip(kinds, row, strict=False) if kind and cell}
        if told:
            yield _somebody(told)


def _somebody(told: dict[str, str]) -> Somebody:
    names = {told.get(kind, "") for kind in ("upn", "mail", "name", "id")}
    names |= {told.get(kind, "").partition("@")[0] for kind in ("upn", "mail")}
    # Libraries name files after addresses with @ and . as underscores.
    names |= {re.sub("[@.]", "_", told.get(kind, "")) for kind in ("upn", "mail")}
    called = next(told[kind] for kind in ("upn", "mail", "name", "id") if kind in told)
    return Somebody(called, frozenset(filter(None, map(_folded, names))))


def _of_file(path: Path) -> str:
    name = path.name
    return _folded(name.removesuffix(COPY_ENDING) if name.endswith(COPY_ENDING) else path.stem)


def _folded(name: str) -> str:
    """Small letters without accents; what stands between words is one dot: `Ana Horvat`, `ana_horvat`."""
    lowered = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    plain = "".join(char for char in lowered if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", ".", plain).strip(".")
