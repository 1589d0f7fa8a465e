"""One person while being collected."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType

from troubleshooter.collect.library import Look
from troubleshooter.collect.resolve import Found
from troubleshooter.evidence.record import Collected, EvidenceBuilder, Picture


@dataclass(slots=True)
class Subject:
    """What has been found out so far. `upn` is '' when nobody knows the sign-in name."""

    found: Found
    builder: EvidenceBuilder = field(default_factory=EvidenceBuilder)
    pictures: dict[str, Picture] = field(default_factory=dict)
    look: Look | None = None

    @property
    def upn(self) -> str:
        """The sign-in name: the directory's, else what was given when it looks like one."""
        known = self.builder.known("person.user_principal_name")
        if isinstance(known, str) and known:
            return known
        return self.found.given if "@" in self.found.given else ""

    @property
    def object_id(self) -> str:
        """The object id, '' when not known."""
        known = self.builder.known("person.id")
        return known if isinstance(known, str) else ""

    def keep(self, store: str, picture: Picture | None) -> None:
        """Keep a picture for the report."""
        if picture is not None:
            self.pictures[store] = picture

    def close(self) -> Collected:
        """The finished evidence."""
        return Collected(self.builder.build(), MappingProxyType(dict(self.pictures)))
