"""Small finished audits for tests: a real store, with the verdicts a test wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from troubleshooter.diagnose.tenant import COLUMNS, VERDICTS
from troubleshooter.evidence.record import Evidence, EvidenceBuilder, GapReason, Value
from troubleshooter.evidence.store import Store, open_store

OLD_TIME = datetime(2026, 11, 8, 9, 0, tzinfo=UTC)
NEW_TIME = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
WHOLE = {"where": "", "sample": None, "include": [], "pictures": "needed"}


@dataclass(frozen=True)
class Somebody:
    """A person with a verdict; `gaps` by fact path: reason and permission."""

    id: str
    state: str = "fine"
    cause: str = ""
    facts: Mapping[str, Value] = field(default_factory=dict)
    gaps: Mapping[str, tuple[GapReason, str]] = field(default_factory=dict)

    def evidence(self) -> Evidence:
        builder = EvidenceBuilder()
        builder.know("person.id", self.id)
        for path, value in self.facts.items():
            builder.know(path, value)
        for path, (reason, permission) in self.gaps.items():
            builder.miss(path, reason, permission=permission)
        return builder.build()


def fill(store: Store, people: Iterable[Somebody], at: datetime = NEW_TIME, **meta: object) -> None:
    """Make an empty store a finished audit of these people. `meta` overrides, None leaves a name out."""
    people = list(people)
    kept: dict[str, object] = {
        "settings": WHOLE,
        "started_at": at.isoformat(),
        "finished_at": at.isoformat(),
        "rules_version": "1",
        **meta,
    }
    with store.transaction():
        store.add_people(one.evidence() for one in people)
        for key, value in kept.items():
            if value is not None:
                store.put(key, value)
        judge(store, people)


def judge(store: Store, people: Iterable[Somebody]) -> None:
    """Write the verdicts."""
    store.connection.execute(f"CREATE OR REPLACE TABLE {VERDICTS} ({', '.join(COLUMNS)})")
    rows = [(one.id, one.state, one.cause, "admin", "high", [], [], [], None, None, None) for one in people]
    store.insert(VERDICTS, rows)


def audit(folder: Path, people: Iterable[Somebody], at: datetime = NEW_TIME, **meta: object) -> Path:
    """A finished audit in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_store(folder, read_only=False) as store:
        fill(store, people, at, **meta)
    return folder
