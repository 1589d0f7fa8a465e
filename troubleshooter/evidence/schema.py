"""Every fact the program can know: the single source from which DDL, JSON Schema and docs/facts.md are made.

One frozen dataclass per group. `None` means *unknown*, and every unknown has a `Gap` with its reason in the
record (`record.Evidence.gaps`). A value that is known to be empty has its own word: `''`, `False`, or an
enumeration member such as `timestamp_state = 'empty'`. Times are UTC.
"""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, get_args, get_origin, get_type_hints

SCHEMA = "photo-troubleshooter/evidence/1"

UserType = Literal["member", "guest"]
PlanState = Literal["enabled", "disabled", "missing"]
MailboxLocation = Literal["cloud", "on_premises", "none"]
MailboxPurpose = Literal["user", "linked", "shared", "room", "equipment", "others"]
StoreClass = Literal["mailbox", "directory", "none"]
ImageFormat = Literal["jpeg", "png", "gif", "bmp", "webp", "other"]
PictureUrlState = Literal["set", "empty", "dead", "elsewhere"]
TimestampState = Literal["set", "empty", "script_constant", "unreadable"]
PlaceholderState = Literal["picture", "placeholder", "empty", "unreadable"]
SyncState = Literal["on", "off", "empty", "unreadable"]
SiteState = Literal["none", "queued", "created", "deleted", "failed", "unreadable"]
ObjectIdState = Literal["same", "other", "empty"]
StemKind = Literal["object_id", "user_principal_name", "other", "none"]
SearchState = Literal["same", "different", "no_picture", "not_indexed"]
PhotoSource = Literal["cloud", "on_premises", "unset"]
Symptom = Literal[
    "missing",
    "old",
    "different",
    "blurred",
    "wrong_person",
    "cannot_change",
    "cannot_remove",
    "still_changeable",
]
App = Literal[
    "sharepoint",
    "onedrive",
    "teams",
    "outlook",
    "outlook_web",
    "profile_card",
    "people_search",
    "viva_engage",
    "custom",
    "other",
]
PrivateWindow = Literal["new", "old", "blank"]
PeopleAffected = Literal["one", "some", "many", "other_organisations"]
Opened = Literal["never", "before_change", "since_change"]
ChangedIn = Literal["microsoft_365", "sharepoint", "entra", "active_directory", "retired_tool", "other_app"]
Whose = Literal["own", "somebody_else", "group"]
RightIn = Literal[
    "after_sign_out", "web_version", "another_device", "another_browser", "another_network", "nowhere"
]
SeenBy = Literal["everybody", "contact_with_picture", "other_organisation", "on_premises_mailboxes"]
AdminFound = Literal[
    "nothing",
    "service_incident",
    "exchange_app_disabled",
    "role_without_photo",
    "picture_property_locked",
    "my_site_host_full",
    "on_premises_photo_too_large",
    "app_permission_missing",
    "hybrid_app_missing",
]

# The calls facts are read from, as docs/facts.md prints them.
_USER = "Graph GET /users/{id}"
_PHOTO = "Graph GET /users/{id}/photo"
_PHOTOS = "Graph GET /users/{id}/photos"
_PHOTO_BYTES = "Graph GET /users/{id}/photo/$value"
_PURPOSE = "Graph GET /users/{id}/mailboxSettings/userPurpose"
_EXCHANGE = "Graph GET /users/{id}/settings/exchange"
_POLICY = "Graph beta GET /admin/people/photoUpdateSettings"
_PROFILE = "SharePoint PeopleManager/GetPropertiesFor"
_LIBRARY = "SharePoint files of the My Site host's User Photos library"
_SERVED = "SharePoint /_layouts/15/userphoto.aspx"
_SEARCH = "SharePoint people search"
_SITES = "Graph GET /sites/root"
_TICKET = "the person or the ticket"
_RUN = "this run"

