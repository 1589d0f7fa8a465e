"""English words for everything the schema and the result name by a code. All of them are msgids."""

from __future__ import annotations

from troubleshooter.diagnose.result import Role
from troubleshooter.diagnose.rule import Actor, Confidence, State
from troubleshooter.evidence.record import GapReason


def marked(msgid: str) -> str:
    """Mark a constant as a msgid, for the extraction; gives it back unchanged."""
    return msgid


_ = marked

STATES: dict[State, str] = {
    State.PROBLEM: _("Problem"),
    State.ON_ITS_WAY: _("On its way"),
    State.FINE: _("Fine"),
    State.UNDECIDED: _("Could not decide"),
    State.ADVICE: _("Advice"),
}

# One ASCII sign per state: the word and the shape carry the meaning, never the colour alone.
SIGNS: dict[State, str] = {
    State.PROBLEM: "x",
    State.ON_ITS_WAY: "~",
    State.FINE: "v",
    State.UNDECIDED: "?",
    State.ADVICE: "i",
}

DEFAULT_HEADLINES: dict[State, str] = {
    State.PROBLEM: _("Something keeps your photo from showing."),
    State.ON_ITS_WAY: _("Your photo is on its way."),
    State.FINE: _("Your photo is right everywhere we can look."),
    State.UNDECIDED: _("We could not find out yet why your photo does not show."),
    State.ADVICE: _("Your photo is right everywhere we can look."),
}

ACTORS: dict[Actor, str] = {
    Actor.USER: _("The person"),
    Actor.ADMIN: _("An administrator"),
    Actor.DEVELOPER: _("A developer"),
    Actor.MICROSOFT: _("Microsoft support"),
    Actor.NOBODY: _("Nobody"),
}

WHO_ACTS: dict[Actor, str] = {
    Actor.USER: _("The person whose photo it is; the steps are below."),
    Actor.ADMIN: _("An administrator of the tenant; the change is below."),
    Actor.DEVELOPER: _("The developer of the page or app that shows the photo."),
    Actor.MICROSOFT: _("Microsoft support; an administrator opens the case."),
    Actor.NOBODY: _("Nobody now."),
}

CONFIDENCES: dict[Confidence, str] = {
    Confidence.HIGH: _("high"),
    Confidence.MEDIUM: _("medium"),
    Confidence.LOW: _("low"),
}

ROLES: dict[Role, str] = {
    Role.CAUSE: _("cause"),
    Role.SYMPTOM: _("explained by the cause"),
    Role.SEPARATE: _("a second matter"),
    Role.ADVICE: _("advice"),
}

GAP_REASONS: dict[GapReason, str] = {
    GapReason.DENIED: _("Access was denied"),
    GapReason.THROTTLED: _("The service asked us to slow down and never answered"),
    GapReason.SERVICE_ERROR: _("The service failed or did not answer"),
    GapReason.UNREADABLE: _("An answer came that made no sense"),
    GapReason.NOT_COLLECTED: _("This run did not ask for it"),
    GapReason.NOT_AVAILABLE: _("This cloud does not offer it"),
    GapReason.NOT_APPLICABLE: _("It has no meaning here"),
    GapReason.NOT_ASKED: _("Nobody has been asked yet"),
}

GROUPS: dict[str, str] = {
    "person": _("Person"),
    "directory": _("Account in Microsoft Entra ID"),
    "mailbox": _("Exchange mailbox"),
    "photo": _("Microsoft 365 photo"),
    "sharepoint": _("SharePoint profile and pictures"),
    "comparison": _("Comparison of the pictures"),
    "policy": _("Photo policy of the tenant"),
    "ticket": _("What the person said"),
    "run": _("This run"),
}

GENERATIONS: dict[str, str] = {
    "G0": _("Microsoft's first text of November 2018"),
    "G1": _("Microsoft's text of 2019"),
    "G2": _("Microsoft's text of 2020"),
    "G3": _("Microsoft's text of about 2022"),
    "G4": _("Microsoft's current text"),
}

ARTICLE = (
    "https://support.microsoft.com/en-us/office/information-about-profile-picture-synchronization-in-"
    "microsoft-365-20594d76-d054-4af4-a660-401133e3d48a"
)

QUESTIONS: dict[str, str] = {
    "ticket.symptom": _(
        "What exactly is wrong: no photo, an old photo, another photo, a blurred photo, "
        "somebody else's photo, or can it not be changed?"
    ),
    "ticket.app": _("In which app or on which page do you see it?"),
    "ticket.private_window": _(
        "Open a private browser window, sign in and look again: "
        "do you see the new photo, the old one, or none?"
    ),
    "ticket.photo_changed_at": _("When did you last save a new photo?"),
    "ticket.people_affected": _("Is it only you, some colleagues too, or nearly everybody?"),
    "ticket.since": _("Since when have you seen it?"),
}

