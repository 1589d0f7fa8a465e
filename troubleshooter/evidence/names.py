"""The names that must not leave: found in text in any spelling, and replaced by their pseudonyms.

A name is a sequence of words (see `fold`), so separators, case, accents and percent-encoding do not hide it.
Beside whole names their distinctive words are known: a surname alone, the tenant's own word in a host name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from troubleshooter.evidence.fold import Word, sequence, words

SHORTEST_WORD = 3
"""Words of names shorter than this are looked for only as part of the whole name."""
_NEVER_INSIDE = ("id", "request")
_REMEMBERED = 20_000
_INSIDE = 6  # letters from which a word is also found inside a longer one, as in AnaHorvatPhoto


@dataclass(frozen=True, slots=True)
class Name:
    """What is looked for, what it is, and what stands for it."""

    value: str
    kind: str
    pseudonym: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A name in a text."""

    name: Name
    start: int
    end: int


class Names:
    """A collection of names. `vocabulary` holds our own words, which are no names when they stand alone."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self.vocabulary = frozenset(vocabulary)
        self._known: dict[tuple[str, ...], Name] = {}
        # How many words the names have that begin with this one, the longest first: as many people share a
        # first name, looking for one must not take longer with each of them.
        self._lengths: dict[str, tuple[int, ...]] = {}
        self._inside: dict[str, Name] = {}
        self._inside_lengths: tuple[int, ...] = ()
        self._harmless: set[str] = set()  # the same words come with every person

    def __len__(self) -> int:
        return len(self._known)

    def add(self, value: str, kind: str, pseudonym: str) -> None:
        """Look for this too. What consists of our own words or of figures only cannot be told from text, and
        a single letter names nobody."""
        found = sequence(value)
        if found in self._known or all(self._is_common(word) for word in found) or len("".join(found)) < 2:
            return
        name = self._known[found] = Name(value, kind, pseudonym, found)
        self._lengths[found[0]] = _with(self._lengths.get(found[0], ()), len(found))
        joined = "".join(found)
        if len(joined) >= _INSIDE and not joined.isdecimal() and kind not in _NEVER_INSIDE:
            self._inside.setdefault(joined, name)
            self._harmless.clear()
            self._inside_lengths = _with(self._inside_lengths, len(joined))

    def _is_common(self, word: str) -> bool:
        return word in self.vocabulary or word.isdecimal()

    def distinctive(self, value: str) -> Iterator[str]:
        """The words of a name that say something on their own."""
        for word in sequence(value):
            if len(word) >= SHORTEST_WORD and not self._is_common(word):
                yield word

    def knows(self, text: str) -> bool:
        """The whole text is a name."""
        return sequence(text) in self._known

    def matches(self, text: str) -> list[Match]:
        """Every name in the text, the longest at each place."""
        return list(self._matches(words(text)))

    def _matches(self, found: list[Word]) -> Iterator[Match]:
        place = 0
        while place < len(found):
            name = self._at(found, place)
            if name is not None:
                last = found[place + len(name.words) - 1]
                yield Match(name, found[place].start, last.end)
                place += len(name.words)
                continue
            word = found[place]
            inside = self._within(word.text)
            if inside is not None:
                yield Match(inside, word.start, word.end)
            place += 1

    def _at(self, found: list[Word], place: int) -> Name | None:
        for length in self._lengths.get(found[place].text, ()):
            name = self._known.get(tuple(word.text for word in found[place : place + length]))
            if name is not None:
                return name
        return None

    def _within(self, word: str) -> Name | None:
        """A long name written without blanks inside a longer word."""
        if len(word) < _INSIDE or word in self.vocabulary or word in self._harmless:
            return None
        for length in self._inside_lengths:
            for start in range(len(word) - length + 1):
                name = self._inside.get(word[start : start + length])
                if name is not None:
                    return name
        if len(self._harmless) < _REMEMBERED:
            self._harmless.add(word)
        return None

    def replace(self, text: str, made: Callable[[str, str, str], None]) -> str:
        """The text with pseudonyms. `made(pseudonym, original, kind)` is told each one as it was written."""
        parts: list[str] = []
        place = 0
        for match in self.matches(text):
            original, name = text[match.start : match.end], match.name
            written = written_as(name.pseudonym, original)
            # The map leads back to the name as its owner writes it, not to one of its spellings.
            made(written, original if "%" in original else written_as(name.value, original), name.kind)
            parts += [text[place : match.start], written]
            place = match.end
        return "".join(parts) + text[place:]


def _with(lengths: tuple[int, ...], length: int) -> tuple[int, ...]:
    return lengths if length in lengths else tuple(sorted((*lengths, length), reverse=True))


def written_as(pseudonym: str, original: str) -> str:
    """The pseudonym in the form in which the original stands: mangled as a file name, percent-encoded."""
    if "@" in pseudonym and "@" not in original and "%40" not in original:
        pseudonym = re.sub("[@.]", "_", pseudonym)
    if "%" in original:
        return quote(pseudonym, safe="@" if "@" in original else "")
    return pseudonym
