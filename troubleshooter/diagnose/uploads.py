"""What each way into Microsoft 365 takes of a picture: the tables of `rules/_limits/uploads.toml`.

Numbers stand there alone. A statement names its source and what that source is worth: documented by
Microsoft, seen in the field, or uncertain.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Literal

FOLDER = "_limits"
SUPPORTS = ("documented", "field", "uncertain")

Supports = Literal["documented", "field", "uncertain"]


class Breaks(StrEnum):
    """What happens to a picture that breaks a statement."""

    REFUSED = "refused"
    NOT_PROMISED = "not_promised"
    NOTHING = ""


class Only(StrEnum):
    """The pictures a statement speaks of; ANY: every picture."""

    ANY = ""
    TRANSPARENT = "transparent"
    NOT_SQUARE = "not_square"
    TURNED = "turned"
    ANIMATED = "animated"
    PRINT_COLOURS = "print_colours"
    DEEP = "deep"
    LARGER_THAN_448 = "larger_than_448"


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a source about a route; a limit in it is None when it names none.

    `most_bytes` counts bytes, `least_side` pixels of the shorter side; `formats` are those it speaks well of.
    """

    says: str
    supports: Supports
    source: str = ""
    only: Only = Only.ANY
    breaks: Breaks = Breaks.NOTHING
    most_bytes: int | None = None
    least_side: int | None = None
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One way to upload. `side` is the side of a square picture made for it, in pixels."""

    id: str
    name: str
    side: int
    statements: tuple[Statement, ...]

    @property
    def most_bytes(self) -> int:
        """The smallest size limit that any source names for this route."""
        return min(one.most_bytes for one in self.statements if one.most_bytes is not None)


@dataclass(frozen=True, slots=True)
class Store:
    """What one store makes of an upload: the sides of its square sizes, in pixels."""

    id: str
    name: str
    sides: tuple[int, ...]
    enlarges: Literal["never", "unknown"]
    says: str
    supports: Supports
    source: str


@dataclass(frozen=True, slots=True)
class Uploads:
    """All routes and stores, and when their sources were looked at last (ISO date)."""

    checked_on: str
    routes: tuple[Route, ...]
    stores: tuple[Store, ...]

    def route(self, route_id: str) -> Route:
        """The route with this id. KeyError when there is none."""
        return {one.id: one for one in self.routes}[route_id]


@cache
def uploads() -> Uploads:
    """The shipped tables. KeyError, TypeError or ValueError for a fault in them, which tests exclude."""
    source = files("troubleshooter.rules") / FOLDER / "uploads.toml"
    data = tomllib.loads(source.read_text(encoding="utf-8"))
    return Uploads(
        checked_on=data["checked_on"],
        routes=tuple(_route(row) for row in data["routes"]),
        stores=tuple(Store(**{**row, "sides": tuple(row["sides"])}) for row in data["stores"]),
    )


def _route(row: dict[str, Any]) -> Route:
    return Route(row["id"], row["name"], row["side"], tuple(_statement(one) for one in row["statements"]))


def _statement(row: dict[str, Any]) -> Statement:
    if row["supports"] not in SUPPORTS:
        raise ValueError(row["supports"])
    return Statement(
        says=row["says"],
        supports=row["supports"],
        source=row.get("source", ""),
        only=Only(row.get("only", "")),
        breaks=Breaks(row.get("breaks", "")),
        most_bytes=row.get("most_bytes"),
        least_side=row.get("least_side"),
        formats=tuple(row.get("formats", ())),
    )
