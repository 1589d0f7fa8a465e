"""The tenant: its name, and where its SharePoint is.

https://learn.microsoft.com/graph/api/organization-get and https://learn.microsoft.com/graph/api/site-get
The SharePoint name is read, never derived from the onmicrosoft.com domain: tenants are renamed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from troubleshooter.collect import details
from troubleshooter.collect.addresses import Hosts, hosts_from
from troubleshooter.collect.classify import Reading, gap, json_of, miss_all, note
from troubleshooter.collect.clients import Graph
from troubleshooter.collect.values import state, text
from troubleshooter.errors import UsageError
from troubleshooter.evidence.record import EvidenceBuilder, GapReason
from troubleshooter.transport.answer import Answer

ORGANIZATION_PATH = "/organization?$select=id,displayName,verifiedDomains"
ROOT_SITE_PATH = "/sites/root?$select=id,webUrl"
# SharePoint throttles whoever asks for many drives that do not exist, so only a few people are tried.
# https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online
_PEOPLE_TRIED = 3

HOST_FACTS = ("run.sharepoint_host", "run.my_site_host", "run.sharepoint_admin_host")


class SharePointHostError(UsageError):
    """The SharePoint address given by the user is not one of this cloud."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """What is the same for everybody. `hosts` None: `why_no_hosts` says why."""

    organization: Answer
    hosts: Hosts | None
    root_site: Answer | None = None
    why_no_hosts: Reading = field(default_factory=Reading)


def find_tenant(graph: Graph, suffix: str, people: Sequence[str], sharepoint_host: str | None) -> Tenant:
    """Ask for the tenant once. `people` are keys of users whose personal site may give the host away.

    SharePointHostError when `sharepoint_host` is not in this cloud.
    """
    if sharepoint_host:
        hosts = hosts_from(sharepoint_host, suffix)
        if hosts is None:
            raise SharePointHostError(
                "{host} is not a SharePoint address of this cloud.",
                "Give the tenant's root address, such as contoso.{suffix}.",
                host=sharepoint_host,
                suffix=suffix,
            )
        return Tenant(graph.get(ORGANIZATION_PATH), hosts)
    organization, root = graph.batch([ORGANIZATION_PATH, ROOT_SITE_PATH])
    reading = json_of(root)
    if reading.ok:
        hosts = hosts_from(str(reading.body.get("webUrl", "")), suffix)
        reading = gap(GapReason.UNREADABLE, details.FOREIGN_HOST)
    else:
        hosts = _hosts_of_people(graph, suffix, people[:_PEOPLE_TRIED])
    if reading.absent:
        reading = gap(GapReason.NOT_AVAILABLE, details.NO_HOST)
    return Tenant(organization, hosts, root, Reading() if hosts else reading)


def read_tenant(builder: EvidenceBuilder, tenant: Tenant) -> None:
    """State `run.tenant_name` and SharePoint's hosts."""
    _state_hosts(builder, tenant)
    source = note(builder, tenant.organization)
    reading = json_of(tenant.organization)
    listed = reading.body.get("value") if reading.ok else None
    if reading.ok and isinstance(listed, list) and listed and isinstance(listed[0], dict):
        state(builder, "run.tenant_name", text(listed[0], "displayName"), source)
    elif reading.ok and "displayName" in reading.body:
        state(builder, "run.tenant_name", text(reading.body, "displayName"), source)
    else:
        wrong = gap(GapReason.UNREADABLE, details.WRONG_SHAPE)
        miss_all(builder, ["run.tenant_name"], wrong if reading.ok else reading, source)


def _state_hosts(builder: EvidenceBuilder, tenant: Tenant) -> None:
    source = note(builder, tenant.root_site) if tenant.root_site is not None else ""
    if tenant.hosts is None:
        miss_all(builder, HOST_FACTS, tenant.why_no_hosts, source, details.SITES_READ)
        return
    for path, host in zip(HOST_FACTS, (tenant.hosts.root, tenant.hosts.my, tenant.hosts.admin), strict=True):
        state(builder, path, host, source)


def miss_sharepoint(builder: EvidenceBuilder, tenant: Tenant, facts: Sequence[str]) -> None:
    """Say of all SharePoint facts that its address is not known, and what would tell it."""
    source = note(builder, tenant.root_site) if tenant.root_site is not None else ""
    miss_all(builder, facts, tenant.why_no_hosts, source, details.SITES_READ)


def _hosts_of_people(graph: Graph, suffix: str, people: Sequence[str]) -> Hosts | None:
    """The personal site of anybody is on the tenant's My Site host."""
    keys = [quote(key, safe="@.-_'") for key in people]
    for template, name in (
        ("/users/{}/drive?$select=id,webUrl", "webUrl"),
        ("/users/{}?$select=mySite", "mySite"),
    ):
        for answer in graph.batch([template.format(key) for key in keys]) if keys else []:
            reading = json_of(answer)
            found = hosts_from(str(reading.body.get(name) or ""), suffix) if reading.ok else None
            if found is not None:
                return found
    return None
