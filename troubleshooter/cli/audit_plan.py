"""Before an audit starts: what it will ask, how long the quotas make that, and what it cannot see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from troubleshooter.cli.audit_connect import Governed
from troubleshooter.cli.progress import QUOTAS, short_time
from troubleshooter.collect.audit_tools import Choices
from troubleshooter.collect.classify import status_of
from troubleshooter.collect.estimate import estimate
from troubleshooter.errors import UsageError
from troubleshooter.evidence.permissions import ALL, granted_as
from troubleshooter.render.language import Language
from troubleshooter.render.permissions import PURPOSES
from troubleshooter.transport.answer import NoToken
from troubleshooter.transport.limits import limits_for


class FilterRefused(UsageError):
    """The directory takes no such filter."""


class NobodyFits(UsageError):
    """No account fits the filter."""


def tenant_size(governed: Governed, where: str) -> int:
    """Accounts that fit, as the directory counts them; 0 when it does not say.

    Raises FilterRefused and NobodyFits.
    """
    path = "/users/$count" + (f"?$filter={quote(where, safe='')}" if where else "")
    answer = governed.connected.graph.get(
        path, headers={"ConsistencyLevel": "eventual", "Accept": "text/plain"}
    )
    text = answer.body.decode("utf-8-sig", "replace").strip()
    count = int(text) if status_of(answer).ok and text.isdecimal() else None
    if where and answer.status == 400:
        raise FilterRefused(
            "The directory does not take the filter {where} ({code}).",
            "Write it as a $filter of Microsoft Graph users, such as \"department eq 'Sales'\": "
            "https://learn.microsoft.com/graph/filter-query-parameter",
            where=where,
            code=answer.error_code or answer.status,
        )
    if where and count == 0:
        raise NobodyFits(
            "No account fits the filter {where}.",
            "Look at the spelling of its values; without --where everybody is looked at.",
            where=where,
        )
    return count or 0


def missing_permissions(governed: Governed, sharepoint_host: str) -> list[str] | None:
    """Permissions that the tokens do not show; None when they show none at all, as opaque tokens do."""
    granted = {"Microsoft Graph": set(_strings(governed.connected.run.get("run.permissions")))}
    if sharepoint_host:
        try:
            token = governed.connected.service.tokens.token(f"https://{sharepoint_host}")
        except NoToken:
            granted["SharePoint"] = set()
        else:
            granted["SharePoint"] = set(token.permissions)
    if not granted["Microsoft Graph"]:
        return None
    return [
        one.key
        for one in ALL.values()
        if not one.optional
        and one.resource in granted
        and not all(
            granted_as(one.resource, name, granted[one.resource])
            for name in one.names(app_only=governed.app_only)
        )
    ]


def plan_lines(
    governed: Governed,
    choices: Choices,
    people: int,
    share: float,
    missing: Sequence[str] | None,
    speak: Language,
) -> Iterator[str]:
    """The plan, in words."""
    limits = limits_for(governed.licences or people, app_only=governed.app_only)
    looked_at = min(people, choices.sample) if choices.sample else people
    least = estimate(looked_at, choices.depths, limits, share, least=True, listed=people)
    most = estimate(looked_at, choices.depths, limits, share, least=False, listed=people)
    if people:
        yield speak.text("The directory counts {count} accounts that fit.", count=speak.number(people))
        if choices.sample:
            yield speak.text("{count} of them are drawn at random.", count=speak.number(looked_at))
        yield speak.text(
            "It takes {least} to {most} requests, {fewest} to {longest} at {share} of the published limits "
            "({quota} decides).",
            least=speak.number(least.requests),
            most=speak.number(most.requests),
            fewest=short_time(least.seconds),
            longest=short_time(most.seconds),
            share=f"{share:.0%}",
            quota=speak.text(QUOTAS[most.binding]),
        )
        yield speak.text(
            "The lower figure is for a tenant whose lists agree on everybody, the upper one for a tenant "
            "where everybody must be looked at singly. Answers take their own time besides."
        )
    else:
        yield speak.text(
            "How many accounts there are is not known beforehand: the directory does not count them."
        )
    if missing is None:
        yield speak.text("What these credentials may read is not known beforehand.")
    for permission in missing or ():
        yield speak.text(
            "Cannot be seen without the permission {permission}: {what}. It stays unknown and is never "
            "counted as a finding.",
            permission=permission,
            what=speak.text(PURPOSES.get(permission, permission)),
        )


def _strings(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
