"""Where the people of a bundle come from: a tenant, its whole directory, or files."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from troubleshooter.cli.audit_connect import Governed, governed, stoppable, utc_now
from troubleshooter.cli.audit_plan import tenant_size
from troubleshooter.cli.bundle_write import Plan
from troubleshooter.cli.connect import connect
from troubleshooter.cli.diagnose import collect_all
from troubleshooter.cli.exchange import from_tenant
from troubleshooter.cli.options import Connection
from troubleshooter.cli.progress import Progress
from troubleshooter.cli.read import read_collected
from troubleshooter.collect.everybody import Everybody
from troubleshooter.collect.people import collect_found
from troubleshooter.collect.roster import ROOMS
from troubleshooter.errors import TroubleshooterError
from troubleshooter.evidence.record import Collected, Evidence, Value, with_values
from troubleshooter.evidence.store import Store
from troubleshooter.evidence.store_file import FILE
from troubleshooter.render.language import Language
from troubleshooter.transport.quota import DEFAULT_SHARE

Told = Callable[[Evidence], Evidence]
_ROOMS = ("room", "equipment")


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
        size = tenant_size(tenant, where)
        everybody = Everybody(store)
        listed = 0

        def tell(listing: str, more: int) -> None:
            nonlocal listed
            listed += more
            tenant.stop.check()
            progress(listing, listed, size)

        total = everybody.list(connected.graph, where, tell, guests="guests" in include)
        tenant.sized(everybody.licences)
        left_out.update(everybody.left_out)
        found = collect_found(
            connected.graph,
            connected.sharepoint,
            connected.cloud,
            everybody.found(tenant.stop.check),
            run=connected.run,
            now=utc_now,
            sharepoint_host=connected.sharepoint_host,
        )
        say = partial(progress, "people")
        for done, one in enumerate(found, start=1):
            say(done, total)
            if one.evidence.mailbox.purpose in _ROOMS and ROOMS not in include:
                left_out[ROOMS] = left_out.get(ROOMS, 0) + 1
            else:
                yield one
