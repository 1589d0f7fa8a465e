"""Text as a searcher for names reads it: words without case, accents and percent-encoding, and their places.

`rita.supek@contoso.com`, `RITA_SUPEK_CONTOSO_COM` and `Rita%2ESupek%40Contoso%2Ecom` are the same four words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# Letters that Unicode does not decompose but people transliterate, above all in account names.
_LETTERS = {"đ": "d", "ð": "d", "ø": "o", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
_ESCAPES = re.compile(r"(?:%[0-9a-f]{2})+", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9A-Za-z]+")
_MOST_ROUNDS = 3  # an address inside an address inside an address


@dataclass(frozen=True, slots=True)
class Word:
    """One word, folded, and where it stands in the text."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """The text without case and accents."""
    return "".join(_plain(char) for char in text)


def _plain(char: str) -> str:
    if char.isascii():
        return char.lower()
    parts = unicodedata.normalize("NFKD", char.casefold())
    return "".join(_LETTERS.get(part, part) for part in parts if not unicodedata.combining(part))


def words(text: str) -> list[Word]:
    """The words of a text; percent-encoding is seen through, up to three layers of it."""
    if text.isascii() and "%" not in text:  # nearly all of what is searched: many times faster
        return [Word(one.group().lower(), one.start(), one.end()) for one in _PLAIN.finditer(text)]
    found: list[Word] = []
    letters: list[str] = []
    first = last = 0
    for char, start, end in _characters(text):
        if not char:  # a combining accent: it belongs to the letter before it
            continue
        if char.isalnum():
            if not letters:
                first = start
            letters.append(char)
            last = end
        elif letters:
            found.append(Word("".join(letters), first, last))
            letters = []
    if letters:
        found.append(Word("".join(letters), first, last))
    return found


def sequence(text: str) -> tuple[str, ...]:
    """Only the words, for a name that is looked for."""
    return tuple(word.text for word in words(text))


def _characters(text: str) -> Iterator[tuple[str, int, int]]:
    """Folded characters, each with the span of the original it stands for."""
    spans = [(char, place, place + 1) for place, char in enumerate(text)]
    for _ in range(_MOST_ROUNDS):
        decoded = _decoded(spans)
        if decoded is None:
            break
        spans = decoded
    for char, start, end in spans:
        folded = _plain(char)
        for one in folded or ("",):
            yield one, start, end


Span = tuple[str, int, int]


def _decoded(spans: list[Span]) -> list[Span] | None:
    """One layer of percent-encoding taken off; None when there is none."""
    text = "".join(char for char, _, _ in spans)
    if len(text) != len(spans) or "%" not in text:
        return None
    result: list[Span] = []
    place, changed = 0, False
    for match in _ESCAPES.finditer(text):
        result += spans[place : match.start()]
        result += _bytes_of(spans[match.start() : match.end()])
        place, changed = match.end(), True
    return result + spans[place:] if changed else None


def _bytes_of(escape: list[Span]) -> Iterator[Span]:
    """The characters of a run such as `%C4%87`; bytes that are no UTF-8 become replacement characters."""
    data = bytes(int(escape[i + 1][0] + escape[i + 2][0], 16) for i in range(0, len(escape), 3))
    place = 0
    for char in data.decode("utf-8", "replace"):
        # A replacement character may stand for one byte or several; one is close enough to find words.
        size = len(char.encode("utf-8")) if char != "\ufffd" else 1
        last = min(place + size, len(data))
        yield char, escape[min(place, len(data) - 1) * 3][1], escape[max(last, 1) * 3 - 1][2]
        place = last