# One permission per call; `signin` and the reports name it when a fact is missing. Least privilege.
PERMISSIONS: dict[str, str] = {
    _USER: "Microsoft Graph User.Read.All",
    _PHOTO: "Microsoft Graph ProfilePhoto.Read.All",
    _PHOTOS: "Microsoft Graph ProfilePhoto.Read.All",
    _PHOTO_BYTES: "Microsoft Graph ProfilePhoto.Read.All",
    _PURPOSE: "Microsoft Graph MailboxSettings.Read",
    _EXCHANGE: "Microsoft Graph User.Read.All",
    _POLICY: "Microsoft Graph PeopleSettings.Read.All",
    _SITES: "Microsoft Graph Sites.Read.All",
    _PROFILE: "SharePoint User.Read.All",
    _LIBRARY: "SharePoint Sites.Read.All",
    _SERVED: "SharePoint Sites.Read.All",
    _SEARCH: "SharePoint Sites.Read.All",
}


def fact(doc: str, source: str, unit: str = "") -> Any:
    """Declare one fact: what it means, which call it comes from, its unit. Unknown until it is read."""
    return field(default=None, metadata={"doc": doc, "source": source, "unit": unit})


@dataclass(frozen=True, slots=True)
class Person:
    """Whose photo this is about."""

    id: str | None = fact("Entra object id.", _USER)
    user_principal_name: str | None = fact("Sign-in name.", _USER)
    display_name: str | None = fact("Name as shown to colleagues; hostile input.", _USER)
    mail: str | None = fact("Primary mail address; '' when the account has none.", _USER)


