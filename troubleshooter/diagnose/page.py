"""One TOML file being read: its keys, their lines, and the complaints gathered on the way."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import PurePath
from typing import Any

from troubleshooter.diagnose.complaint import Complaint, nearest
from troubleshooter.diagnose.toml_lines import KeyPath, key_lines, line_of
from troubleshooter.toml_text import TomlTooDeep, read_toml

MAX_BYTES = 256 * 1024
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")


class Page:
    """A TOML file. Reading methods return a usable value always and gather what is wrong in `complaints`."""

    def __init__(self, file: str, text: str, data: dict[str, Any], complaints: list[Complaint]) -> None:
        self.file, self.text, self.data, self.complaints = file, text, data, complaints
        self.stem = PurePath(file).stem

    @cached_property
    def _lines(self) -> Mapping[KeyPath, int]:
        """Looked for when there is something to complain of: most files are right."""
        return key_lines(self.text)

    def complain(
        self, key: KeyPath, what: str, remedy: str, *, offset: int | None = None, **values: object
    ) -> None:
        """Record a fault at the line of `key`, or of what holds it; `offset` counts lines in its text."""
        line = line_of(self._lines, key)
        if offset is not None:
            opened = self.text.splitlines()[line - 1 : line]
            line += offset + bool(opened and opened[0].rstrip().endswith(('"""', "'''")))
        self.complaints.append(Complaint(self.file, line, what, remedy, {"key": _dotted(key), **values}))

    def check_keys(self, table: Mapping[str, Any], at: KeyPath, known: Iterable[str]) -> None:
        """Refuse keys nobody reads: they are misspelt, or somebody relies on them in vain."""
        known = tuple(known)
        for key in table:
            if key in known:
                continue
            near = nearest(key, known)
            self.complain(
                (*at, key),
                "Unknown key {unknown}.",
                "Did you mean {nearest}?" if near else "Take it out. The keys are: {known}.",
                unknown=key,
                nearest=near,
                known=", ".join(known),
            )

    def words(
        self,
        table: Mapping[str, Any],
        key: KeyPath,
        limit: int,
        *,
        required: bool = False,
        line: bool = False,
    ) -> str:
        """A trimmed text of at most `limit` characters; '' when it is not there. `line`: on one line."""
        value = table.get(str(key[-1]))
        if value is None or (isinstance(value, str) and not value.strip()):
            if required or value is not None:
                self.complain(key, "{key} is missing.", "Every rule needs it; see docs/writing-rules.md.")
            return ""
        if not isinstance(value, str):
            self.complain(key, "{key} is not a text.", "Put it in quotation marks.")
            return ""
        value = value.strip()
        if len(value) > limit:
            self.complain(
                key,
                "{key} has {length} characters; at most {limit} are allowed.",
                "Say it in fewer words.",
                length=len(value),
                limit=limit,
            )
        if line and "\n" in value:
            self.complain(key, "{key} runs over several lines.", "Write it on one line.")
        return value

    def choice(self, table: Mapping[str, Any], key: KeyPath, choices: Iterable[str]) -> str:
        """One word of a closed list; the first of the list when it is missing or wrong."""
        known = tuple(choices)
        value = table.get(str(key[-1]))
        if isinstance(value, str) and value in known:
            return value
        what = "{key} is missing." if value is None else "{key} is {value!r}, which is not one of its values."
        near = nearest(value, known) if isinstance(value, str) else ""
        remedy = "Did you mean '{nearest}'? It is one of: {known}." if near else "It is one of: {known}."
        self.complain(key, what, remedy, value=value, nearest=near, known=", ".join(known))
        return known[0]

    def texts(self, table: Mapping[str, Any], key: KeyPath, limit: int) -> tuple[str, ...]:
        """A list of texts, each of at most `limit` characters."""
        value = table.get(str(key[-1]), [])
        if isinstance(value, list) and all(
            isinstance(item, str) and 0 < len(item) <= limit for item in value
        ):
            return tuple(value)
        self.complain(
            key,
            "{key} is not a list of texts of at most {limit} characters.",
            'Write ["one", "two"].',
            limit=limit,
        )
        return ()

    def tables(self, table: Mapping[str, Any], key: KeyPath) -> list[dict[str, Any]]:
        """An array of tables, such as [[examples]]."""
        value = table.get(str(key[-1]), [])
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return value
        self.complain(key, "{key} is not an array of tables.", "Begin each one with a line [[{key}]].")
        return []


def open_page(file: str, source: Traversable, complaints: list[Complaint]) -> Page | None:
    """Read and parse a file; None, with a complaint, when that cannot be done."""
    try:
        with source.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
    except OSError as error:
        complaints.append(
            Complaint(
                file,
                1,
                "The file cannot be read: {why}.",
                "Check its permissions.",
                {"why": error.strerror or error},
            )
        )
        return None
    if len(raw) > MAX_BYTES:
        complaints.append(
            Complaint(file, 1, "The file is larger than {limit} bytes.", "Split it.", {"limit": MAX_BYTES})
        )
        return None
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
        return Page(file, text, read_toml(text), complaints)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        complaints.append(Complaint(file, line, "The file is not UTF-8 text.", "Save it as UTF-8."))
    except TomlTooDeep:
        complaints.append(Complaint(file, 1, "The file is nested too deeply.", "Take the nesting out."))
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line = int(place[1]) if place and place[1] else text.count("\n") + 1
        complaints.append(
            Complaint(
                file,
                line,
                "The file is not valid TOML: {why}.",
                "Correct this line; https://toml.io/en/v1.0.0 describes the format.",
                {"why": _PLACE.sub("", str(error))},
            )
        )
    return None


def _dotted(key: KeyPath) -> str:
    text = ""
    for part in key:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text
