"""The SharePoint user profile: one PeopleManager answer becomes the profile facts of `sharepoint`.

https://learn.microsoft.com/sharepoint/dev/general-development/work-with-user-profiles-in-sharepoint
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from troubleshooter.collect import details
from troubleshooter.collect.addresses import Hosts, file_address, host_of, mangled, stem_kind
from troubleshooter.collect.classify import (
    Reading,
    gap,
    inherit,
    miss_all,
    note,
    sharepoint_json_of,
    without_secrets,
)
from troubleshooter.collect.values import UNREADABLE, not_applicable, state
from troubleshooter.evidence.record import EvidenceBuilder, GapReason
from troubleshooter.evidence.schema import FACTS
from troubleshooter.transport.answer import Answer

PROFILE_FACTS = tuple(
    path
    for path, info in FACTS.items()
    if info.source == FACTS["sharepoint.picture_url"].source and path != "sharepoint.status"
)
SHAREPOINT_FACTS = tuple(path for path, info in FACTS.items() if info.group == "sharepoint")
# 2016-08-04 09:51:31, written by public bulk upload scripts whatever the date.
SCRIPT_CONSTANT = "63605901091"
# A server's clock and ours need not agree to the minute.
_CLOCK_SKEW = timedelta(minutes=5)
_PLACEHOLDER = {"": "empty", "0": "picture", "1": "placeholder"}
_SYNC = {"": "empty", "0": "off", "1": "on"}
_SITE = {"": "none", "0": "none", "1": "queued", "2": "created", "3": "deleted"}
_MEMBERS = frozenset({"accountname", "userprofileproperties", "displayname", "pictureurl", "personalurl"})


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile as SharePoint tells it: `members` of the entity, `properties` by key (unset is '')."""

    members: Mapping[str, str]
    properties: Mapping[str, str]
    properties_listed: bool

    @property
    def picture_url(self) -> str:
        """The profile property; the member PictureUrl, which adds a `?t=`, only when the key is not there."""
        return self.properties.get("PictureURL", self.members.get("PictureUrl", "")).strip()

    @property
    def home_host(self) -> str:
        """Host of the personal site; '' when unset."""
        return host_of(self.members.get("PersonalUrl", "")) or host_of(
            self.members.get("PersonalSiteHostUrl", "")
        )


def profile_of(answer: Answer) -> Profile | Reading:
    """The profile; an `absent` reading when there is none, however SharePoint says so; else a gap.

    Seen for "no profile": 200 with `{"odata.null": true}`, with `{"d": {"GetPropertiesFor": null}}`, with an
    entity whose members are all empty, and 404 or 500 with a UserNotFound code.
    """
    if answer.status in (404, 500) and "usernotfound" in answer.error_code.lower():
        return Reading(absent=True)
    reading = sharepoint_json_of(answer)
    if not reading.ok:
        return reading
    body = reading.body
    if isinstance(body, dict) and "GetPropertiesFor" in body:
        body = body["GetPropertiesFor"]
    if body is None or (isinstance(body, dict) and (body.get("odata.null") or body.get("@odata.null"))):
        return Reading(absent=True)
    if not isinstance(body, dict) or not _MEMBERS & {str(name).lower() for name in body}:
        return gap(GapReason.UNREADABLE, details.WRONG_SHAPE)
    profile = _profile(body)
    if not profile.members.get("AccountName") and not any(profile.properties.values()):
        return Reading(absent=True)
    return profile


def _profile(body: Mapping[str, Any]) -> Profile:
    listed = body.get("UserProfileProperties")
    properties = {
        str(item["Key"]): str(item["Value"] if item.get("Value") is not None else "")
        for item in (listed if isinstance(listed, list) else [])
        if isinstance(item, dict) and "Key" in item
    }
    members = {name: value for name, value in body.items() if isinstance(value, str)}
    return Profile(members, properties, isinstance(listed, list))


def read_profile(
    builder: EvidenceBuilder, answer: Answer, hosts: Hosts, now: datetime, upn: str
) -> Profile | None:
    """State the profile facts, `picture_url_state` without a look at the file. Read the account first.

    `upn` is the sign-in name that was asked for.
    """
    source = note(builder, answer)
    profile = profile_of(answer)
    unread = profile if isinstance(profile, Reading) else Reading()
    if answer.status:
        builder.know("sharepoint.status", answer.status, source)
    else:
        miss_all(builder, ["sharepoint.status"], unread, source)
    if isinstance(profile, Reading):
        if profile.absent and not _name_is_certain(builder):
            inherit(builder, SHAREPOINT_FACTS, "person.user_principal_name", details.NO_ACCOUNT_NAME)
        elif profile.absent:
            builder.know("sharepoint.profile_exists", False, source)
            miss_all(builder, SHAREPOINT_FACTS, not_applicable(details.NO_PROFILE), source)
        else:
            miss_all(builder, PROFILE_FACTS, profile, source)
        return None
    builder.know("sharepoint.profile_exists", True, source)
    _read_picture_url(builder, profile, hosts, upn, source)
    _read_home(builder, profile, hosts, source)
    if profile.properties_listed:
        _read_flags(builder, profile, source, now)
    else:
        miss_all(builder, PROFILE_FACTS, gap(GapReason.UNREADABLE, details.PROPERTY_MISSING), source)
    return profile


