"""The part of OData $filter that a directory listing meets, and refusals for the rest.

That is eq, ne, in, ge, le, lt, gt, startsWith, endsWith, any, $count, and, or, not. Which of them are
"advanced": https://learn.microsoft.com/graph/aad-advanced-queries
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from troubleshooter.sandbox.clock import graph_time
from troubleshooter.sandbox.directory import Test
from troubleshooter.sandbox.graph_properties import PROPERTIES, Property

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<moment>\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|[+-]\d\d:\d\d))"
    r"|(?P<word>[A-Za-z_$][\w$./]*)|(?P<number>-?\d+)|(?P<mark>[(),:]))"
)
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "ge": operator.ge,
    "le": operator.le,
    "lt": operator.lt,
    "gt": operator.gt,
}
_LITERALS = {"true": True, "false": False, "null": None}
_DEEPEST = 30
_GUID_LENGTH = 36
_ADVANCED_LISTS = ("assignedPlans", "provisionedPlans")


class BadFilter(ValueError):
    """A filter the directory refuses; `code` is Graph's."""

    def __init__(self, message: str, code: str = "Request_BadRequest") -> None:
        super().__init__(message)
        self.code = code


class _Moment(str):
    """A date and time in a filter, written without quotes; compares as the text Graph writes."""

    __slots__ = ()


def compile_filter(text: str, *, advanced: bool) -> Test:
    """A test over accounts. Raises BadFilter.

    `advanced`: the header ConsistencyLevel and $count=true were sent.
    """
    parser = _Parser(_tokens(text), advanced)
    test = parser.either()
    if parser.peek():
        raise BadFilter(f"Syntax error at '{parser.peek()}' in '{text}'.")
    return test


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if not match:
            raise BadFilter(f"Syntax error at position {at} in '{text}'.")
        found.append(match.group(match.lastgroup or 0))
        at = match.end()
    return found


