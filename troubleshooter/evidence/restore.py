"""Real names put back, with the private map, into what was made from a redacted bundle.

A name is other people's text and may be hostile: in a page it is escaped, in JSON it stays one string, inside
quotation marks of a command its own are doubled, and bare in a command only harmless characters of it remain.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from troubleshooter.evidence import bundle_faults as faults
from troubleshooter.evidence.bundle import MAP_FORMAT, BundleError

Kind = Literal["html", "json", "json_lines", "text"]

MAX_MAP = 256 * 1024**2
_KINDS: dict[str, Kind] = {
    ".html": "html",
    ".htm": "html",
    ".json": "json",
    ".jsonl": "json_lines",
    ".ndjson": "json_lines",
}
# What percent-encoding hides is no part of the word after it.
_TOKEN = re.compile(r"%[0-9A-Fa-f]{2}|[0-9A-Za-z]+")
_COMMAND = re.compile(
    r"<(?P<tag>pre|code)\b(?![^>]*\bid=\"(?:letter|ticket|case)-text(?:\.[A-Za-z_]+)?\")[^>]*>.*?</(?P=tag)>",
    re.DOTALL,
)
_NOTICE = re.compile(
    r"(<(?P<tag>p|dd)\b[^>]*\bdata-redaction=\")redacted(\"[^>]*>).*?(</(?P=tag)>)", re.DOTALL
)
# A page may hold several languages, each in a part of its own.
_LANGUAGE = re.compile(r"<(?:html|div)\b[^>]*\blang=\"([A-Za-z_-]+)\"")
_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
_OPENED = ("'", "&#39;", "&#x27;")


@dataclass(frozen=True, slots=True)
class Restored:
    """The text with real names, and how many times a pseudonym was replaced."""

    text: str
    count: int


def kind_of(path: Path) -> Kind:
    """How names must be written into this file, by its ending."""
    return _KINDS.get(path.suffix.lower(), "text")


def read_map(path: Path) -> dict[str, str]:
    """The pseudonyms of a private map. Raises BundleError when it is none."""
    try:
        if path.stat().st_size > MAX_MAP:
            raise BundleError(*faults.TOO_LARGE, file=str(path), limit=MAX_MAP // 1024**2)
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BundleError(*faults.UNREADABLE, file=str(path), why=why) from error
    except (ValueError, RecursionError) as error:
        raise BundleError(*faults.BAD_MAP, file=str(path)) from error
    found = data.get("pseudonyms") if isinstance(data, dict) and data.get("format") == MAP_FORMAT else None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise BundleError(*faults.BAD_MAP, file=str(path))
    return found


class Restorer:
    """Puts names back. `clean` makes other people's text harmless for a reader.

    `notice` says in the language of a page that it was done.
    """

    def __init__(
        self, secrets: Mapping[str, str], *, clean: Callable[[str], str], notice: Callable[[str], str]
    ) -> None:
        self._clean = clean
        self._notice = notice
        self._keys: dict[str, list[tuple[str, str]]] = {}
        for key, value in _with_encodings(secrets).items():
            first = _TOKEN.match(key)
            if first:
                self._keys.setdefault(first.group(), []).append((key, value))
        for entries in self._keys.values():
            entries.sort(key=lambda entry: -len(entry[0]))

    def restore(self, text: str, kind: Kind) -> Restored:
        """The text with real names. ValueError when it should be JSON and is not."""
        match kind:
            case "html":
                return self._page(text)
            case "json":
                return self._json(text, indent=2)
            case "json_lines":
                lines = [self._json(line, indent=None) for line in text.splitlines() if line.strip()]
                return Restored("".join(line.text for line in lines), sum(line.count for line in lines))
        return self._replaced(text, self._clean)

    def _page(self, text: str) -> Restored:
        parts: list[Restored] = []
        place = 0
        for command in _COMMAND.finditer(text):
            parts.append(self._replaced(text[place : command.start()], self._escaped))
            parts.append(self._replaced(command.group(), self._escaped, command=True))
            place = command.end()
        parts.append(self._replaced(text[place:], self._escaped))
        page, count = "".join(part.text for part in parts), sum(part.count for part in parts)
        spoken = [(part.start(), part[1]) for part in _LANGUAGE.finditer(page)]

        def told(old: re.Match[str]) -> str:
            code = next((code for start, code in reversed(spoken) if start < old.start()), "en")
            return f"{old[1]}restored{old[3]}{html.escape(self._notice(code))}{old[4]}"

        return Restored(_NOTICE.sub(told, page), count)

    def _escaped(self, value: str) -> str:
        return html.escape(self._clean(value))

    def _json(self, text: str, *, indent: int | None) -> Restored:
        count = 0

        def walk(data: Any) -> Any:
            nonlocal count
            if isinstance(data, str):
                done = self._replaced(data, str)
                count += done.count
                return done.text
            if isinstance(data, list):
                return [walk(item) for item in data]
            return {key: walk(value) for key, value in data.items()} if isinstance(data, dict) else data

        result = walk(json.loads(text))
        if isinstance(result, dict):
            run = result.get("run")
            if isinstance(run, dict) and run.get("redaction") == "redacted":
                run["redaction"] = "restored"
            for evidence in (result, result.get("evidence")):
                if isinstance(evidence, dict):
                    evidence.pop("redaction", None)
        return Restored(json.dumps(result, ensure_ascii=False, indent=indent) + "\n", count)

    def _replaced(self, text: str, write: Callable[[str], str], *, command: bool = False) -> Restored:
        parts: list[str] = []
        place = count = 0
        for start, key, value in self._found(text):
            if start < place:
                continue
            before = text[max(0, start - 6) : start]
            if before.endswith(_OPENED):
                shown = _QUOTES.sub(lambda found: found.group() * 2, value)
            else:
                shown = re.sub(r"[^\w@.:/#+=,%-]", "", value) if command else value
            parts += [text[place:start], write(shown)]
            place, count = start + len(key), count + 1
        return Restored("".join(parts) + text[place:], count)

    def _found(self, text: str) -> Iterator[tuple[int, str, str]]:
        for token in _TOKEN.finditer(text):
            for key, value in self._keys.get(token.group(), ()):
                end = token.start() + len(key)
                if text.startswith(key, token.start()) and not text[end : end + 1].isalnum():
                    yield token.start(), key, value
                    break


def _with_encodings(secrets: Mapping[str, str]) -> dict[str, str]:
    """The map, and the same in the forms in which steps and links write a name."""
    found: dict[str, str] = {}
    for key, value in secrets.items():
        for safe in ("", "@"):
            found[quote(key, safe=safe)] = quote(value, safe=safe)
    return found | dict(secrets)