VALUES: dict[str, str] = {
    "member": _("member"),
    "guest": _("guest"),
    "enabled": _("switched on"),
    "disabled": _("switched off"),
    "missing": _("not there"),
    "cloud": _("in the cloud"),
    "on_premises": _("on premises"),
    "none": _("none"),
    "user": _("user mailbox"),
    "linked": _("linked mailbox"),
    "shared": _("shared mailbox"),
    "room": _("room mailbox"),
    "equipment": _("equipment mailbox"),
    "others": _("another kind of mailbox"),
    "mailbox": _("Exchange mailbox"),
    "directory": _("Microsoft Entra ID"),
    "jpeg": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "bmp": "BMP",
    "webp": "WebP",
    "other": _("another one"),
    "set": _("set"),
    "unset": _("not set"),
    "empty": _("empty"),
    "dead": _("the file is missing"),
    "elsewhere": _("on another host"),
    "script_constant": _("a constant written by an upload script"),
    "unreadable": _("unreadable"),
    "picture": _("shows the picture"),
    "placeholder": _("shows a placeholder"),
    "on": _("on"),
    "off": _("off"),
    "queued": _("waiting to be created"),
    "created": _("created"),
    "deleted": _("deleted"),
    "failed": _("failed"),
    "pending": _("not finished yet"),
    "success": _("finished"),
    "same": _("the same"),
    "object_id": _("the object id"),
    "user_principal_name": _("the sign-in name"),
    "different": _("different"),
    "no_picture": _("no picture in the index"),
    "not_indexed": _("the person is not in the index"),
    "old": _("an old photo"),
    "new": _("the new photo"),
    "blank": _("no photo"),
    "blurred": _("a blurred photo"),
    "wrong_person": _("somebody else's photo"),
    "cannot_change": _("the photo cannot be changed"),
    "sharepoint": "SharePoint",
    "onedrive": "OneDrive",
    "teams": "Teams",
    "outlook": _("Outlook on the computer"),
    "outlook_web": _("Outlook on the web"),
    "profile_card": _("profile card"),
    "people_search": _("people search"),
    "viva_engage": "Viva Engage",
    "custom": _("an app or page of your own"),
    "one": _("one person"),
    "some": _("some people"),
    "many": _("many people"),
}

# The same code means something else in these facts.
VALUES_OF: dict[str, str] = {
    "ticket.symptom=missing": _("no photo shows"),
    "ticket.symptom=different": _("a different photo"),
    "sharepoint.search_state=different": _("another picture than the profile's"),
    "sharepoint.object_id_state=other": _("another account's id"),
    "sharepoint.personal_site_state=none": _("no personal site"),
}

# For lists outside a fact's own context: states, actors and confidences first, then the answers of a ticket.
CODES: dict[str, str] = {
    **VALUES,
    **{key.partition("=")[2]: word for key, word in VALUES_OF.items() if key.startswith("ticket.")},
    **{state.value: word for state, word in STATES.items()},
    **{actor.value: word for actor, word in ACTORS.items()},
    **{confidence.value: word for confidence, word in CONFIDENCES.items()},
}

UNITS: dict[str, str] = {"pixels": _("{number} pixels")}