def _folded(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _unsupported(what: str, name: str) -> BadFilter:
    message = (
        f"Unsupported or invalid query filter clause '{what}' specified for property '{name}' "
        "of resource 'User'."
    )
    return BadFilter(message, "Request_UnsupportedQuery")


class _Parser:
    def __init__(self, tokens: list[str], advanced: bool) -> None:
        self._tokens, self._at, self._advanced, self._depth = tokens, 0, advanced, 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token.lower() != wanted):
            raise BadFilter(f"Expected '{wanted or 'more'}' and found '{token or 'the end'}'.")
        self._at += 1
        return token

    def _needs_advanced(self, what: str) -> None:
        if not self._advanced:
            message = (
                f"Operator '{what}' is not supported without ConsistencyLevel: eventual and $count=true."
            )
            raise BadFilter(message, "Request_UnsupportedQuery")

    def either(self) -> Test:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise BadFilter("The filter is nested too deeply.")
        tests = [self._both()]
        while self.peek().lower() == "or":
            self._take()
            tests.append(self._both())
        self._depth -= 1
        return tests[0] if len(tests) == 1 else lambda user: any(test(user) for test in tests)

    def _both(self) -> Test:
        tests = [self._single()]
        while self.peek().lower() == "and":
            self._take()
            tests.append(self._single())
        return tests[0] if len(tests) == 1 else lambda user: all(test(user) for test in tests)

    def _single(self) -> Test:
        word = self.peek().lower()
        if word == "(":
            self._take()
            test = self.either()
            self._take(")")
            return test
        if word == "not":
            self._take()
            self._needs_advanced("not")
            self._depth += 1
            if self._depth > _DEEPEST:
                raise BadFilter("The filter is nested too deeply.")
            inner = self._single()
            self._depth -= 1
            return lambda user: not inner(user)
        if word in ("startswith", "endswith"):
            return self._affix(self._take().lower())
        return self._comparison()

    def _affix(self, function: str) -> Test:
        if function == "endswith":
            self._needs_advanced("endsWith")
        self._take("(")
        read = self._property(self._take(), function).read
        self._take(",")
        value = self._value()
        if not isinstance(value, str):
            raise BadFilter(f"{function} needs a text.")
        wanted = value.lower()
        self._take(")")
        if function == "startswith":
            return lambda user: str(read(user) or "").lower().startswith(wanted)
        return lambda user: str(read(user) or "").lower().endswith(wanted)

    def _comparison(self) -> Test:
        path = self._take()
        name, _, rest = path.partition("/")
        if rest == "any":
            return self._any(self._property(name, "any"))
        if rest == "$count":
            self._needs_advanced("$count")
            return self._size(self._property(name, "count"))
        word = self._take().lower()
        known = self._property(path, word)
        read = known.read
        if word == "in":
            values = {_folded(value) for value in self._values()}
            return lambda user: _folded(read(user)) in values
        value = self._literal_for(known, word)
        if word in _ORDER:
            return _ordered(known, _ORDER[word], value)
        if word == "ne":
            self._needs_advanced("ne")
            return lambda user: _folded(read(user)) != value
        return lambda user: _folded(read(user)) == value

    def _literal_for(self, known: Property, word: str) -> object:
        """The literal to compare with, folded; its type must be the property's."""
        value = self._value()
        if value is None:
            self._needs_advanced("null")
            if "null" not in known.operators:
                raise _unsupported(f"{word} null", known.name)
            return None
        wanted = (
            _Moment if known.name.endswith("DateTime") else bool if known.name.endswith("Enabled") else str
        )
        if type(value) is not wanted:
            raise BadFilter(f"Invalid filter clause: '{value}' does not fit '{known.name}'.")
        return _folded(value)

    def _size(self, known: Property) -> Test:
        word, read = self._take().lower(), known.read
        try:
            count = int(self._take())
        except ValueError as problem:
            raise BadFilter("$count is compared with a number.") from problem
        if word not in ("eq", "ne") or count != 0:
            raise _unsupported("$count", known.name)
        return lambda user: (len(read(user) or ()) == count) == (word == "eq")

    def _any(self, known: Property) -> Test:
        if known.name in _ADVANCED_LISTS:
            self._needs_advanced("any")
        self._take("(")
        variable = self._take()
        self._take(":")
        member = self._take()
        starts = member.lower() == "startswith"
        if starts:
            self._take("(")
            self._take(variable.lower())
            self._take(",")
        else:
            if member.partition("/")[0].lower() != variable.lower():
                raise BadFilter(f"Unknown variable '{member}'.")
            self._take("eq")
        wanted, read = _folded(self._value()), known.read
        if starts:
            self._take(")")
        self._take(")")
        key = "" if starts else member.partition("/")[2]

        def test(user: Any) -> bool:
            items = [
                _folded(item.get(key) if key and isinstance(item, dict) else item) for item in read(user)
            ]
            return any(str(item).startswith(str(wanted)) if starts else item == wanted for item in items)

        return test

    def _values(self) -> list[object]:
        self._take("(")
        found = [self._value()]
        while self.peek() == ",":
            self._take()
            found.append(self._value())
        self._take(")")
        return found

    def _value(self) -> object:
        token = self._take()
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.lower() in _LITERALS:
            return _LITERALS[token.lower()]
        if "T" in token and token[0].isdigit():
            return _moment(token)
        if len(token) == _GUID_LENGTH and token.count("-") == 4:  # ids of plans are written without quotes
            return token
        raise BadFilter(f"Invalid literal '{token}'.")

    def _property(self, name: str, word: str) -> Property:
        known = PROPERTIES.get(name.lower())
        if known is None:
            raise BadFilter(f"Could not find a property named '{name}' on type 'microsoft.graph.user'.")
        if word not in known.operators:
            raise _unsupported(word, known.name)
        return known


def _moment(token: str) -> _Moment:
    try:
        return _Moment(graph_time(datetime.fromisoformat(token).astimezone(UTC)))
    except ValueError as problem:
        raise BadFilter(f"Invalid date '{token}'.") from problem


def _ordered(known: Property, compare: Callable[[Any, Any], bool], value: object) -> Test:
    read = known.read
    if not isinstance(value, str):
        raise BadFilter(f"'{known.name}' cannot be ordered by '{value}'.")

    def test(user: Any) -> bool:
        own = read(user)
        return own is not None and bool(compare(own.lower(), value))

    return test
