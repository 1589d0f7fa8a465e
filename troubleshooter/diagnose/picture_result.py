"""What was found of a picture before its upload: the values that views show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from troubleshooter.diagnose.rule import Rule, State
from troubleshooter.diagnose.uploads import Route, Statement, Store
from troubleshooter.errors import Message
from troubleshooter.evidence.record import Evidence


class Outcome(StrEnum):
    """What a route does with a picture."""

    TAKEN = "taken"  # nothing we know of speaks against it
    NOT_PROMISED = "not_promised"  # no source says that it works
    REFUSED_BY_REPORTS = "refused_by_reports"  # seen in the field
    REFUSED = "refused"  # documented
    UNKNOWN = "unknown"  # we could not look into the file


@dataclass(frozen=True, slots=True)
class Applied:
    """A statement on this picture. `outcome` TAKEN: it is kept, or only tells something."""

    statement: Statement
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class RouteCheck:
    """One route on this picture."""

    route: Route
    outcome: Outcome
    applied: tuple[Applied, ...]


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """What a store makes of this picture: sides in pixels. All empty when the picture's size is unknown.

    `unsure` are those it would have to enlarge the picture for, where no source says whether it does.
    """

    store: Store
    makes: tuple[int, ...] = ()
    lacks: tuple[int, ...] = ()
    unsure: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PictureCheck:
    """The answer about one picture. `state` is problem, undecided or fine, for the route that was asked for.

    `findings` are the rules that are true, in their order; `open` the problems that could not be decided.
    """

    state: State
    findings: tuple[Rule, ...]
    open: tuple[Rule, ...]
    routes: tuple[RouteCheck, ...]
    stores: tuple[StoreCheck, ...]


@dataclass(frozen=True, slots=True)
class Made:
    """A copy that was made: its file, its own facts, and what was done. `changes` are codes, see `render`."""

    file: str
    side: int
    bytes: int
    quality: int
    changes: tuple[str, ...]
    check: PictureCheck


@dataclass(frozen=True, slots=True)
class PictureReport:
    """Everything the views need about one file; `collect.picture_file.PictureFile` says what the words mean.

    `person` is whom the file's name means, '' when it was not asked or not found. `not_made` says why there
    is no copy although one was wanted.
    """

    file: str
    kind: str
    named: str
    problem: str
    why: str
    bits: int
    profile: str
    metadata: tuple[str, ...]
    is_blank: bool
    is_default: bool
    evidence: Evidence
    check: PictureCheck
    sides: tuple[int, int] = (0, 0)
    copy: Made | None = None
    not_made: Message | None = None
    person: str = ""

    @property
    def state(self) -> State:
        """What counts: the copy's state where one was made, the file's otherwise."""
        return self.copy.check.state if self.copy else self.check.state
