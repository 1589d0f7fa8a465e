"""One person's evidence: the facts, where each was read, and why the others are missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from troubleshooter.evidence import schema
from troubleshooter.evidence.schema import (
    FACTS,
    GROUPS,
    Comparison,
    Directory,
    Mailbox,
    Person,
    Photo,
    Policy,
    Run,
    SharePoint,
    Ticket,
)

Value = str | int | float | bool | datetime | tuple[str, ...] | None


class GapReason(StrEnum):
    """Why a fact is unknown."""

    DENIED = "denied"  # 401 or 403: a permission, a role or a policy is in the way
    THROTTLED = "throttled"  # 429 to the end of our patience
    SERVICE_ERROR = "service_error"  # 5xx, or no answer at all
    UNREADABLE = "unreadable"  # an answer came but made no sense
    NOT_COLLECTED = "not_collected"  # this run did not ask
    NOT_AVAILABLE = "not_available"  # this cloud does not offer the call
    NOT_APPLICABLE = "not_applicable"  # the fact has no meaning here, such as the width of no photo
    NOT_ASKED = "not_asked"  # only people know, and nobody was asked


@dataclass(frozen=True, slots=True)
class Source:
    """One request and its answer. `url` carries no secret; `status` 0 means that no answer came."""

    id: str
    method: str
    url: str
    at: datetime
    status: int
    request_id: str = ""
    error_code: str = ""
    attempts: int = 1
    milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class Gap:
    """A fact that is not known. `permission` would let us read it; '' when that is not the obstacle."""

    fact: str
    reason: GapReason
    detail: str = ""
    permission: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Redaction:
    """What was replaced before the evidence left its owner: how many different values of each kind.

    `bundle` is the bundle's own random id, which the owner's private map carries too.
    """

    bundle: str
    replaced: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was read about one person, and nothing else. `redaction` is None where names are the real ones."""

    person: Person = field(default_factory=Person)
    directory: Directory = field(default_factory=Directory)
    mailbox: Mailbox = field(default_factory=Mailbox)
    photo: Photo = field(default_factory=Photo)
    sharepoint: SharePoint = field(default_factory=SharePoint)
    comparison: Comparison = field(default_factory=Comparison)
    policy: Policy = field(default_factory=Policy)
    ticket: Ticket = field(default_factory=Ticket)
    run: Run = field(default_factory=Run)
    sources: tuple[Source, ...] = ()
    fact_sources: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    gaps: tuple[Gap, ...] = ()
    redaction: Redaction | None = None

    def value(self, path: str) -> Value:
        """The value of `group.name`, None when unknown. KeyError when there is no such fact."""
        info = FACTS[path]
        found: Value = getattr(getattr(self, info.group), info.name)
        return found

    def values(self) -> Iterator[tuple[str, Value]]:
        """Every fact in schema order, unknown ones as None."""
        for path in FACTS:
            yield path, self.value(path)

    def gap(self, path: str) -> Gap | None:
        """Why a fact is unknown; None when it is known."""
        return next((gap for gap in self.gaps if gap.fact == path), None)

    def source(self, path: str) -> Source | None:
        """The request a fact was read from, when it was one."""
        wanted = self.fact_sources.get(path)
        return next((source for source in self.sources if source.id == wanted), None)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture as it was read. `store` is photo, thumbnail or served; `data` is the original bytes.

    A bundle may keep the bytes back: `data` is then empty, `size` says how many they were, and equal files
    have the same `digest`.
    """

    store: str
    media_type: str
    data: bytes
    width: int = 0
    height: int = 0
    digest: str = ""
    size: int = 0

    def same_file(self, other: Picture) -> bool:
        """Both are the very same file."""
        return self.digest == other.digest if self.digest or other.digest else self.data == other.data


@dataclass(frozen=True, slots=True)
class Collected:
    """The evidence of one person with the pictures it speaks of, which are kept out of the evidence."""

    evidence: Evidence
    pictures: Mapping[str, Picture] = field(default_factory=lambda: MappingProxyType({}))


_UNMENTIONED = {
    path: Gap(path, GapReason.NOT_ASKED if info.group == "ticket" else GapReason.NOT_COLLECTED)
    for path, info in FACTS.items()
}
_MEMBERS = {name: tuple((f.name, f"{name}.{f.name}") for f in fields(cls)) for name, cls in GROUPS.items()}


class EvidenceBuilder:
    """Gathers facts and gaps from several sources, then closes the record: every unknown has a reason."""

    def __init__(self) -> None:
        self._values: dict[str, Value] = {}
        self._fact_sources: dict[str, str] = {}
        self._gaps: dict[str, Gap] = {}
        self._sources: list[Source] = []
        self._redaction: Redaction | None = None

    @classmethod
    def resumed(cls, evidence: Evidence) -> EvidenceBuilder:
        """A builder that goes on where this record was closed."""
        builder = cls()
        builder._values = {path: value for path, value in evidence.values() if value is not None}
        builder._fact_sources = dict(evidence.fact_sources)
        builder._gaps = {gap.fact: gap for gap in evidence.gaps}
        builder._sources = list(evidence.sources)
        builder._redaction = evidence.redaction
        return builder

    def add_source(self, **answer: object) -> str:
        """Record a request; returns its id, such as `s3`, to name in `know` and `miss`."""
        source = Source(id=f"s{len(self._sources) + 1}", **answer)  # type: ignore[arg-type]
        self._sources.append(source)
        return source.id

    def know(self, path: str, value: Value, source: str = "") -> None:
        """State a fact. None is refused: say why it is missing with `miss`."""
        if path not in FACTS:
            raise KeyError(path)
        if value is None:
            raise ValueError(f"{path}: an unknown fact is a gap, not None")
        self._values[path] = value
        self._gaps.pop(path, None)
        if source:
            self._fact_sources[path] = source

    def miss(
        self, path: str, reason: GapReason, detail: str = "", *, permission: str = "", source: str = ""
    ) -> None:
        """State why a fact is unknown. A fact already known stays known."""
        if path not in FACTS:
            raise KeyError(path)
        if path not in self._values:
            self._gaps[path] = Gap(path, reason, detail, permission, source)

    def known(self, path: str) -> Value:
        """The value stated so far; None when there is none."""
        return self._values.get(path)

    def gap(self, path: str) -> Gap | None:
        """Why a fact is unknown so far; None when it is known."""
        if path in self._values:
            return None
        return self._gaps.get(path) or _UNMENTIONED[path]

    def build(self) -> Evidence:
        """Close the record: what nobody mentioned was not collected, or, for the ticket, not asked."""
        gaps = {
            path: self._gaps.get(path) or unmentioned
            for path, unmentioned in _UNMENTIONED.items()
            if path not in self._values
        }
        groups = {
            name: cls(**{member: self._values.get(path) for member, path in _MEMBERS[name]})
            for name, cls in GROUPS.items()
        }
        return Evidence(
            **groups,
            sources=tuple(self._sources),
            fact_sources=MappingProxyType(dict(self._fact_sources)),
            gaps=tuple(gaps.values()),
            redaction=self._redaction,
        )


def with_values(evidence: Evidence, values: Mapping[str, Value]) -> Evidence:
    """A copy with some facts set, their gaps closed. For rule examples and ticket facts."""
    changed: dict[str, dict[str, Value]] = {}
    for path, value in values.items():
        info = FACTS[path]
        changed.setdefault(info.group, {})[info.name] = value
    groups = {name: replace(getattr(evidence, name), **items) for name, items in changed.items()}
    gaps = tuple(gap for gap in evidence.gaps if values.get(gap.fact) is None)
    return replace(evidence, gaps=gaps, **groups)


SCHEMA = schema.SCHEMA
