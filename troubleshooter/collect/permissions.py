"""Which permissions an app really has: what its tokens say, and one harmless read for each to prove it.

A token may hold a permission that does not work: consent that has not arrived yet, an access policy of
Exchange, a role that is missing. And one that cannot be read says nothing. So each permission is tried with
the smallest read that needs it, and the two are told apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from troubleshooter.collect import details
from troubleshooter.collect.addresses import Hosts
from troubleshooter.collect.classify import Reading, gap, json_of, sharepoint_json_of
from troubleshooter.collect.clients import Graph, SharePoint
from troubleshooter.collect.policy import POLICY_PATH
from troubleshooter.collect.profiles import asks_the_root
from troubleshooter.collect.tenant import ORGANIZATION_PATH, find_tenant
from troubleshooter.errors import fill
from troubleshooter.evidence import permissions as known
from troubleshooter.evidence.inventory import Held, Inventory, Proof
from troubleshooter.evidence.permissions import ALL, Permission, granted_as
from troubleshooter.evidence.record import GapReason
from troubleshooter.signin.errors import ConsentMissing, SharePointSecretRefused
from troubleshooter.transport.answer import Answer, NoToken, TokenProvider
from troubleshooter.transport.sharepoint import profile_url

GROUP_PATH = "/groups?$filter=mail%20eq%20'nobody@nowhere.invalid'&$select=id"
_SOMEBODY = "/users?$top=1&$select=id,userPrincipalName,assignedPlans"
_PERSON = re.compile(r"/users/[^/?]+")
_ONE = "?$select=id,userPrincipalName,assignedPlans"


def take_inventory(
    graph: Graph,
    sharepoint: SharePoint,
    tokens: TokenProvider,
    graph_resource: str,
    suffix: str,
    keys: Sequence[str],
    *,
    app_only: bool,
    by_secret: bool,
    person: str = "",
    sharepoint_host: str | None = None,
) -> Inventory:
    """Try each of these permissions once. Only reads; nothing raises but wrong usage.

    `suffix` ends SharePoint's host names. `person` is whom to try with: anybody is right, and without one the
    first account of the directory. `by_secret`: SharePoint is not asked, because it refuses such apps.
    """
    look = _Look(graph, sharepoint, person)
    seen = {known.GRAPH: _claims(tokens, graph_resource)}
    accounts = look.accounts()
    hosts, why = None, Reading()
    if by_secret:
        why = Reading(reason=GapReason.DENIED, detail=details.SHAREPOINT_NOT_ASKED)
    else:
        tenant = find_tenant(graph, suffix, [look.id] if look.id else [], sharepoint_host)
        hosts, why = tenant.hosts, tenant.why_no_hosts
    if hosts is not None:
        seen[known.SHAREPOINT] = _claims(tokens, f"https://{hosts.admin}", f"https://{hosts.root}")
    tries: dict[str, Callable[[], _Try]] = {
        known.ACCOUNTS: lambda: accounts,
        known.PHOTOS: lambda: look.of_person("/photo"),
        known.MAILBOXES: lambda: look.of_person("/mailboxSettings/userPurpose"),
        known.POLICY: lambda: _judged(graph.get(POLICY_PATH, beta=True), unknown_as=(400, 404)),
        known.SITE_ADDRESS: lambda: _judged(graph.get("/sites/root?$select=id,webUrl")),
        known.ORGANIZATION: lambda: _judged(graph.get(ORGANIZATION_PATH)),
        known.GROUPS: lambda: _judged(graph.get(GROUP_PATH)),
        known.PROFILES: lambda: look.profile(hosts, why),
        known.FILES: lambda: look.files(hosts, why),
    }
    found = [_held(ALL[key], seen.get(ALL[key].resource), _tried(tries[key]), app_only) for key in keys]
    return Inventory(tuple(found), {resource: seen.get(resource) for resource in known.API_IDS})


@dataclass(frozen=True, slots=True)
class _Try:
    """What one read showed."""

    proof: Proof
    detail: str = ""
    answer: Answer | None = None


class _Look:
    """The reads that need somebody to ask about."""

    def __init__(self, graph: Graph, sharepoint: SharePoint, person: str) -> None:
        self._graph, self._sharepoint = graph, sharepoint
        self._asked = person
        self.id, self.upn = person, person if "@" in person else ""

    def accounts(self) -> _Try:
        """Read an account, and remember it for the other reads."""
        path = f"/users/{_quoted(self._asked)}{_ONE}" if self._asked else _SOMEBODY
        answer = self._graph.get(path)
        reading = json_of(answer)
        listed = reading.body.get("value") if reading.ok else None
        user = listed[0] if isinstance(listed, list) and listed else reading.body if reading.ok else {}
        if isinstance(user, dict) and isinstance(user.get("id"), str):
            self.id, self.upn = user["id"], str(user.get("userPrincipalName") or "")
        return _judged(answer)

    def of_person(self, call: str) -> _Try:
        """A read below somebody's account."""
        if not self.id:
            return _Try(Proof.UNPROVEN, details.NOBODY_TO_TRY_WITH)
        return _judged(self._graph.get(f"/users/{_quoted(self.id)}{call}"))

    def profile(self, hosts: Hosts | None, why: Reading) -> _Try:
        """A profile, at the admin host and at the root where that one refuses, as the collectors ask."""
        if hosts is None:
            return _no_address(why)
        if not self.upn:
            return _Try(Proof.UNPROVEN, details.NOBODY_TO_TRY_WITH)
        try:
            first = self._sharepoint.get(profile_url(hosts.admin, self.upn))
        except NoToken:
            first = None
        if first is not None and not asks_the_root(first):
            return _judged(first, read=sharepoint_json_of)
        second = self._sharepoint.get(profile_url(hosts.root, self.upn))
        return _judged(second, read=sharepoint_json_of)

    def files(self, hosts: Hosts | None, why: Reading) -> _Try:
        """The name of the My Site host's root, which whoever reads its library may read."""
        if hosts is None:
            return _no_address(why)
        title = self._sharepoint.get(f"https://{hosts.my}/_api/web?$select=Title")
        return _judged(title, read=sharepoint_json_of)