FACT_LABELS: dict[str, str] = {
    "person.id": _("Object id"),
    "person.user_principal_name": _("Sign-in name"),
    "person.display_name": _("Display name"),
    "person.mail": _("Mail address"),
    "directory.user_type": _("Member or guest"),
    "directory.account_enabled": _("Sign-in allowed"),
    "directory.created_at": _("Account created"),
    "directory.on_premises_synced": _("Synchronised from on premises"),
    "directory.on_premises_last_sync_at": _("Last synchronisation from on premises"),
    "directory.usage_location": _("Usage location"),
    "directory.preferred_data_location": _("Preferred data location"),
    "directory.exchange_plan": _("Exchange Online plan"),
    "directory.sharepoint_plan": _("SharePoint Online plan"),
    "directory.exchange_plan_assigned_at": _("Exchange plan assigned"),
    "directory.exchange_provisioning": _("Exchange provisioning"),
    "mailbox.exists": _("Cloud mailbox there"),
    "mailbox.location": _("Mailbox location"),
    "mailbox.purpose": _("Kind of mailbox"),
    "mailbox.status": _("Status of the mailbox read"),
    "mailbox.error_code": _("Error of the mailbox read"),
    "mailbox.photo_change_allowed": _("Outlook on the web lets the photo be changed"),
    "photo.present": _("Photo there"),
    "photo.status": _("Status of the photo read"),
    "photo.error_code": _("Error of the photo read"),
    "photo.sizes": _("Sizes listed"),
    "photo.size_count": _("Number of sizes"),
    "photo.hd_size_count": _("Number of standard sizes"),
    "photo.largest_side": _("Longest side"),
    "photo.width": _("Photo width"),
    "photo.height": _("Photo height"),
    "photo.bytes": _("Photo file size"),
    "photo.format": _("Photo file format"),
    "photo.colour_mode": _("Colour mode"),
    "photo.animated": _("Animated"),
    "photo.has_alpha": _("Transparent parts"),
    "photo.orientation": _("EXIF orientation"),
    "photo.decodes": _("File can be opened"),
    "photo.fingerprint": _("Photo fingerprint"),
    "photo.sha256": _("SHA-256 of the file"),
    "photo.etag": _("Entity tag"),
    "photo.store_class": _("Probable home of the photo"),
    "photo.first_seen_at": _("Photo first seen by this program"),
    "photo.previous_fingerprint": _("Fingerprint seen before"),
    "sharepoint.status": _("Status of the profile read"),
    "sharepoint.profile_exists": _("User profile there"),
    "sharepoint.object_id_state": _("Object id in the profile"),
    "sharepoint.picture_url": _("Picture address"),
    "sharepoint.picture_url_state": _("State of the picture address"),
    "sharepoint.file_stem_kind": _("Picture file is named after"),
    "sharepoint.file_stem_matches": _("Picture file named after this account"),
    "sharepoint.picture_timestamp_raw": _("Picture timestamp as stored"),
    "sharepoint.picture_timestamp": _("Picture timestamp"),
    "sharepoint.timestamp_state": _("State of the timestamp"),
    "sharepoint.placeholder_state": _("Placeholder flag"),
    "sharepoint.exchange_sync_state": _("Photo synchronisation flag"),
    "sharepoint.personal_site_state": _("Personal site"),
    "sharepoint.home_host": _("Host of the personal site"),
    "sharepoint.home_host_matches": _("Personal site on the host asked"),
    "sharepoint.thumbnails_present": _("Thumbnail there"),
    "sharepoint.thumbnail_bytes": _("Thumbnail file size"),
    "sharepoint.thumbnail_modified_at": _("Thumbnail last written"),
    "sharepoint.thumbnail_width": _("Thumbnail width"),
    "sharepoint.thumbnail_height": _("Thumbnail height"),
    "sharepoint.thumbnail_is_blank": _("Thumbnail is blank"),
    "sharepoint.thumbnail_fingerprint": _("Thumbnail fingerprint"),
    "sharepoint.folder_name": _("Name of the picture folder"),
    "sharepoint.served_status": _("Status of the page's picture"),
    "sharepoint.served_is_default_image": _("Pages show the grey default image"),
    "sharepoint.search_picture_url": _("Picture address in the search index"),
    "sharepoint.search_state": _("Search index against the profile"),
    "comparison.sharepoint_matches_photo": _("SharePoint shows the same picture"),
    "comparison.distance": _("Distance between the pictures"),
    "policy.status": _("Status of the policy read"),
    "policy.photo_source": _("Where photos may be changed"),
    "policy.roles_restricted": _("Only some roles may change photos"),
    "policy.allowed_roles": _("Roles that may change photos"),
    "policy.owa_set_photo_enabled": _("Default Outlook policy lets photos be changed"),
    "ticket.symptom": _("What is wrong"),
    "ticket.app": _("Where it is wrong"),
    "ticket.private_window": _("What a private window shows"),
    "ticket.photo_changed_at": _("Photo saved by the person"),
    "ticket.people_affected": _("How many people"),
    "ticket.since": _("Wrong since"),
    "run.collected_at": _("Collected"),
    "run.cloud": _("Microsoft cloud"),
    "run.tenant": _("Tenant"),
    "run.tenant_name": _("Name of the tenant"),
    "run.signed_in_as": _("Signed in as"),
    "run.app_only": _("Signed in as an app"),
    "run.permissions": _("Permissions in the tokens"),
    "run.sharepoint_app_only_secret": _("SharePoint not asked: app with a client secret"),
    "run.tool_version": _("Program version"),
}