def _name_is_certain(builder: EvidenceBuilder) -> bool:
    """Whether the name asked for is a sign-in name: an alias has no profile, whoever it belongs to.

    Where the directory did not say, an answer about the photo does, because Graph takes no alias either.
    """
    return (
        builder.known("person.user_principal_name") is not None or builder.known("photo.present") is not None
    )


def _read_picture_url(
    builder: EvidenceBuilder, profile: Profile, hosts: Hosts, upn: str, source: str
) -> None:
    url = profile.picture_url
    if not url and not profile.properties_listed and "PictureUrl" not in profile.members:
        return
    builder.know("sharepoint.picture_url", without_secrets(url), source)
    if not url:
        builder.know("sharepoint.picture_url_state", "empty", source)
        builder.know("sharepoint.file_stem_kind", "none", source)
        miss_all(builder, ["sharepoint.file_stem_matches"], not_applicable(details.NO_PICTURE_URL), source)
        return
    address = file_address(url, hosts.my)
    at_home = address.host == hosts.my or (address.host == profile.home_host and hosts.owns(address.host))
    builder.know("sharepoint.picture_url_state", "set" if at_home else "elsewhere", source)
    object_id = builder.known("person.id")
    builder.know("sharepoint.file_stem_kind", stem_kind(address.stem, upn), source)
    own = {str(object_id).lower(), mangled(upn).lower()}
    if address.stem.lower() in own or object_id:
        builder.know("sharepoint.file_stem_matches", address.stem.lower() in own, source)
    else:
        # Without the object id a difference proves nothing.
        inherit(builder, ["sharepoint.file_stem_matches"], "person.id", details.NO_OBJECT_ID)


def _read_home(builder: EvidenceBuilder, profile: Profile, hosts: Hosts, source: str) -> None:
    builder.know("sharepoint.home_host", profile.home_host, source)
    matches = profile.home_host == hosts.my if profile.home_host else not_applicable(details.NO_PERSONAL_SITE)
    state(builder, "sharepoint.home_host_matches", matches, source)


def _read_flags(builder: EvidenceBuilder, profile: Profile, source: str, now: datetime) -> None:
    """The SPS properties. One that is not listed was never evaluated, like one that is empty."""

    def value(key: str) -> str:
        return profile.properties.get(key, "").strip()

    raw = value("SPS-PictureTimestamp")
    kind, when = decode_timestamp(raw, now)
    builder.know("sharepoint.picture_timestamp_raw", raw, source)
    builder.know("sharepoint.timestamp_state", kind, source)
    unset = not_applicable(details.NO_TIMESTAMP) if kind == "empty" else UNREADABLE
    state(builder, "sharepoint.picture_timestamp", unset if when is None else when, source)
    placeholder = _PLACEHOLDER.get(value("SPS-PicturePlaceholderState"), "unreadable")
    builder.know("sharepoint.placeholder_state", placeholder, source)
    sync = _SYNC.get(value("SPS-PictureExchangeSyncState"), "unreadable")
    builder.know("sharepoint.exchange_sync_state", sync, source)
    builder.know("sharepoint.personal_site_state", _site(value("SPS-PersonalSiteInstantiationState")), source)
    found, own = value("msOnline-ObjectId").lower(), builder.known("person.id")
    if not found:
        builder.know("sharepoint.object_id_state", "empty", source)
    elif own is None:
        inherit(builder, ["sharepoint.object_id_state"], "person.id", details.NO_OBJECT_ID)
    else:
        same = found == str(own).lower()
        builder.know("sharepoint.object_id_state", "same" if same else "other", source)


def _site(raw: str) -> str:
    """0 none, 1 queued, 2 created, 3 deleted; greater numbers are failures."""
    return _SITE.get(raw, "failed" if raw.isdecimal() else "unreadable")


def decode_timestamp(raw: str, now: datetime) -> tuple[str, datetime | None]:
    """State and time of an SPS-PictureTimestamp: whole seconds since 0001-01-01, read as UTC.

    Anything but 11 digits, and a time still to come, is `unreadable`.
    """
    if raw == "":
        return "empty", None
    if not (raw.isascii() and raw.isdecimal() and len(raw) == 11):
        return "unreadable", None
    try:
        when = datetime(1, 1, 1, tzinfo=UTC) + timedelta(seconds=int(raw))
    except OverflowError:
        return "unreadable", None
    if when > now + _CLOCK_SKEW:
        return "unreadable", None
    return ("script_constant" if raw == SCRIPT_CONSTANT else "set"), when
