"""Who may change photos: Graph's tenant-wide photoUpdateSettings.

https://learn.microsoft.com/graph/api/resources/photoupdatesettings (beta, all clouds)
"""

from __future__ import annotations

from typing import Any

from troubleshooter.collect import details
from troubleshooter.collect.classify import Reading, gap, json_of, miss_all, note
from troubleshooter.collect.values import UNREADABLE, state
from troubleshooter.evidence.record import EvidenceBuilder, GapReason
from troubleshooter.transport.answer import Answer

POLICY_PATH = "/admin/people/photoUpdateSettings"
_FACTS = ("policy.photo_source", "policy.roles_restricted", "policy.allowed_roles")
_SOURCES = {"cloud": "cloud", "onpremises": "on_premises"}


def read_policy(builder: EvidenceBuilder, answer: Answer) -> None:
    """State the facts of `policy`. 400 and 404 mean that this cloud does not offer the call yet."""
    source = note(builder, answer)
    reading = json_of(answer)
    if answer.status:
        builder.know("policy.status", answer.status, source)
    else:
        miss_all(builder, ["policy.status"], reading, source)
    builder.miss("policy.owa_set_photo_enabled", GapReason.NOT_COLLECTED, details.NEEDS_EXCHANGE_POWERSHELL)
    if reading.absent or answer.status == 400:
        reading = gap(GapReason.NOT_AVAILABLE, details.NOT_OFFERED)
    if not reading.ok:
        miss_all(builder, _FACTS, reading, source)
        return
    if not _is_policy(reading.body):
        miss_all(builder, _FACTS, gap(GapReason.UNREADABLE, details.WRONG_SHAPE), source)
        return
    state(builder, "policy.photo_source", _photo_source(reading.body.get("source")), source)
    roles = _roles(reading.body.get("allowedRoles"))
    state(builder, "policy.allowed_roles", roles, source)
    state(builder, "policy.roles_restricted", roles if isinstance(roles, Reading) else bool(roles), source)


def _is_policy(body: dict[str, Any]) -> bool:
    """Whether this is the resource. A tenant that never set anything may answer with no member at all."""
    members = [name for name in body if not name.startswith("@")]
    return not members or not {"source", "allowedRoles"}.isdisjoint(members)


def _photo_source(value: object) -> str | Reading:
    """Unset lets both sides write: null, or not there.

    https://www.michev.info/blog/post/6196/how-to-control-profile-photo-updates-in-microsoft-365-via-the-photoupdatesettings-control
    """
    if value is None:
        return "unset"
    return _SOURCES.get(str(value).lower(), UNREADABLE)


def _roles(value: object) -> tuple[str, ...] | Reading:
    """Role template ids. "Everyone" is printed as [], {} and null, or left out; ids may carry blanks."""
    if value is None or value == {}:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return UNREADABLE
    return tuple(one.strip() for one in value if one.strip())
