"""From what a person was called on the command line to one account, or to the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from troubleshooter.collect.addresses import is_guid
from troubleshooter.collect.classify import json_of
from troubleshooter.collect.clients import Graph
from troubleshooter.collect.directory import USER_SELECT
from troubleshooter.errors import RunFailed, UsageError
from troubleshooter.transport.answer import Answer


class PersonNotFound(UsageError):
    """There is no one account to look at."""


class PersonBlank(PersonNotFound):
    """Nothing was given."""


class PersonUnknown(PersonNotFound):
    """No account has this name or address."""


class PersonAmbiguous(PersonNotFound):
    """Several accounts do; `candidates` are their sign-in names."""

    def __init__(self, what: str, remedy: str, candidates: tuple[str, ...], **values: object) -> None:
        super().__init__(what, remedy, **values)
        self.candidates = candidates


class PersonIsGroup(PersonNotFound):
    """The address is a group's; groups have pictures of their own kind."""


class PersonLookupFailed(RunFailed):
    """The directory could not be searched, so nothing can be said about the person's existence."""


PersonProblem = PersonNotFound | PersonLookupFailed


@dataclass(frozen=True, slots=True)
class Found:
    """An account. `user` None: the directory would not show it, yet `key` may work with other services."""

    given: str
    key: str
    answer: Answer
    user: Mapping[str, Any] | None


def resolve(graph: Graph, persons: Sequence[str]) -> list[Found | PersonProblem]:
    """One result for each person, in order. Addresses and object ids are looked up in one batch."""
    names = [_clean(person) for person in persons]
    direct = [name for name in dict.fromkeys(names) if "@" in name or is_guid(name)]
    answers = dict(
        zip(direct, graph.batch([user_path(name) for name in direct]) if direct else [], strict=True)
    )
    done: dict[str, Found | PersonProblem] = {}
    for name in dict.fromkeys(names):
        done[name] = _resolve(graph, name, answers.get(name))
    return [done[name] for name in names]


def user_path(key: str) -> str:
    """The request for one user. A sign-in name that begins with $ would be read as a query option."""
    if key.startswith("$"):
        return f"/users('{quote(_doubled(key), safe='@.-_')}')?$select={USER_SELECT}"
    return f"/users/{quote(key, safe='@.-_')}?$select={USER_SELECT}"


def _clean(person: str) -> str:
    """The name without blanks, without smtp: or mailto:, and without a domain before a backslash."""
    name = person.strip().strip("<>").strip()
    for prefix in ("mailto:", "smtp:"):
        if name.lower().startswith(prefix):
            name = name[len(prefix) :]
    return name.rpartition("\\")[2].strip()


def _doubled(text: str) -> str:
    """Text for an OData literal: a quote inside is written twice."""
    return text.replace("'", "''")


def _resolve(graph: Graph, name: str, answer: Answer | None) -> Found | PersonProblem:
    if not name:
        return PersonBlank(
            "The name of a person is empty.", "Give a sign-in name, a mail address or an object id."
        )
    if answer is not None:
        reading = json_of(answer)
        if reading.ok and isinstance(reading.body.get("id"), str):
            return Found(name, reading.body["id"], answer, reading.body)
        if not reading.absent and answer.status != 400:
            return Found(name, name, answer, None)
    if answer is not None and is_guid(name):
        return _unknown(name)
    return _search(graph, name)


def _search(graph: Graph, name: str) -> Found | PersonProblem:
    queries = graph.batch(
        [f"/users?$filter={quote(one, safe='')}&$select={USER_SELECT}" for one in _filters(name)]
    )
    users: dict[str, tuple[Mapping[str, Any], Answer]] = {}
    failed = None
    for answer in queries:
        reading = json_of(answer)
        rows = reading.body.get("value") if reading.ok else None
        if not isinstance(rows, list):
            failed = failed if answer.status == 400 else answer
            continue
        for row in rows:
            if isinstance(row, dict) and isinstance(row.get("id"), str):
                users.setdefault(row["id"], (row, answer))
    if len(users) == 1:
        key, (user, answer) = users.popitem()
        return Found(name, key, answer, user)
    if users:
        return _ambiguous(name, [user for user, _ in users.values()])
    if failed is not None:
        return PersonLookupFailed(
            "The directory could not be searched for {person} (status {status}).",
            "Give the sign-in name, or see that Microsoft Graph User.Read.All is granted; then try again.",
            person=name,
            status=failed.status,
        )
    return _group(graph, name) or _unknown(name)


def _filters(name: str) -> list[str]:
    value = _doubled(name)
    if "@" in name:
        return [
            f"mail eq '{value}'",
            f"proxyAddresses/any(p:p eq 'smtp:{value}')",
            f"userPrincipalName eq '{value}'",
        ]
    return [
        f"startswith(userPrincipalName,'{value}@')",
        f"mailNickname eq '{value}'",
        f"displayName eq '{value}'",
    ]


def _group(graph: Graph, name: str) -> PersonProblem | None:
    if "@" not in name:
        return None
    value = _doubled(name)
    filters = (f"mail eq '{value}'", f"proxyAddresses/any(p:p eq 'smtp:{value}')")
    for answer in graph.batch(
        [f"/groups?$filter={quote(one, safe='')}&$select=id,displayName,mail" for one in filters]
    ):
        reading = json_of(answer)
        rows = reading.body.get("value") if reading.ok else None
        if isinstance(rows, list) and rows:
            return PersonIsGroup(
                "{person} is the address of a group, not of a person.",
                "Name one person. A group's picture is changed by its owners, in Outlook or Teams.",
                person=name,
            )
    return None


def _unknown(name: str) -> PersonUnknown:
    return PersonUnknown(
        "Nobody in this tenant is called {person}.",
        "Check the spelling, the tenant and the cloud. Guests are found by their address or object id.",
        person=name,
    )


def _ambiguous(name: str, users: Sequence[Mapping[str, Any]]) -> PersonAmbiguous:
    candidates = tuple(sorted(str(user.get("userPrincipalName") or user["id"]) for user in users))
    return PersonAmbiguous(
        "{person} fits several accounts: {names}.",
        "Give one of these sign-in names.",
        candidates,
        person=name,
        names=", ".join(candidates[:10]),
    )
