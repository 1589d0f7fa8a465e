"""An audit of a whole tenant: lists, then people page by page, then the sample. Goes on where it was stopped.

Whatever was read is committed with the step that read it, so that a killed run loses at most the page of
people under way, and asks for nothing else again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from typing import Any

from troubleshooter.collect import details
from troubleshooter.collect.addresses import hosts_from
from troubleshooter.collect.audit_tools import Choices, Sizes, Tools
from troubleshooter.collect.classify import Reading, gap, json_of, sharepoint_json_of
from troubleshooter.collect.crowd import Crowd, Depths, Gathered
from troubleshooter.collect.dossier import Common
from troubleshooter.collect.listing import (
    INDEX,
    LIBRARY,
    USERS,
    kept_answer,
    list_index,
    list_library,
    list_users,
    part_name,
    state_of,
    user_parts,
)
from troubleshooter.collect.policy import POLICY_PATH
from troubleshooter.collect.roster import ROOMS, Lists, choose, chosen
from troubleshooter.collect.sampling import Sampling
from troubleshooter.collect.tenant import Tenant, find_tenant, read_tenant
from troubleshooter.evidence.record import EvidenceBuilder, GapReason, Value
from troubleshooter.evidence.store import Store
from troubleshooter.transport.answer import Answer, NoToken

PEOPLE, SAMPLE_STAGE = "people", "sample"


class Audit:
    """One audit in one store."""

    def __init__(
        self,
        store: Store,
        tools: Tools,
        choices: Choices,
        run: Mapping[str, Value],
        sharepoint_host: str | None,
        *,
        sizes: Sizes | None = None,
    ) -> None:
        self._store, self._tools, self._choices = store, tools, choices
        # Pages of people are known by their number, so they stay as large as the audit began with.
        self._sizes = sizes or Sizes(**store.get("sizes", {}))
        self._run = dict(run)
        self._sharepoint_host = sharepoint_host

    def collect(self) -> None:
        """Everything that is not there yet. Raises NoToken, ListingFailed, NobodyAnswered and StoreError;
        all leave a store that the next run goes on with."""
        common = self._common()
        self._note_run(common)
        self._lists(common)
        if not self._store.get("chosen"):
            salt = self._store.get("salt")
            choose(self._store, guests=self._choices.guests, sample=self._choices.sample, salt=salt)
        self._tools.sized(int(self._store.get("licences", 0)))
        crowd = self._crowd(common, self._choices.depths)
        lists = Lists(self._store)
        self._people(crowd, lists)
        Sampling(
            self._store, crowd, lists, common, self._tools, self._choices.depths, self._sizes.people
        ).settle()
        self._finish()

    def everybody(self) -> Iterator[Gathered]:
        """The same people in full, with their pictures, one page after the other; nothing of it is kept.

        Raises what `collect` raises.
        """
        common = self._common()
        self._lists(common)
        choose(self._store, guests=self._choices.guests, sample=0, salt="")
        self._tools.sized(int(self._store.get("licences", 0)))
        crowd = self._crowd(common, Depths("all", "all", "all"), keep_pictures=True)
        lists, total, size = Lists(self._store), chosen(self._store), self._sizes.people
        for first in range(0, total, size):
            self._tools.check()
            self._tools.report(PEOPLE, first, total)
            yield from crowd.collect(lists.at(first, size))

    def begin(self) -> None:
        """Keep what a resumed run must share; for a new store only."""
        with self._store.transaction():
            self._store.put("settings", self._choices.as_data())
            self._store.put("salt", secrets.token_hex(16))
            self._store.put("sizes", asdict(self._sizes))
            self._store.put("started_at", self._tools.now().isoformat())

    def _crowd(self, common: Common, depths: Depths, *, keep_pictures: bool = False) -> Crowd:
        """What asks about many people at once, at the depths given."""
        return Crowd(
            self._tools.graph,
            self._tools.sharepoint,
            common,
            self._tools.needs,
            self._tools.workers,
            graph_host=self._tools.cloud.graph,
            now=self._tools.now,
            depths=depths,
            batch_size=self._tools.batch_size,
            keep_pictures=keep_pictures,
        )

    def _common(self) -> Common:
        """The tenant, asked once: a resumed run reads it from the store."""
        kept = self._store.get("tenant")
        if kept is None:
            kept = self._ask_tenant()
            with self._store.transaction():
                self._store.put("tenant", kept)
        answers = {name: _whole(one) if one else None for name, one in kept["answers"].items()}
        organization, policy = answers["organization"], answers["policy"]
        assert organization is not None
        assert policy is not None
        why = kept["why"]
        tenant = find_tenant_again(
            organization, answers["root"], kept["host"], self._tools.cloud.sharepoint_suffix, why
        )
        refused = kept["refused"]
        reading = Reading(reason=GapReason(refused[0]), detail=refused[1]) if refused else Reading()
        secret = self._run.get("run.sharepoint_app_only_secret") is True
        return Common({p: v for p, v in self._run.items() if v is not None}, tenant, policy, reading, secret)

    def _note_run(self, common: Common) -> None:
        """Facts of this run, for views of the whole audit."""
        builder = EvidenceBuilder()
        for path, value in common.run.items():
            builder.know(path, value)
        read_tenant(builder, common.tenant)
        evidence = builder.build()
        facts = {
            path: list(value) if isinstance(value, tuple) else value
            for path, value in evidence.values()
            if value is not None and not isinstance(value, datetime)
        }
        with self._store.transaction():
            self._store.put("run", {**self._store.get("run", {}), **facts})

    def _ask_tenant(self) -> dict[str, Any]:
        graph, suffix = self._tools.graph, self._tools.cloud.sharepoint_suffix
        first = json_of(graph.get("/users?$select=id&$top=20"))
        some = first.body.get("value") if first.ok else None
        keys = (
            [str(one["id"]) for one in some if isinstance(one, dict) and "id" in one]
            if isinstance(some, list)
            else []
        )
        tenant = find_tenant(graph, suffix, keys, self._sharepoint_host)
        policy = graph.get(POLICY_PATH, beta=True)
        refused: list[str] | None = None
        if tenant.hosts is not None and self._run.get("run.sharepoint_app_only_secret") is not True:
            refused = self._refusal(f"https://{tenant.hosts.my}/_api/site/usage")
        return {
            "answers": {
                "organization": _kept(tenant.organization),
                "root": _kept(tenant.root_site) if tenant.root_site else None,
                "policy": _kept(policy),
            },
            "host": tenant.hosts.root if tenant.hosts else "",
            "why": [
                tenant.why_no_hosts.reason,
                tenant.why_no_hosts.detail,
                tenant.why_no_hosts.lacks_permission,
            ],
            "refused": refused,
        }

    def _refusal(self, url: str) -> list[str] | None:
        """Why SharePoint cannot be signed in to; None when it can. Notes how full the My Site host is."""
        try:
            answer = self._tools.sharepoint.get(url)
        except NoToken as problem:
            if problem.passing:
                raise
            return [GapReason.DENIED, details.SHAREPOINT_REFUSED_SIGN_IN]
        reading = sharepoint_json_of(answer)
        if reading.ok and isinstance(reading.body, dict):
            used, share = reading.body.get("Storage"), reading.body.get("StoragePercentageUsed")
            if isinstance(used, (str, int)) and str(used).isdecimal() and isinstance(share, (int, float)):
                with self._store.transaction():
                    self._store.put("site_usage", {"storage": int(used), "percentage": float(share)})
        return None

    def _lists(self, common: Common) -> None:
        store, tools, sizes = self._store, self._tools, self._sizes
        hosts = common.hosts
        done = {USERS: int(store.get("listed_users", 0)), INDEX: 0, LIBRARY: 0}

        def tell(listing: str, more: int) -> None:
            done[listing] += more
            tools.check()
            tools.report(
                listing, done[listing], int(store.get("tenant_size") or 0) if listing == USERS else 0
            )

        parts = user_parts(int(store.get("tenant_size") or 0))
        some = partial(list_users, store, tools.graph, self._choices.where, tell, sizes.users)
        tasks: list[Callable[[], bool | None]] = [
            partial(some, part=number if within else 0, within=within)
            for number, within in enumerate(parts, start=1)
        ]
        if hosts is not None and store.get("in_bulk", True):
            tasks.append(partial(list_index, store, tools.sharepoint, hosts, tell, sizes.index))
            tasks.append(partial(list_library, store, tools.sharepoint, hosts, tell, sizes.files))
        if False in tools.workers.all(tasks):
            some()  # this directory cannot be asked for a part; who was listed is not listed twice
        listings = [part_name(0), *(part_name(number) for number in range(1, len(parts) + 1))]
        if not all(state_of(store, listing).reading.ok for listing in listings):
            with store.transaction():
                store.put("incomplete", details.LIST_IN_A_CIRCLE)

    def _people(self, crowd: Crowd, lists: Lists) -> None:
        total = chosen(self._store)
        size = self._sizes.people
        done = {number for (number,) in self._store.query("SELECT number FROM chunks")}
        counted = self._store.count()
        self._tools.report(PEOPLE, counted, total)
        for number in range(-(-total // size)):
            if number in done:
                continue
            self._tools.check()
            gathered = crowd.collect(lists.at(number * size, size))
            self._commit(number, gathered)
            counted += len(gathered)
            self._tools.report(PEOPLE, counted, total)

    def _commit(self, number: int, gathered: Sequence[Gathered]) -> None:
        """One page of people: all or nothing."""
        rooms = () if self._choices.rooms else ("room", "equipment")
        kept = [one for one in gathered if one.evidence.mailbox.purpose not in rooms]
        out = [one.evidence.person.id or "" for one in gathered if one.evidence.mailbox.purpose in rooms]
        store = self._store
        with store.transaction():
            people = [one.evidence for one in kept]
            store.add_people(people)
            store.see_photos(people, self._tools.now())
            store.insert("pending", [(one.evidence.person.id, one.pending) for one in kept if one.pending])
            store.insert("left_out", [(one, ROOMS) for one in out])
            store.insert("chunks", [(number, len(kept))])
            store.put("traffic", self._tools.traffic())

    def _finish(self) -> None:
        store = self._store
        left_out = dict(store.query("SELECT reason, count(*) FROM left_out GROUP BY reason"))
        with store.transaction():
            store.put("not_looked_at", left_out)
            store.put("traffic", self._tools.traffic())
            store.put("finished_at", self._tools.now().isoformat())


def find_tenant_again(
    organization: Answer, root: Answer | None, host: str, suffix: str, why: Sequence[Any]
) -> Tenant:
    """The tenant as it was found when the audit began."""
    reason, detail, permission = why
    reading = (
        Reading(reason=GapReason(reason), detail=detail, lacks_permission=permission) if reason else Reading()
    )
    hosts = hosts_from(host, suffix) if host else None
    if hosts is None and reading.ok:
        reading = gap(GapReason.NOT_AVAILABLE, details.NO_HOST)
    return Tenant(organization, hosts, root, reading)


def _kept(answer: Answer) -> dict[str, Any]:
    return {
        "method": answer.method,
        "url": answer.url,
        "status": answer.status,
        "request_id": answer.request_id,
        "at": answer.at.isoformat(),
        "attempts": answer.attempts,
        "milliseconds": answer.milliseconds,
        "failure": answer.failure,
        "kind": answer.content_type,
        "body": answer.body.decode("utf-8", "replace"),
    }


def _whole(kept: Mapping[str, Any]) -> Answer:
    answer = kept_answer(kept)
    headers = {**answer.headers, "content-type": kept["kind"]}
    return replace(answer, headers=headers, body=kept["body"].encode())
