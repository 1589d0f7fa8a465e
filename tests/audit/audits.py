"""Driving an audit in this process, against a sandbox, with waiting that is only counted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from troubleshooter.cli.audit_connect import PATIENCE, TrafficLog, utc_now
from troubleshooter.cli.connect import Connected, connect
from troubleshooter.cli.options import Connection
from troubleshooter.collect.audit import Audit
from troubleshooter.collect.audit_tools import Choices, Reporter, Sizes, Tools
from troubleshooter.collect.crowd import Depths
from troubleshooter.collect.workers import Workers
from troubleshooter.diagnose.needs import Needs
from troubleshooter.diagnose.rulebook import Rulebook, load_rules
from troubleshooter.diagnose.tenant import verdict_table
from troubleshooter.evidence.store import Store, open_store
from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.people import generated_tenant, scripted_tenant
from troubleshooter.sandbox.server import Sandbox
from troubleshooter.signin.clouds import Cloud
from troubleshooter.transport.limits import limits_for
from troubleshooter.transport.quota import Governor
from troubleshooter.transport.retry import RetryPolicy

RULES: Rulebook = load_rules()
SIZES = Sizes(people=25, users=20, index=40, files=100)
EVERYTHING = Depths("all", "all", "all")
Verdicts = dict[str, tuple[str, str]]
"""Object id to (state, cause)."""


class SleepClock:
    """Seconds that pass only while somebody sleeps. Safe to use from several threads."""

    def __init__(self, start: float = 1000.0) -> None:
        self.seconds = start
        self.slept: list[float] = []
        self._lock = Lock()

    def __call__(self) -> float:
        with self._lock:
            return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        with self._lock:
            self.seconds += seconds
            self.slept.append(seconds)


@dataclass(frozen=True)
class Client:
    """A signed-in connection and its governor."""

    connected: Connected
    governor: Governor


@dataclass(frozen=True)
class Audited:
    """What an audit left behind, and what the sandbox was asked for it."""

    verdicts: Verdicts
    doubts: Mapping[str, Sequence[str]]
    """Rules that could not be decided and would have come before the cause, by person."""
    traffic: Mapping[str, Any]
    sample: Mapping[str, Any]
    not_looked_at: Mapping[str, int]
    incomplete: str
    asked: Mapping[str, int]
    """Items by kind, in this run alone."""


@dataclass(frozen=True)
class Run:
    """How to run an audit; a variant is a copy."""

    choices: Choices = field(default_factory=lambda: Choices(guests=True, rooms=True))
    clock: SleepClock = field(default_factory=SleepClock)
    read_seconds: float | None = None
    now: Callable[[], datetime] = utc_now
    retries: RetryPolicy = PATIENCE
    workers: int = 6
    sizes: Sizes = SIZES
    check: Callable[[], None] = lambda: None
    report: Reporter = lambda stage, done, total: None
    client_id: str = DEMO_CLIENT

    def connect(self, sandbox: Sandbox) -> Client:
        """Sign in, with quotas so wide that only refusals hold anybody up."""
        made: list[Governor] = []

        def govern(cloud: Cloud, app_only: bool) -> Governor:
            limits = limits_for(60_000, app_only=app_only)
            made.append(Governor(cloud, limits, share=0.9, sleep=self.clock.sleep, clock=self.clock))
            return made[0]

        connection = Connection(
            cloud=str(sandbox.cloud_file),
            tenant=sandbox.tenant.domain,
            client_id=self.client_id,
            auth="certificate",
            certificate=sandbox.certificate_file(self.client_id),
            sharepoint_host=None,
        )
        connected = connect(connection, govern=govern, retries=self.retries, sleep=self.clock.sleep)
        if self.read_seconds is not None:
            connected.service.session.timeout = (5.0, self.read_seconds)  # type: ignore[attr-defined]
        return Client(connected, made[0])

    def collect(self, sandbox: Sandbox, store: Store, client: Client | None = None) -> Client:
        """Collect into a store, or go on with what is in it. Raises what `Audit.collect` raises."""
        client = client or self.connect(sandbox)
        connected, governor = client.connected, client.governor
        with Workers(self.workers) as pool:
            tools = Tools(
                graph=connected.graph,
                sharepoint=connected.sharepoint,
                cloud=connected.cloud,
                needs=Needs(RULES),
                workers=pool,
                now=self.now,
                batch_size=governor.largest_batch,
                sized=lambda licences: None,
                traffic=TrafficLog(governor, store.get("traffic", {}), self.now),
                report=self.report,
                check=self.check,
            )
            audit = Audit(
                store, tools, self.choices, connected.run, connected.sharepoint_host, sizes=self.sizes
            )
            if store.get("settings") is None:
                audit.begin()
            audit.collect()
        return client

    def audit(self, sandbox: Sandbox, folder: Path) -> Audited:
        """Collect everything and give the verdicts."""
        before = dict(sandbox.stats()["by_kind"])
        folder.mkdir(exist_ok=True)
        with open_store(folder, read_only=False) as store:
            self.collect(sandbox, store)
            verdict_table(store, RULES)
            after = dict(sandbox.stats()["by_kind"])
            asked = {kind: count - before.get(kind, 0) for kind, count in after.items()}
            return Audited(
                verdicts_of(store),
                dict(store.query("SELECT person_id, lowered_by FROM verdicts")),
                store.get("traffic"),
                store.get("sample"),
                store.get("not_looked_at"),
                store.get("incomplete", ""),
                {kind: count for kind, count in asked.items() if count},
            )


def verdicts_of(store: Store) -> Verdicts:
    """State and cause of everybody in a store that has its verdicts."""
    return {
        one: (state, cause)
        for one, state, cause in store.query("SELECT person_id, state, cause FROM verdicts")
    }


def mixed_tenant(now: datetime, generated: int = 35) -> TenantState:
    """The scripted people and some generated ones: every situation, in more than one page."""
    tenant = scripted_tenant(now)
    more = generated_tenant(generated, 11, now).accounts
    return replace(tenant, accounts=(*tenant.accounts, *more))
