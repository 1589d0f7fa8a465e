"""The part of OData $filter that a directory listing meets.

That is eq, ne, in, startswith, endswith, any, $count, and, or, not. Which of them are "advanced": https://learn.microsoft.com/graph/aad-advanced-queries
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

Properties = Mapping[str, Any]
Test = Callable[[Properties], bool]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<word>[A-Za-z_$][\w$./]*)|(?P<number>-?\d+)|(?P<mark>[(),:]))"
)


class BadFilter(ValueError):
    """A filter the directory refuses; `code` is Graph's."""

    def __init__(self, message: str, code: str = "Request_BadRequest") -> None:
        super().__init__(message)
        self.code = code


def compile_filter(text: str, known: Collection[str], *, advanced: bool) -> Test:
    """A test over a user's properties. Raises BadFilter.

    `advanced`: the header ConsistencyLevel and $count=true were sent.
    """
    parser = _Parser(_tokens(text), known, advanced)
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


def _same(left: object, right: object) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    return left == right


class _Parser:
    def __init__(self, tokens: list[str], known: Collection[str], advanced: bool) -> None:
        self._tokens, self._at, self._known, self._advanced = tokens, 0, known, advanced

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
        tests = [self._both()]
        while self.peek().lower() == "or":
            self._take()
            tests.append(self._both())
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
            inner = self._single()
            return lambda user: not inner(user)
        if word in ("startswith", "endswith"):
            return self._prefix(self._take().lower())
        return self._comparison()

    def _prefix(self, function: str) -> Test:
        if function == "endswith":
            self._needs_advanced("endsWith")
        self._take("(")
        name = self._property(self._take())
        self._take(",")
        value = str(self._value()).lower()
        self._take(")")

        def test(user: Properties) -> bool:
            text = str(_get(user, name) or "").lower()
            return text.startswith(value) if function == "startswith" else text.endswith(value)

        return test

    def _comparison(self) -> Test:
        path = self._take()
        name, _, rest = path.partition("/")
        if rest == "any":
            return self._any(self._property(name))
        if rest == "$count":
            self._needs_advanced("$count")
            operator, count = self._take().lower(), int(self._take())
            known = self._property(name)
            return lambda user: (len(_get(user, known) or ()) == count) == (operator == "eq")
        known = self._property(path)
        operator = self._take().lower()
        if operator == "in":
            values = self._values()
            return lambda user: any(_same(_get(user, known), value) for value in values)
        if operator == "ne":
            self._needs_advanced("ne")
        elif operator != "eq":
            raise BadFilter(f"Unsupported operator '{operator}'.", "Request_UnsupportedQuery")
        value = self._value()
        return lambda user: _same(_get(user, known), value) == (operator == "eq")

    def _any(self, name: str) -> Test:
        self._take("(")
        variable = self._take()
        self._take(":")
        function = self._take()
        if function.lower() == "startswith":
            self._take("(")
            self._take(variable.lower())
            self._take(",")
            value, starts = self._value(), True
            self._take(")")
        else:
            self._take("eq")
            value, starts = self._value(), False
        self._take(")")
        wanted = str(value).lower()

        def test(user: Properties) -> bool:
            items = [str(item).lower() for item in _get(user, name) or ()]
            return any(item.startswith(wanted) if starts else item == wanted for item in items)

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
        literal = {"true": True, "false": False, "null": None}
        if token.lower() in literal:
            return literal[token.lower()]
        raise BadFilter(f"Invalid literal '{token}'.")

    def _property(self, name: str) -> str:
        if name.lower() not in self._known:
            raise BadFilter(f"Could not find a property named '{name}' on type 'microsoft.graph.user'.")
        return name.lower()


def _get(user: Properties, name: str) -> Any:
    return next((value for key, value in user.items() if key.lower() == name), None)
