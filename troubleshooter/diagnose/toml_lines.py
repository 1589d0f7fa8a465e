"""Finds the line of every key in a TOML file, because `tomllib` tells values but not where they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping

KeyPath = tuple[str | int, ...]

# Every repetition is possessive (`+` after the quantifier): a line of blanks must not be tried in all ways.
_HEADER = re.compile(r"^\s*+(\[\[?)([A-Za-z0-9_.\-\"' \t]++)\]\]?\s*+(?:#.*)?$")
_KEY = re.compile(
    r"^\s*+((?:[A-Za-z0-9_-]++|\"[^\"]*+\"|'[^']*+')(?:\s*+\.\s*+(?:[A-Za-z0-9_-]++|\"[^\"]*+\"))*+)\s*+="
)
_STRINGS = re.compile(r"\"\"\"|'''|\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*|[\[\]{}]")


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line (from 1) of every key and table header; arrays of tables carry their index."""
    found: dict[KeyPath, int] = {}
    counts: dict[str, int] = {}
    table: KeyPath = ()
    depth, quote = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not quote and depth == 0:
            header = _HEADER.match(line)
            if header:
                table = _table(header, counts)
                found.setdefault(table, number)
                continue
            key = _KEY.match(line)
            if key:
                found.setdefault((*table, *_parts(key[1])), number)
                depth, quote = _scan(line[key.end() :], depth, quote)
                continue
        depth, quote = _scan(line, depth, quote)
    return found


def line_of(lines: Mapping[KeyPath, int], key: KeyPath) -> int:
    """The line of a key, or of the nearest thing that holds it; 1 when nothing does."""
    while key:
        found = lines.get(key) or lines.get((*key, 0))
        if found:
            return found
        key = key[:-1]
    return 1


def _table(header: re.Match[str], counts: dict[str, int]) -> KeyPath:
    name = header[2].strip()
    if header[1] == "[":
        return tuple(_parts(name))
    counts[name] = counts.get(name, -1) + 1
    return (*_parts(name), counts[name])


def _parts(dotted: str) -> list[str]:
    return [part.strip().strip("\"'") for part in dotted.split(".")]


def _scan(line: str, depth: int, quote: str) -> tuple[int, str]:
    """Follow brackets and multi-line strings to the end of one line."""
    place = 0  # never a slice: a line of a million strings would be copied a million times
    while place < len(line):
        if quote:
            end = line.find(quote, place)
            if end < 0:
                return depth, quote
            place, quote = end + 3, ""
            continue
        token = _STRINGS.search(line, place)
        if token is None:
            return depth, ""
        if token[0] in ('"""', "'''"):
            quote = token[0]
        elif token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        place = token.end()
    return max(depth, 0), quote
