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
        "somebody else's photo, or can it not be changed or removed?"
    ),
    "ticket.app": _("In which app or on which page do you see it?"),
    "ticket.private_window": _(
        "Open a private browser window, sign in and look again: "
        "do you see the new photo, the old one, or none?"
    ),
    "ticket.photo_changed_at": _("When did you last save a new photo?"),
    "ticket.people_affected": _(
        "Is it only you, some colleagues too, nearly everybody, or other organisations as well?"
    ),
    "ticket.since": _("Since when have you seen it?"),
    "ticket.opened_sharepoint": _("Have you opened SharePoint or OneDrive, and have you since you saved it?"),
    "ticket.changed_in": _(
        "Where did you last save the photo: in Microsoft 365, in SharePoint, in the Entra admin center, in "
        "Active Directory, with an old script, or in another app?"
    ),
    "ticket.right_in": _(
        "Sign out of the app and in again. If it is still wrong, try the app in a browser, another device, "
        "another browser, another network: where is the photo right?"
    ),
    "ticket.seen_by": _(
        "Who sees it wrong: everybody, only those who keep you as a contact with a picture, only people of "
        "other organisations, or only colleagues whose mailbox is on your own servers?"
    ),
    "ticket.whose": _("Is it your own photo, another person's, or that of a group or team?"),
    "ticket.policy_changed_at": _("When did an administrator last change who may change photos?"),
    "ticket.admin_found": _(
        "Has an administrator looked at service health, the Exchange Online application, the role assignment "
        "policy, the Picture property, the storage of the My Site host, the size of the photo on premises, "
        "the permissions of the app and the hybrid application, and what was wrong?"
    ),
    "ticket.error_text": _("Which error code or message was shown, word for word?"),
}

# Asked before all others: the rest is only of use when these are known.
FIRST_QUESTIONS = ("ticket.symptom", "ticket.app", "ticket.private_window", "ticket.people_affected")

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
    "cannot_remove": _("the photo cannot be removed"),
    "still_changeable": _("the photo can be changed although that is forbidden"),
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
    "other_organisations": _("other organisations too"),
    "never": _("never"),
    "before_change": _("only before the photo was saved"),
    "since_change": _("since the photo was saved"),
    "microsoft_365": "Microsoft 365",
    "entra": _("Microsoft Entra admin center"),
    "active_directory": _("Active Directory on premises"),
    "retired_tool": _("a script with retired commands"),
    "other_app": _("another app or portal"),
    "after_sign_out": _("after signing out and in, or clearing its cache"),
    "web_version": _("in the browser version"),
    "another_device": _("on another device"),
    "another_browser": _("in another browser"),
    "another_network": _("in another network"),
    "nowhere": _("nowhere"),
    "everybody": _("everybody"),
    "contact_with_picture": _("those who keep the person as a contact with a picture"),
    "other_organisation": _("people of another organisation"),
    "on_premises_mailboxes": _("people with a mailbox on premises"),
    "own": _("the own photo"),
    "somebody_else": _("another person's photo"),
    "group": _("the picture of a group or team"),
    "nothing": _("nothing of this"),
    "service_incident": _("Microsoft reports an incident that fits"),
    "exchange_app_disabled": _("the application Office 365 Exchange Online is switched off"),
    "role_without_photo": _("the role assignment policy takes the right away"),
    "picture_property_locked": _("the Picture property of SharePoint profiles is locked"),
    "my_site_host_full": _("the My Site host has no storage left"),
    "on_premises_photo_too_large": _("the photo on premises is too large to be synchronised"),
    "app_permission_missing": _("the app lacks the permission or the consent to read photos"),
    "hybrid_app_missing": _("the dedicated hybrid application is missing"),
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
    "directory.department": _("Department"),
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
    "mailbox.photo_role_assigned": _("Role policy lets people edit their personal information"),
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
    "sharepoint.indexed_file_exists": _("The indexed picture is in the library"),
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
    "ticket.opened_sharepoint": _("SharePoint opened"),
    "ticket.changed_in": _("Photo saved in"),
    "ticket.right_in": _("Where the photo is right"),
    "ticket.seen_by": _("Who sees it wrong"),
    "ticket.whose": _("Whose photo"),
    "ticket.policy_changed_at": _("Photo settings changed"),
    "ticket.admin_found": _("What an administrator found"),
    "ticket.error_text": _("Message shown"),
    "run.collected_at": _("Collected"),
    "run.cloud": _("Microsoft cloud"),
    "run.tenant": _("Tenant"),
    "run.tenant_name": _("Name of the tenant"),
    "run.sharepoint_host": _("SharePoint's address"),
    "run.my_site_host": _("Address of the personal sites"),
    "run.sharepoint_admin_host": _("Address of SharePoint's administration"),
    "run.signed_in_as": _("Signed in as"),
    "run.app_only": _("Signed in as an app"),
    "run.permissions": _("Permissions in the tokens"),
    "run.sharepoint_app_only_secret": _("SharePoint not asked: app with a client secret"),
    "run.tool_version": _("Program version"),
    "run.profiles_sampled": _("Profiles read by sample"),
    "run.profiles_differing": _("Sampled profiles that differ"),
    "run.pages_sampled": _("Pages looked at by sample"),
    "run.pages_default": _("Sampled pages without a photo"),
}
