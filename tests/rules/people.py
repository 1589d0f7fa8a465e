"""People about whom everything could be read, as complete records: unknown only what does not apply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from troubleshooter.evidence.record import Evidence, EvidenceBuilder, GapReason, Value
from troubleshooter.evidence.schema import FACTS

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ID = "aaaaaaaa-0000-4000-8000-000000000001"
PICTURE = f"https://contoso-my.sharepoint.com/User%20Photos/Profile%20Pictures/{ID}_MThumb.jpg"
SIZES = ("48x48", "64x64", "96x96", "120x120", "240x240", "360x360", "432x432", "504x504", "648x648")

HEALTHY: dict[str, Value] = {
    "person.id": ID,
    "person.user_principal_name": "megan@contoso.com",
    "person.display_name": "Megan Bowen",
    "person.mail": "megan@contoso.com",
    "directory.user_type": "member",
    "directory.account_enabled": True,
    "directory.created_at": NOW - timedelta(days=900),
    "directory.on_premises_synced": False,
    "directory.usage_location": "HR",
    "directory.preferred_data_location": "",
    "directory.exchange_plan": "enabled",
    "directory.sharepoint_plan": "enabled",
    "directory.exchange_plan_assigned_at": NOW - timedelta(days=900),
    "directory.exchange_provisioning": "success",
    "mailbox.exists": True,
    "mailbox.location": "cloud",
    "mailbox.purpose": "user",
    "mailbox.status": 200,
    "mailbox.error_code": "",
    "mailbox.photo_change_allowed": True,
    "mailbox.photo_role_assigned": True,
    "photo.present": True,
    "photo.status": 200,
    "photo.error_code": "",
    "photo.sizes": SIZES,
    "photo.size_count": 9,
    "photo.hd_size_count": 9,
    "photo.largest_side": 648,
    "photo.width": 648,
    "photo.height": 648,
    "photo.bytes": 64_000,
    "photo.format": "jpeg",
    "photo.colour_mode": "RGB",
    "photo.animated": False,
    "photo.has_alpha": False,
    "photo.orientation": 1,
    "photo.decodes": True,
    "photo.fingerprint": "9f3a",
    "photo.sha256": "00" * 32,
    "photo.etag": '"BA09D118"',
    "photo.store_class": "mailbox",
    "photo.first_seen_at": NOW - timedelta(days=100),
    "photo.previous_fingerprint": "",
    "sharepoint.status": 200,
    "sharepoint.profile_exists": True,
    "sharepoint.object_id_state": "same",
    "sharepoint.picture_url": PICTURE,
    "sharepoint.picture_url_state": "set",
    "sharepoint.file_stem_kind": "object_id",
    "sharepoint.file_stem_matches": True,
    "sharepoint.picture_timestamp_raw": "63926582400",
    "sharepoint.picture_timestamp": NOW - timedelta(days=60),
    "sharepoint.timestamp_state": "set",
    "sharepoint.placeholder_state": "picture",
    "sharepoint.exchange_sync_state": "on",
    "sharepoint.personal_site_state": "created",
    "sharepoint.home_host": "contoso-my.sharepoint.com",
    "sharepoint.home_host_matches": True,
    "sharepoint.thumbnails_present": True,
    "sharepoint.thumbnail_bytes": 20_000,
    "sharepoint.thumbnail_modified_at": NOW - timedelta(days=60),
    "sharepoint.thumbnail_width": 300,
    "sharepoint.thumbnail_height": 300,
    "sharepoint.thumbnail_is_blank": False,
    "sharepoint.thumbnail_fingerprint": "9f3a",
    "sharepoint.folder_name": "Profile Pictures",
    "sharepoint.served_status": 200,
    "sharepoint.served_is_default_image": False,
    "sharepoint.search_picture_url": PICTURE,
    "sharepoint.search_state": "same",
    "comparison.sharepoint_matches_photo": True,
    "comparison.distance": 0.01,
    "policy.status": 200,
    "policy.photo_source": "unset",
    "policy.roles_restricted": False,
    "policy.allowed_roles": (),
    "policy.owa_set_photo_enabled": True,
    "run.collected_at": NOW,
    "run.cloud": "global",
    "run.tenant": "contoso.com",
    "run.tenant_name": "Contoso",
    "run.signed_in_as": "helpdesk@contoso.com",
    "run.app_only": False,
    "run.profiles_sampled": 0,
    "run.profiles_differing": 0,
    "run.pages_sampled": 0,
    "run.pages_default": 0,
    "run.permissions": ("User.Read.All",),
    "run.sharepoint_app_only_secret": False,
    "run.tool_version": "1.0",
}

IMAGE = [
    "photo.largest_side", "photo.width", "photo.height", "photo.bytes", "photo.format", "photo.colour_mode",
    "photo.animated", "photo.has_alpha", "photo.orientation", "photo.decodes", "photo.fingerprint",
    "photo.sha256", "photo.etag", "photo.first_seen_at", "photo.previous_fingerprint",
]  # fmt: skip
THUMBNAIL = [path for path in FACTS if path.startswith("sharepoint.thumbnail_")] + ["sharepoint.folder_name"]
COMPARISON = ["comparison.sharepoint_matches_photo", "comparison.distance"]
UNDECODED = [
    "photo.width", "photo.height", "photo.colour_mode", "photo.animated", "photo.has_alpha",
    "photo.orientation", "photo.fingerprint",
]  # fmt: skip
PROFILE = [
    path
    for path in FACTS
    if path.startswith("sharepoint.")
    and path not in ("sharepoint.status", "sharepoint.profile_exists", "sharepoint.thumbnails_present")
    and not path.startswith(("sharepoint.served", "sharepoint.search"))
]
NO_PHOTO: dict[str, Value] = {
    "photo.present": False,
    "photo.status": 404,
    "photo.error_code": "ImageNotFound",
    "photo.sizes": (),
    "photo.size_count": 0,
    "photo.hd_size_count": 0,
    "photo.store_class": "none",
}
NO_PICTURE: dict[str, Value] = {
    "sharepoint.picture_url": "",
    "sharepoint.picture_url_state": "empty",
    "sharepoint.file_stem_kind": "none",
    "sharepoint.thumbnails_present": False,
    "sharepoint.placeholder_state": "empty",
    "sharepoint.exchange_sync_state": "empty",
    "sharepoint.picture_timestamp_raw": "",
    "sharepoint.timestamp_state": "empty",
    "sharepoint.served_is_default_image": True,
    "sharepoint.search_picture_url": "",
    "sharepoint.search_state": "no_picture",
}
NO_PICTURE_GAPS = [*THUMBNAIL, *COMPARISON, "sharepoint.file_stem_matches", "sharepoint.picture_timestamp"]


def complete(changes: Mapping[str, Value] | None = None, missing: Iterable[str] = ()) -> Evidence:
    """A record in which everything was readable; `missing` does not apply to this person."""
    builder = EvidenceBuilder()
    missing = set(missing)
    for path, value in (HEALTHY | dict(changes or {})).items():
        if path not in missing:
            builder.know(path, value)
    for path in {*missing, *FACTS} - {path for path, info in FACTS.items() if info.group == "ticket"}:
        builder.miss(path, GapReason.NOT_APPLICABLE)
    return builder.build()


READABLE: dict[str, Evidence] = {
    "healthy": complete(),
    "no photo anywhere": complete(NO_PHOTO | NO_PICTURE, [*IMAGE, *NO_PICTURE_GAPS]),
    "photo only in SharePoint": complete(NO_PHOTO, [*IMAGE, *COMPARISON]),
    "photo never fetched by SharePoint": complete(NO_PICTURE, NO_PICTURE_GAPS),
    "no SharePoint profile": complete(
        {
            "sharepoint.profile_exists": False,
            "sharepoint.thumbnails_present": False,
            "sharepoint.served_is_default_image": True,
            "sharepoint.search_state": "not_indexed",
        },
        [*PROFILE, *COMPARISON, "sharepoint.search_picture_url"],
    ),
    "photo that does not decode": complete(
        {"photo.decodes": False, "photo.format": "other"}, [*UNDECODED, *COMPARISON]
    ),
    "no mailbox": complete(
        {
            "mailbox.exists": False,
            "mailbox.location": "none",
            "mailbox.status": 404,
            "mailbox.error_code": "MailboxNotEnabledForRESTAPI",
            "directory.exchange_plan": "missing",
            "directory.exchange_provisioning": "none",
            "photo.store_class": "directory",
            "photo.hd_size_count": 0,
        },
        ["mailbox.purpose", "directory.exchange_plan_assigned_at"],
    ),
    "blocked guest": complete({"directory.user_type": "guest", "directory.account_enabled": False}),
    "another picture in SharePoint": complete(
        {"comparison.sharepoint_matches_photo": False, "comparison.distance": 0.7}
    ),
}
