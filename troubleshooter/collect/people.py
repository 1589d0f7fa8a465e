"""Everything about a few people: who they are, then each system in turn, all of them together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from urllib.parse import quote

from troubleshooter.collect import details
from troubleshooter.collect.classify import gap, inherit, json_of, miss_all, note
from troubleshooter.collect.clients import Graph, SharePoint
from troubleshooter.collect.comparison import read_comparison
from troubleshooter.collect.directory import FACTS_OF_USER, read_user
from troubleshooter.collect.mailbox import offers_exchange_settings, read_mailbox
from troubleshooter.collect.photo import PhotoAnswers, read_photo
from troubleshooter.collect.policy import POLICY_PATH, read_policy
from troubleshooter.collect.resolve import Found, PersonProblem, resolve
from troubleshooter.collect.sharepoint import SHAREPOINT_FACTS
from troubleshooter.collect.sites import Sites, refuse_secret
from troubleshooter.collect.subject import Subject
from troubleshooter.collect.tenant import Tenant, find_tenant, miss_sharepoint, read_tenant
from troubleshooter.evidence.record import Collected, EvidenceBuilder, GapReason, Value
from troubleshooter.evidence.schema import TENANT_WIDE
from troubleshooter.signin.clouds import Cloud
from troubleshooter.transport.answer import Answer

# People in flight at once: each takes up to five requests, so this fills five Graph batches.
_TOGETHER = 20
Progress = Callable[[str, int, int], None]


def collect_people(
    graph: Graph,
    sharepoint: SharePoint,
    cloud: Cloud,
    persons: Sequence[str],
    *,
    run: Mapping[str, Value],
    now: Callable[[], datetime],
    ticket: Mapping[str, Value] | None = None,
    sharepoint_host: str | None = None,
    progress: Progress | None = None,
) -> Iterator[Collected | PersonProblem]:
    """Evidence for each person in the order given, or why there is no such person. Each account comes once.

    `persons` are sign-in names, mail addresses, object ids or names. `run` and `ticket` hold facts by name,
    with or without their group before a dot. `progress` gets what is being read, people done, people in all.
    NoToken when Graph cannot be signed in to; SharePointHostError for a `sharepoint_host` of another cloud.
    """
    collector = _Collector(graph, sharepoint, cloud, run, ticket or {}, now, sharepoint_host)
    tell = progress or (lambda stage, done, total: None)
    seen: set[str] = set()
    for start in range(0, len(persons), _TOGETHER):
        say = partial(_tell, tell, start, len(persons))
        say("directory")
        results = resolve(graph, persons[start : start + _TOGETHER])
        outcomes: list[Subject | PersonProblem] = []
        for result in results:
            if not isinstance(result, Found):
                outcomes.append(result)
            elif result.key.lower() not in seen:
                seen.add(result.key.lower())
                outcomes.append(Subject(result))
        subjects = [one for one in outcomes if isinstance(one, Subject)]
        if subjects:
            collector.collect(subjects, say)
        for one in outcomes:
            yield one.close() if isinstance(one, Subject) else one
    tell("finished", len(persons), len(persons))


def _tell(tell: Progress, done: int, total: int, stage: str) -> None:
    tell(stage, done, total)


class _Collector:
    """Holds what is read once for all: the tenant, its policy, its SharePoint."""

    def __init__(
        self,
        graph: Graph,
        sharepoint: SharePoint,
        cloud: Cloud,
        run: Mapping[str, Value],
        ticket: Mapping[str, Value],
        now: Callable[[], datetime],
        sharepoint_host: str | None,
    ) -> None:
        self._graph = graph
        self._sharepoint = sharepoint
        self._cloud = cloud
        self._given = {**_facts("run", run), **_facts("ticket", ticket)}
        self._given.setdefault("run.collected_at", now())
        self._now = now
        self._sharepoint_host = sharepoint_host
        self._policy: Answer | None = None
        self._tenant: Tenant | None = None
        self._sites: Sites | None = None

    def collect(self, subjects: Sequence[Subject], tell: Callable[[str], None]) -> None:
        """Every fact of these people."""
        tenant, policy = self._once(subjects)
        for subject in subjects:
            for path, value in self._given.items():
                subject.builder.know(path, value)
            read_tenant(subject.builder, tenant)
            _read_account(subject)
            read_policy(subject.builder, policy)
            for path in TENANT_WIDE:  # nobody is sampled where people are asked about one by one
                subject.builder.know(path, 0)
        tell("photo")
        self._ask_graph(subjects)
        tell("sharepoint")
        self._ask_sharepoint(subjects, tenant)
        for subject in subjects:
            read_comparison(subject.builder, subject.pictures.get("photo"), subject.pictures.get("thumbnail"))

    def _once(self, subjects: Sequence[Subject]) -> tuple[Tenant, Answer]:
        if self._tenant is None or self._policy is None:
            keys = [subject.found.key for subject in subjects]
            self._tenant = find_tenant(
                self._graph, self._cloud.sharepoint_suffix, keys, self._sharepoint_host
            )
            self._policy = self._graph.get(POLICY_PATH, beta=True)
        return self._tenant, self._policy

    def _ask_graph(self, subjects: Sequence[Subject]) -> None:
        calls = ["photo", "photos", "photo/$value", "mailboxSettings/userPurpose"]
        if offers_exchange_settings(self._cloud.graph):
            calls.append("settings/exchange")
        paths = [f"{_user(subject)}/{call}" for subject in subjects for call in calls]
        answers = self._graph.batch(paths)
        for number, subject in enumerate(subjects):
            photo, photos, content, purpose, *exchange = answers[
                number * len(calls) : (number + 1) * len(calls)
            ]
            if photo.ok and not content.ok and content.status not in (401, 403, 404, 429):
                # A large picture may not fit into a batch.
                content = self._graph.get(f"{_user(subject)}/photo/$value")
            read_mailbox(subject.builder, purpose, exchange[0] if exchange else None)
            subject.keep("photo", read_photo(subject.builder, PhotoAnswers(photo, photos, content)))

    def _ask_sharepoint(self, subjects: Sequence[Subject], tenant: Tenant) -> None:
        if self._given.get("run.sharepoint_app_only_secret") is True:
            for subject in subjects:
                refuse_secret(subject.builder)
            return
        if tenant.hosts is None:
            for subject in subjects:
                miss_sharepoint(subject.builder, tenant, SHAREPOINT_FACTS)
            return
        named = [subject for subject in subjects if subject.upn]
        for subject in subjects:
            if not subject.upn:
                _no_account_name(subject.builder)
        self._sites = self._sites or Sites(self._sharepoint, tenant.hosts, self._now)
        self._sites.collect(named)


def _facts(group: str, values: Mapping[str, Value]) -> dict[str, Value]:
    """Facts by path; unknown ones are left to be gaps."""
    return {
        name if "." in name else f"{group}.{name}": value
        for name, value in values.items()
        if value is not None
    }


def _user(subject: Subject) -> str:
    key = subject.found.key
    if key.startswith("$"):
        return "/users('{}')".format(quote(key.replace("'", "''"), safe="@.-_"))
    return f"/users/{quote(key, safe='@.-_')}"


def _read_account(subject: Subject) -> None:
    source = note(subject.builder, subject.found.answer)
    if subject.found.user is not None:
        read_user(subject.builder, subject.found.user, source)
        return
    reading = json_of(subject.found.answer)
    wrong = gap(GapReason.UNREADABLE, details.WRONG_SHAPE)
    miss_all(subject.builder, FACTS_OF_USER, wrong if reading.ok else reading, source)


def _no_account_name(builder: EvidenceBuilder) -> None:
    """SharePoint finds people by sign-in name; what hides that name hides the profile too."""
    inherit(builder, SHAREPOINT_FACTS, "person.user_principal_name", details.NO_ACCOUNT_NAME)