def _quoted(name: str) -> str:
    return quote(name, safe="@.-_")


def _no_address(why: Reading) -> _Try:
    if why.detail == details.SHAREPOINT_NOT_ASKED:
        return _Try(Proof.BLOCKED, why.detail)
    return _Try(Proof.UNPROVEN, details.NO_ADDRESS_TO_TRY)


def _tried(read: Callable[[], _Try]) -> _Try:
    """A sign-in that fails for one service leaves the others. Without consent nothing was granted there."""
    try:
        return read()
    except NoToken as problem:
        what = fill(problem.what, problem.values)
        if isinstance(problem, SharePointSecretRefused):
            return _Try(Proof.BLOCKED, what)
        return _Try(Proof.REFUSED if isinstance(problem, ConsentMissing) else Proof.UNPROVEN, what)


def _judged(
    answer: Answer, unknown_as: Sequence[int] = (), read: Callable[[Answer], Reading] = json_of
) -> _Try:
    """Data, or "there is none", proves the permission; a refusal disproves it; all else says nothing.

    With a status of `unknown_as` the cloud does not know the call, which is neither. A page in place of data
    is a proxy's or a guest network's, so `read` looks into the body.
    """
    reading = gap(GapReason.NOT_AVAILABLE, details.NOT_OFFERED) if answer.status in unknown_as else None
    reading = reading or read(answer)
    if reading.ok or reading.absent:
        return _Try(Proof.WORKS, answer=answer)
    refused = reading.lacks_permission
    return _Try(Proof.REFUSED if refused else Proof.UNPROVEN, reading.detail, answer)


def _held(permission: Permission, token: tuple[str, ...] | None, tried: _Try, app_only: bool) -> Held:
    names = permission.names(app_only=app_only)
    by = {name: granted_as(permission.resource, name, token) for name in names} if token else None
    answer = tried.answer
    return Held(
        permission.key,
        by,
        tried.proof,
        tried.detail,
        _anonymous(answer.url) if answer else "",
        answer.status if answer else 0,
        answer.request_id if answer else "",
    )


def _anonymous(url: str) -> str:
    """The address without the one whom it was tried with: this output is made to be shown to others."""
    return _PERSON.sub("/users/{id}", url.partition("?@v=")[0])


def _claims(tokens: TokenProvider, *resources: str) -> tuple[str, ...] | None:
    """What the token for the first of these resources holds; None when it cannot be read or had."""
    for resource in resources:
        try:
            return tokens.token(resource).permissions or None
        except NoToken:
            continue
    return None
