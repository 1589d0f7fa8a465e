"""Spans of time on the command line: 24h, 90m, 3d, 0.5s."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import click

_SPAN = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)\s*(s|m|min|h|d)?", re.IGNORECASE)
_UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days"}


class Span(click.ParamType[timedelta]):
    """A span with its unit, between two bounds; a number without a unit is taken for 0 alone."""

    name = "span"

    def __init__(self, least: timedelta, most: timedelta) -> None:
        self._least, self._most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The span; a usage error when it cannot be read or is out of bounds."""
        if isinstance(value, timedelta):
            return value
        found = _SPAN.fullmatch(str(value).strip())
        if not found or (not found[2] and float(found[1])):
            self.fail(f"{value!r} is not a span of time such as 24h, 90m, 3d or 30s", param, ctx)
        span = timedelta(**{_UNITS[(found[2] or "s").lower()]: float(found[1])})
        if not self._least <= span <= self._most:
            self.fail(f"{value!r} is not between {short(self._least)} and {short(self._most)}", param, ctx)
        return span


def short(span: timedelta) -> str:
    """A span as this option takes it, in the largest unit that divides it."""
    seconds = span.total_seconds()
    for unit, size, least in (("d", 86_400, 2), ("h", 3_600, 1), ("m", 60, 1)):
        if seconds >= size * least and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:g}s"