@dataclass(frozen=True, slots=True)
class Directory:
    """The account in Microsoft Entra ID."""

    user_type: UserType | None = fact("Member of the tenant or invited guest.", _USER)
    account_enabled: bool | None = fact("False when sign-in is blocked.", _USER)
    created_at: datetime | None = fact("When the account was created.", _USER)
    on_premises_synced: bool | None = fact(
        "True when Entra Connect synchronises the account now; Graph's null (never) reads as False.", _USER
    )
    on_premises_last_sync_at: datetime | None = fact("Last synchronisation from on premises.", _USER)
    usage_location: str | None = fact("Two-letter country of use; '' when unset.", _USER)
    preferred_data_location: str | None = fact("Multi-geo home; '' when unset.", _USER)
    department: str | None = fact("Department as the directory names it; '' when unset.", _USER)
    exchange_plan: PlanState | None = fact(
        "Exchange Online service plan that carries a mailbox (EXCHANGE_S_FOUNDATION does not count).", _USER
    )
    sharepoint_plan: PlanState | None = fact("SharePoint Online service plan.", _USER)
    exchange_plan_assigned_at: datetime | None = fact("When the Exchange plan was last assigned.", _USER)
    exchange_provisioning: Literal["success", "pending", "failed", "none"] | None = fact(
        "Provisioning of the Exchange plan as the directory reports it.", _USER
    )


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The Exchange mailbox, as far as Graph shows it."""

    exists: bool | None = fact("A mailbox that Exchange Online serves.", _EXCHANGE)
    location: MailboxLocation | None = fact("Where the mailbox is.", _PURPOSE)
    purpose: MailboxPurpose | None = fact("User, shared, room, equipment, linked or others.", _PURPOSE)
    status: int | None = fact("HTTP status of the mailbox read.", _PURPOSE)
    error_code: str | None = fact("Error code of the mailbox read; '' when it succeeded.", _PURPOSE)
    photo_change_allowed: bool | None = fact(
        "SetPhotoEnabled of the mailbox's Outlook on the web policy.", "Exchange Online PowerShell output"
    )
    photo_role_assigned: bool | None = fact(
        "The mailbox's role assignment policy holds a role for one's own personal information "
        "(MyPersonalInformation, or MyContactInformation, which includes it).",
        "Exchange Online PowerShell output",
    )


@dataclass(frozen=True, slots=True)
class Photo:
    """The Microsoft 365 photo, as Microsoft Graph serves it."""

    present: bool | None = fact("Graph serves a photo. 404 and a 1x1 answer both mean no photo.", _PHOTO)
    status: int | None = fact("HTTP status of the photo metadata read.", _PHOTO)
    error_code: str | None = fact("Error code of that read, raw; '' when there was none.", _PHOTO)
    sizes: tuple[str, ...] | None = fact(
        "Sizes listed, such as 48x48; empty when there is no photo.", _PHOTOS
    )
    size_count: int | None = fact("How many sizes are listed.", _PHOTOS)
    hd_size_count: int | None = fact(
        "How many of them are in Microsoft's list of nine (48 to 648 pixels, square).", _PHOTOS
    )
    largest_side: int | None = fact("Longer side of the largest size.", _PHOTO, "pixels")
    width: int | None = fact(
        "Width of the largest size, measured on the decoded image.", _PHOTO_BYTES, "pixels"
    )
    height: int | None = fact(
        "Height of the largest size, measured on the decoded image.", _PHOTO_BYTES, "pixels"
    )
    bytes: int | None = fact("Size of the file.", _PHOTO_BYTES, "bytes")
    format: ImageFormat | None = fact("File format found in the bytes, not the one claimed.", _PHOTO_BYTES)
    colour_mode: str | None = fact("Pillow's colour mode: RGB, L, CMYK, RGBA, P, ...", _PHOTO_BYTES)
    animated: bool | None = fact("More than one frame.", _PHOTO_BYTES)
    has_alpha: bool | None = fact("An alpha channel or a transparent colour.", _PHOTO_BYTES)
    orientation: int | None = fact(
        "EXIF orientation; 1 is upright, also when there is no EXIF.", _PHOTO_BYTES
    )
    decodes: bool | None = fact("The bytes decode to an image without error.", _PHOTO_BYTES)
    fingerprint: str | None = fact(
        "Perceptual fingerprint (hex); similar pictures have similar ones.", _PHOTO_BYTES
    )
    sha256: str | None = fact("SHA-256 of the bytes (hex).", _PHOTO_BYTES)
    etag: str | None = fact("mediaEtag, opaque and advisory; '' when there is none.", _PHOTO)
    store_class: StoreClass | None = fact(
        "Probable home of the photo, by vote: mailbox (several standard sizes), directory (one odd size).",
        _PHOTOS,
    )
    first_seen_at: datetime | None = fact("When a run of this program first saw this fingerprint.", _RUN)
    previous_fingerprint: str | None = fact("The fingerprint seen before; '' when there was none.", _RUN)


@dataclass(frozen=True, slots=True)
class SharePoint:
    """The SharePoint user profile, its picture files, and what pages and search show."""

    status: int | None = fact("HTTP status of the profile read.", _PROFILE)
    profile_exists: bool | None = fact("SharePoint has a user profile for the account.", _PROFILE)
    object_id_state: ObjectIdState | None = fact(
        "Whether the profile's msOnline-ObjectId is this account's object id.", _PROFILE
    )
    picture_url: str | None = fact("Profile property PictureURL; '' when unset.", _PROFILE)
    picture_url_state: PictureUrlState | None = fact(
        "set: on the tenant's My Site host and the file is there or was not looked up; "
        "dead: the file is missing; elsewhere: another host.",
        _PROFILE,
    )
    file_stem_kind: StemKind | None = fact("What the picture file is named after.", _PROFILE)
    file_stem_matches: bool | None = fact(
        "The file is named after this account's object id or present sign-in name.", _PROFILE
    )
    picture_timestamp_raw: str | None = fact("SPS-PictureTimestamp as stored; '' when unset.", _PROFILE)
    picture_timestamp: datetime | None = fact(
        "SPS-PictureTimestamp decoded (seconds since 0001-01-01): SharePoint's last attempt or success.",
        _PROFILE,
    )
    timestamp_state: TimestampState | None = fact(
        "script_constant is 63605901091, the value public upload scripts write.", _PROFILE
    )
    placeholder_state: PlaceholderState | None = fact(
        "SPS-PicturePlaceholderState: 0 picture, 1 placeholder.", _PROFILE
    )
    exchange_sync_state: SyncState | None = fact("SPS-PictureExchangeSyncState: 1 on, 0 off.", _PROFILE)
    personal_site_state: SiteState | None = fact("SPS-PersonalSiteInstantiationState.", _PROFILE)
    home_host: str | None = fact("Host of the personal site; '' when unset.", _PROFILE)
    home_host_matches: bool | None = fact(
        "The personal site's host is the My Site host that was asked.", _PROFILE
    )
    thumbnails_present: bool | None = fact("The library holds a thumbnail of this person.", _LIBRARY)
    thumbnail_bytes: int | None = fact("Size of the largest thumbnail file.", _LIBRARY, "bytes")
    thumbnail_modified_at: datetime | None = fact(
        "When the largest thumbnail file was last written.", _LIBRARY
    )
    thumbnail_width: int | None = fact("Width of the thumbnail that was downloaded.", _LIBRARY, "pixels")
    thumbnail_height: int | None = fact("Height of the thumbnail that was downloaded.", _LIBRARY, "pixels")
    thumbnail_is_blank: bool | None = fact(
        "The thumbnail is one flat colour or a known placeholder.", _LIBRARY
    )
    thumbnail_fingerprint: str | None = fact("Perceptual fingerprint of the thumbnail (hex).", _LIBRARY)
    folder_name: str | None = fact(
        "Name of the picture folder, localised by the My Site host's language.", _LIBRARY
    )
    served_status: int | None = fact("HTTP status of userphoto.aspx.", _SERVED)
    served_is_default_image: bool | None = fact("Pages are served the grey default image.", _SERVED)
    search_picture_url: str | None = fact("PictureURL in the people index; '' when it has none.", _SEARCH)
    search_state: SearchState | None = fact("The index against the profile.", _SEARCH)
    indexed_file_exists: bool | None = fact(
        "The picture that the people index names is in the library: one of the files that were looked at.",
        _SEARCH,
    )


@dataclass(frozen=True, slots=True)
class Comparison:
    """The served photo against SharePoint's thumbnail."""

    sharepoint_matches_photo: bool | None = fact(
        "SharePoint's thumbnail shows the same picture as Graph; docs/decisions holds the error rates.",
        "computed from both pictures",
    )
    distance: float | None = fact(
        "Perceptual distance, 0 (same) to 1; robust to resizing, stretching and recompression.",
        "computed from both pictures",
    )


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may change photos in this tenant."""

    status: int | None = fact("HTTP status of the policy read.", _POLICY)
    photo_source: PhotoSource | None = fact(
        "source of photoUpdateSettings; unset lets both sides write.", _POLICY
    )
    roles_restricted: bool | None = fact("Only some roles may change photos.", _POLICY)
    allowed_roles: tuple[str, ...] | None = fact("Role template ids that may; empty means everyone.", _POLICY)
    owa_set_photo_enabled: bool | None = fact(
        "SetPhotoEnabled of the default Outlook on the web policy.", "Exchange Online PowerShell output"
    )


@dataclass(frozen=True, slots=True)
class Ticket:
    """What only people know. Unknown until somebody is asked."""

    symptom: Symptom | None = fact("What is wrong with the photo.", _TICKET)
    app: App | None = fact("Where it is wrong.", _TICKET)
    private_window: PrivateWindow | None = fact("What a private browser window shows.", _TICKET)
    photo_changed_at: datetime | None = fact("When the person saved the photo.", _TICKET)
    people_affected: PeopleAffected | None = fact("How many people have the same trouble.", _TICKET)
    since: datetime | None = fact("Since when it is wrong.", _TICKET)
    opened_sharepoint: Opened | None = fact(
        "Whether the person opened SharePoint or OneDrive: never, only before the photo was saved, or since.",
        _TICKET,
    )
    changed_in: ChangedIn | None = fact(
        "Where the photo was last saved. microsoft_365: account page, profile card, Outlook, Teams, "
        "admin center or Graph; retired_tool: Set-UserPhoto, the AzureAD module or Exchange Web Services.",
        _TICKET,
    )
    right_in: RightIn | None = fact(
        "Where the same app shows the right photo: the first of these that was tried with success. "
        "after_sign_out: after signing out and in, or clearing the app's cache.",
        _TICKET,
    )
    seen_by: SeenBy | None = fact("Who sees it wrong: the narrowest group that is true.", _TICKET)
    whose: Whose | None = fact("Whose photo is shown or changed: the own one, another's, a group's.", _TICKET)
    policy_changed_at: datetime | None = fact(
        "When an administrator last changed who may change photos.", _TICKET
    )
    admin_found: AdminFound | None = fact(
        "What an administrator found that no program can read; nothing when all of these were looked at.",
        _TICKET,
    )
    error_text: str | None = fact(
        "Code or message that the person, the app or the script was shown; '' when there was none.", _TICKET
    )


@dataclass(frozen=True, slots=True)
class Run:
    """Who asked, when, and with which rights."""

    collected_at: datetime | None = fact("When collection began.", _RUN)
    cloud: str | None = fact("Name of the Microsoft cloud.", _RUN)
    tenant: str | None = fact("Tenant id or domain that was asked.", _RUN)
    tenant_name: str | None = fact("Display name of the tenant.", "Graph GET /organization")
    sharepoint_host: str | None = fact("SharePoint's root host, such as contoso.sharepoint.com.", _SITES)
    my_site_host: str | None = fact("Host of the personal sites, such as contoso-my.sharepoint.com.", _SITES)
    sharepoint_admin_host: str | None = fact("Host of SharePoint's administration.", _SITES)
    signed_in_as: str | None = fact("User name, or the client id of the app.", _RUN)
    app_only: bool | None = fact("Signed in as an app, without a user.", _RUN)
    permissions: tuple[str, ...] | None = fact("Scopes or roles found in the tokens.", _RUN)
    sharepoint_app_only_secret: bool | None = fact(
        "App-only with a client secret: SharePoint refuses such tokens, so it was not asked.", _RUN
    )
    tool_version: str | None = fact("Version of this program.", _RUN)
    profiles_sampled: int | None = fact(
        "Audits: people drawn at random from those whose bulk facts agree, whose profiles were read.",
        _RUN,
        "people",
    )
    profiles_differing: int | None = fact(
        "Audits: how many of these profiles did not fit what the bulk facts say.", _RUN, "people"
    )
    pages_sampled: int | None = fact(
        "Audits: people drawn at random from those right in every store, whose pages were looked at.",
        _RUN,
        "people",
    )
    pages_default: int | None = fact(
        "Audits: how many of these pages showed the grey figure or could not be read.", _RUN, "people"
    )


GROUPS: dict[str, type] = {
    "person": Person,
    "directory": Directory,
    "mailbox": Mailbox,
    "photo": Photo,
    "sharepoint": SharePoint,
    "comparison": Comparison,
    "policy": Policy,
    "ticket": Ticket,
    "run": Run,
}


@dataclass(frozen=True, slots=True)
class FactInfo:
    """One line of the schema: `path` is `group.name`; `kind` is str, int, float, bool, datetime or list."""

    path: str
    group: str
    name: str
    kind: Literal["str", "int", "float", "bool", "datetime", "list"]
    choices: tuple[str, ...]
    doc: str
    source: str
    unit: str

    @property
    def permission(self) -> str:
        """The least permission that reads this fact; '' when none is needed."""
        return PERMISSIONS.get(self.source, "")


def _info(group: str, item: Field[Any], annotation: object) -> FactInfo:
    inner = next(a for a in get_args(annotation) if a is not type(None))
    choices: tuple[str, ...] = ()
    if get_origin(inner) is Literal:
        choices, kind = get_args(inner), "str"
    elif get_origin(inner) is tuple:
        kind = "list"
    else:
        kind = inner.__name__
    meta = item.metadata
    return FactInfo(
        f"{group}.{item.name}",
        group,
        item.name,
        kind,  # type: ignore[arg-type]
        choices,
        meta["doc"],
        meta["source"],
        meta["unit"],
    )


def _read_schema() -> dict[str, FactInfo]:
    found: dict[str, FactInfo] = {}
    for group, cls in GROUPS.items():
        hints = get_type_hints(cls)
        for item in fields(cls):
            info = _info(group, item, hints[item.name])
            found[info.path] = info
    return found


FACTS: dict[str, FactInfo] = _read_schema()
"""Every fact by path, in schema order."""

TENANT_WIDE = ("run.profiles_sampled", "run.profiles_differing", "run.pages_sampled", "run.pages_default")
"""Facts that are the same for everybody of an audit and known only at its end; all are numbers."""
SAMPLE_SIZE = 100
"""People of a random sample. None wrong of 100: with 95 % certainty fewer than 3 % of all (rule of three)."""
