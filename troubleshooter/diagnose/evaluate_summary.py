"""The verdicts on many tenants as counts, for `summary.json`: stable, documented, without any person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from troubleshooter import __version__
from troubleshooter.diagnose.evaluate import Fleet
from troubleshooter.diagnose.evaluate_duckdb import TenantTotal
from troubleshooter.diagnose.rule import State
from troubleshooter.errors import fill

FLEET_SCHEMA = "photo-troubleshooter/fleet/1"
STATES = (State.PROBLEM, State.ON_ITS_WAY, State.FINE, State.UNDECIDED)


@dataclass(slots=True)
class Tally:
    """People by state and by cause; `tenants` by cause."""

    states: Counter[str] = field(default_factory=Counter)
    causes: Counter[tuple[str, str]] = field(default_factory=Counter)
    tenants: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, total: TenantTotal) -> None:
        """Count one line in; a state without a cause is no cause."""
        self.states[total.state] += total.people
        if total.cause:
            self.causes[total.state, total.cause] += total.people
            self.tenants[total.state, total.cause] += 1

    @property
    def people(self) -> int:
        """Everybody."""
        return self.states.total()

    def ranked(self) -> list[tuple[str, str]]:
        """State and cause, the most people first."""
        return sorted(self.causes, key=lambda key: (-self.causes[key], key))


def tally(totals: Iterable[TenantTotal]) -> Tally:
    """All lines together."""
    found = Tally()
    for total in totals:
        found.add(total)
    return found


def by_tenant(fleet: Fleet) -> dict[str, Tally]:
    """A tally for each tenant, the one with the most problems first."""
    found: dict[str, Tally] = {file.tenant: Tally() for file in fleet.files}
    for total in fleet.totals:
        found.setdefault(total.tenant, Tally()).add(total)
    ranked = sorted(
        found.items(), key=lambda item: (-item[1].states[State.PROBLEM], -item[1].people, item[0])
    )
    return dict(ranked)


def names(fleet: Fleet) -> dict[str, str]:
    """What each tenant is called; its id when it has no name, '' when nothing is known."""
    return {file.tenant: file.tenant_name or file.tenant for file in fleet.files}


def summary(fleet: Fleet) -> dict[str, Any]:
    """JSON data. Times are UTC; `tenant` is '' when an audit did not know whose it was."""
    everybody, called = tally(fleet.totals), names(fleet)
    return {
        "schema": FLEET_SCHEMA,
        "tool_version": __version__,
        "rules_version": fleet.rules_version,
        "engine": {"name": fleet.engine, "version": fleet.engine_version},
        "evaluated_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "people": everybody.people,
        "states": _states(everybody),
        "causes": [
            {"cause": cause, "state": state, "people": everybody.causes[state, cause],
             "tenants": everybody.tenants[state, cause]}
            for state, cause in everybody.ranked()
        ],
        "tenants": [
            {
                "tenant": tenant,
                "name": called.get(tenant, ""),
                "people": one.people,
                "states": _states(one),
                "causes": [
                    {"cause": cause, "state": state, "people": one.causes[state, cause]}
                    for state, cause in one.ranked()
                ],
            }
            for tenant, one in by_tenant(fleet).items()
        ],
        "files": [
            {
                "file": str(file.path),
                "tenant": file.tenant,
                "people": file.people,
                "finished_at": file.finished_at.isoformat() if file.finished_at else None,
                "tool_version": file.tool_version,
            }
            for file in fleet.files
        ],
        "left_out": [
            {
                "file": str(problem.values.get("file", "")),
                "what": fill(problem.what, problem.values),
                "remedy": fill(problem.remedy, problem.values),
            }
            for problem in fleet.left_out
        ],
    }  # fmt: skip


def _states(one: Tally) -> dict[str, int]:
    return {state.value: one.states[state] for state in STATES}
