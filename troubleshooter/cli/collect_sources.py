"""Where the people of a bundle come from: a tenant, its whole directory, or files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from troubleshooter.cli.audit_connect import Governed, TrafficLog, governed, stoppable, utc_now
from troubleshooter.cli.audit_plan import tenant_size
from troubleshooter.cli.bundle_write import Plan
from troubleshooter.cli.connect import connect
from troubleshooter.cli.diagnose import collect_all
from troubleshooter.cli.exchange import from_tenant
from troubleshooter.cli.options import Connection
from troubleshooter.cli.progress import Progress
from troubleshooter.cli.read import read_collected
from troubleshooter.collect import details
from troubleshooter.collect.audit import Audit
from troubleshooter.collect.audit_tools import Choices, Sizes, Tools
from troubleshooter.collect.dossier import PREVIOUS, SEEN
from troubleshooter.collect.estimate import worth_lists
from troubleshooter.collect.roster import ROOMS
from troubleshooter.collect.workers import DEFAULT_WORKERS, Workers
from troubleshooter.errors import TroubleshooterError
from troubleshooter.evidence.record import Collected, Evidence, Gap, GapReason, Value, with_values
from troubleshooter.evidence.schema import TENANT_WIDE
from troubleshooter.evidence.store import Store
from troubleshooter.evidence.store_file import FILE
from troubleshooter.render.language import Language
from troubleshooter.transport.quota import DEFAULT_SHARE

Told = Callable[[Evidence], Evidence]
_ROOMS = ("room", "equipment")
_TOGETHER = 60  # people in flight at once, with their pictures


def from_evidence(files: tuple[Path, ...], ticket: Mapping[str, Value], told: Told) -> Plan:
    """People whose evidence is there already."""

    def answers() -> Iterator[Collected]:
        for one in read_collected(files):
            evidence = with_values(one.evidence, ticket) if ticket else one.evidence
            yield replace(one, evidence=told(evidence))

    return Plan(answers())


def from_people(
    connection: Connection,
    people: tuple[str, ...],
    ticket: Mapping[str, Value],
    told: Told,
    values: Mapping[str, Any],
) -> Plan:
    """Some people of a tenant, asked about exactly as `diagnose` asks."""
    connected = connect(connection)
    asked = from_tenant(connected, values)

    def answers() -> Iterator[Collected | TroubleshooterError]:
        for one in collect_all(connected, people, ticket):
            if isinstance(one, Collected):
                yield replace(one, evidence=asked(told(one.evidence)))
            else:
                yield one

    return Plan(answers(), people)


def from_list(
    connection: Connection,
    where: str,
    include: frozenset[str],
    told: Told,
    speak: Language,
    values: Mapping[str, Any],
    *,
    quiet: bool,
) -> Plan:
    """Everybody whom the directory lists, within Microsoft's limits."""
    tenant = governed(connection, DEFAULT_SHARE, 0)
    asked = from_tenant(tenant.connected, values)
    left_out: dict[str, int] = {}
    everybody = _everybody(tenant, where, include, left_out, speak, quiet=quiet)
    return Plan((replace(one, evidence=asked(told(one.evidence))) for one in everybody), (), left_out)


def _everybody(
    tenant: Governed,
    where: str,
    include: frozenset[str],
    left_out: dict[str, int],
    speak: Language,
    *,
    quiet: bool,
) -> Iterator[Collected]:
    connected = tenant.connected
    with ExitStack() as stack:
        stack.enter_context(stoppable(tenant.stop))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="photo-collect-")))
        store = stack.enter_context(Store(folder / FILE))
        progress = stack.enter_context(Progress(speak, tenant.governor, quiet=quiet))
        choices = Choices(where, guests="guests" in include)
        size = tenant_size(tenant, where)
        whole = tenant_size(tenant, "") if where else size
        with store.transaction():
            store.put("tenant_size", size or None)
            store.put("in_bulk", worth_lists(choices, size, whole))
        tools = Tools(
            graph=connected.graph,
            sharepoint=connected.sharepoint,
            cloud=connected.cloud,
            needs=_everything,
            workers=stack.enter_context(Workers(DEFAULT_WORKERS)),
            now=utc_now,
            batch_size=tenant.batch_size,
            sized=tenant.sized,
            traffic=TrafficLog(tenant.governor, {}, utc_now),
            report=progress,
            check=tenant.stop.check,
        )
        sizes = Sizes(people=_TOGETHER)
        audit = Audit(store, tools, choices, connected.run, connected.sharepoint_host, sizes=sizes)
        for one in audit.everybody():
            if one.evidence.mailbox.purpose in _ROOMS and ROOMS not in include:
                left_out[ROOMS] = left_out.get(ROOMS, 0) + 1
                continue
            yield Collected(_as_if_alone(one.evidence), MappingProxyType(dict(one.pictures)))
        left_out.update(store.query("SELECT reason, count(*) FROM left_out GROUP BY reason"))


def _as_if_alone(evidence: Evidence) -> Evidence:
    """What `diagnose` would know: nobody was sampled, and there is no history of photos."""
    alone = with_values(evidence, {**dict.fromkeys(TENANT_WIDE, 0), SEEN: None, PREVIOUS: None})
    missing = {gap.fact for gap in alone.gaps}
    history = tuple(
        Gap(path, GapReason.NOT_COLLECTED, details.NEEDS_HISTORY)
        for path in (SEEN, PREVIOUS)
        if path not in missing
    )
    return replace(alone, gaps=(*alone.gaps, *history))


def _everything(people: Sequence[Evidence]) -> list[frozenset[str]]:
    """Whatever was not asked yet: a bundle is judged elsewhere, perhaps by rules that are not known here."""
    return [
        frozenset(gap.fact for gap in one.gaps if gap.reason is GapReason.NOT_COLLECTED) for one in people
    ]
