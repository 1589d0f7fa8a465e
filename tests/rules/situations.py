"""Whole people from a few facts: what a collection would have known of them, and what it would have missed.

A situation states what is special; everything that follows from it (no photo has no width, a profile that is
not there has no picture address) is worked out here, as the collectors do it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from tests.rules.people import (
    COMPARISON,
    HEALTHY,
    IMAGE,
    NO_PHOTO,
    NO_PICTURE,
    NOW,
    UNDECODED,
)
from troubleshooter.diagnose.examples import typed
from troubleshooter.evidence.record import Evidence, EvidenceBuilder, GapReason, Value
from troubleshooter.evidence.schema import FACTS

COMES_LATER = {
    "mailbox.photo_change_allowed": "Exchange Online PowerShell output",
    "mailbox.photo_role_assigned": "Exchange Online PowerShell output",
    "policy.owa_set_photo_enabled": "Exchange Online PowerShell output",
    "photo.first_seen_at": "the history of earlier runs",
    "photo.previous_fingerprint": "the history of earlier runs",
}
"""Facts that no collection of one run reads, and where they come from."""

_SERVED = ["sharepoint.served_status", "sharepoint.served_is_default_image"]
_SEARCH = ["sharepoint.search_picture_url", "sharepoint.search_state", "sharepoint.indexed_file_exists"]
_LIBRARY = [
    path
    for path, info in FACTS.items()
    if info.permission == "SharePoint Sites.Read.All" and path not in (*_SERVED, *_SEARCH)
]
_PROFILE = [path for path, info in FACTS.items() if info.permission == "SharePoint User.Read.All"]
_DIRECTORY = [path for path, info in FACTS.items() if info.group == "directory"]
_THUMBNAIL = [path for path in _LIBRARY if path.startswith("sharepoint.thumbnail_")]

SOURCES: dict[str, list[str]] = {
    "directory": [*_DIRECTORY, "person.id", "sharepoint.object_id_state"],
    "photo": [path for path in FACTS if path.startswith("photo.") and path not in COMES_LATER] + COMPARISON,
    "mailbox": [path for path in FACTS if path.startswith("mailbox.") and path not in COMES_LATER],
    "profile": [*_PROFILE, "sharepoint.search_state"],
    "library": [*_LIBRARY, *COMPARISON],
    "served": _SERVED,
    "search": _SEARCH,
    "policy": [path for path in FACTS if path.startswith("policy.") and path not in COMES_LATER],
}
"""What one refused source takes away, with what is worked out from it."""

STATUS = {
    "photo": "photo.status",
    "mailbox": "mailbox.status",
    "profile": "sharepoint.status",
    "policy": "policy.status",
}
_STATUS_OF = {GapReason.DENIED: 403, GapReason.THROTTLED: 429, GapReason.SERVICE_ERROR: 503}

Facts = Mapping[str, Value]
_STALE: Facts = {"comparison.sharepoint_matches_photo": False, "comparison.distance": 0.7}
BASES: dict[str, Facts] = {
    "healthy": {},
    "no photo": NO_PHOTO | NO_PICTURE,
    "never fetched": NO_PICTURE,
    "another picture": _STALE,
    "guest": {
        "directory.user_type": "guest",
        "directory.exchange_plan": "missing",
        "directory.sharepoint_plan": "missing",
        "directory.exchange_provisioning": "none",
        "mailbox.exists": False,
        "mailbox.location": "none",
        "mailbox.status": 404,
        "photo.store_class": "directory",
    },
}
_BASIC = {path: value for path, value in HEALTHY.items() if path not in COMES_LATER}


def situation(
    facts: Facts,
    *,
    hidden: Collection[str] = (),
    reason: GapReason = GapReason.DENIED,
    unknown: Mapping[str, GapReason] | None = None,
) -> Evidence:
    """Evidence of a person: healthy but for `facts`, with some of `SOURCES` hidden for one reason."""
    values = {**_BASIC, **facts}
    _follow(values, facts)
    lost = {path for source in hidden for path in SOURCES[source]}
    missing: dict[str, GapReason] = {}
    for witness, value, paths, why in _CONSEQUENCES:
        if witness not in lost and values[witness] == value:
            missing |= {path: why for path in paths if path not in facts}
    missing |= unknown or {}
    statuses = {STATUS[source] for source in hidden if source in STATUS and reason in _STATUS_OF}
    builder = EvidenceBuilder()
    for path in FACTS:
        if path in missing:
            builder.miss(path, missing[path])
        elif path in statuses and not values["run.sharepoint_app_only_secret"]:
            builder.know(path, _STATUS_OF[reason])
        elif path in lost or path in statuses:
            denied = reason is GapReason.DENIED
            builder.miss(path, reason, permission=FACTS[path].permission if denied else "")
        elif path in values:
            builder.know(path, values[path])
        elif path not in COMES_LATER and FACTS[path].group != "ticket":
            builder.miss(path, GapReason.NOT_APPLICABLE)
    return builder.build()


def _follow(values: dict[str, Value], given: Facts) -> None:
    """Known facts that follow from others, unless the situation states them itself."""

    def put(path: str, value: Value) -> None:
        if path not in given:
            values[path] = value

    if values["photo.present"] is False:
        for path, value in NO_PHOTO.items():
            put(path, value)
    if values["mailbox.location"] == "on_premises":
        put("mailbox.exists", False)
        put("mailbox.error_code", "MailboxNotHostedInExchangeOnline")
    if values["sharepoint.timestamp_state"] == "script_constant":
        put("sharepoint.picture_timestamp_raw", "63605901091")


_SHAREPOINT = [
    path
    for path in FACTS
    if path.startswith("sharepoint.") and path not in ("sharepoint.status", "sharepoint.profile_exists")
]
_NONE = GapReason.NOT_APPLICABLE
_CONSEQUENCES: list[tuple[str, Value, list[str], GapReason]] = [
    ("photo.decodes", False, [*UNDECODED, *COMPARISON], GapReason.UNREADABLE),
    ("photo.present", False, [*IMAGE, *COMPARISON], _NONE),
    ("sharepoint.thumbnails_present", False, [*_THUMBNAIL, *COMPARISON], _NONE),
    ("sharepoint.profile_exists", False, [*_SHAREPOINT, *COMPARISON], _NONE),
    ("sharepoint.picture_url_state", "empty", ["sharepoint.file_stem_matches"], _NONE),
    ("sharepoint.timestamp_state", "empty", ["sharepoint.picture_timestamp"], _NONE),
    ("sharepoint.timestamp_state", "unreadable", ["sharepoint.picture_timestamp"], GapReason.UNREADABLE),
    ("directory.exchange_plan", "missing", ["directory.exchange_plan_assigned_at"], _NONE),
    ("mailbox.location", "none", ["mailbox.purpose"], _NONE),
    ("mailbox.location", "on_premises", ["mailbox.purpose"], _NONE),
]
"""What is known of `witness` makes other facts meaningless or unreadable; later lines win."""


def from_table(table: Mapping[str, Any]) -> Evidence:
    """The evidence of one `[[situation]]` of combinations/*.toml."""
    facts: dict[str, Value] = {}
    for name in table.get("from", []):
        facts |= BASES[name]
    facts |= {path: _value(path, value) for path, value in table.get("facts", {}).items()}
    return situation(
        facts,
        hidden=table.get("hidden", ()),
        reason=GapReason(table.get("hidden_as", "denied")),
        unknown={path: GapReason(why) for path, why in table.get("unknown", {}).items()},
    )


def _value(path: str, value: Any) -> Value:
    if FACTS[path].kind == "datetime":
        return NOW + hours(value)
    return typed(path, value)  # type: ignore[return-value]


def hours(text: str) -> timedelta:
    """`-5 h` and `-3 d`, before or after the moment of collection."""
    number, unit = text.split()
    return timedelta(hours=float(number) * {"h": 1, "d": 24}[unit])
