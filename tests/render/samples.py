"""Invented people and small rules, one for each state of a verdict."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import Image, ImageDraw

from troubleshooter import __version__
from troubleshooter.diagnose.result import Diagnosis, Finding, Role, Undecided, Verdict
from troubleshooter.diagnose.rule import Actor, Confidence, Reference, Rule, State, Status, Step
from troubleshooter.evidence.record import (
    Collected,
    Evidence,
    EvidenceBuilder,
    Gap,
    GapReason,
    Picture,
)

NOW = datetime(2026, 11, 22, 10, 40, tzinfo=UTC)
COPIED = datetime(2026, 11, 22, 8, 15, tzinfo=UTC)
SAVED = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)
FINGERPRINT = "9f3ac4d2e1b08877"
OLD_FINGERPRINT = "12c0ffee8155aa03"


def rule(rule_id: str, **changes: Any) -> Rule:
    """A rule with all its words; any field can be changed."""
    base = Rule(
        id=rule_id,
        area=changes.pop("area", "sharepoint"),
        title=changes.pop("title", rule_id.replace("-", " ").capitalize()),
        status=Status.STABLE,
        state=State.PROBLEM,
        actor=Actor.USER,
        confidence=Confidence.HIGH,
        when="photo.present",
        because="Microsoft 365 serves a photo of {{ photo.width }} by {{ photo.height }} pixels.",
        headline="Your photo is saved, but SharePoint has not fetched it.",
    )
    return replace(base, **changes)


WAITING = rule(
    "stale-inside-window",
    title="SharePoint's copy is older, inside the usual window",
    state=State.ON_ITS_WAY,
    actor=Actor.NOBODY,
    headline="Your new photo is saved; SharePoint shows it by {{ wait_until | when }}.",
    because="SharePoint last tried at {{ sharepoint.picture_timestamp | when }}; it tries again after 24 h.",
    generation="G4",
    explains=("old-in-search",),
    normal_for=timedelta(hours=24),
    stuck_after=timedelta(hours=72),
    wait_from=("sharepoint.picture_timestamp",),
    user_steps=(
        Step("Wait until {{ wait_until | when }}.", "SharePoint does not try again before that."),
        Step("Then open SharePoint in a private window and look.", "A private window holds no old picture."),
    ),
    admin_steps=(
        Step(
            "Read the profile's picture properties.",
            "They show whether SharePoint tried again.",
            "Get-PnPUserProfileProperty -Account {{ person.user_principal_name | powershell }}",
            "Reads only.",
            "Nothing to undo.",
            "The timestamp is later than {{ wait_until | when }}.",
        ),
    ),
    references=(
        Reference(
            "https://learn.microsoft.com/sharepoint/user-profile-sync",
            "About user profile sync",
            "2026-11-22",
            "documented",
        ),
    ),
    false_positives=("The timestamp was written by a script.",),
)
SYMPTOM = rule("old-in-search", title="People search shows the old photo", because="The index follows later.")
NO_LICENCE = rule(
    "no-licence",
    title="The account has no Exchange plan",
    near_miss="The plan is {{ directory.exchange_plan }}.",
)
TOO_SMALL = rule(
    "photo-too-small", title="The photo is too small", near_miss="It has {{ photo.width }} pixels."
)
POLICY = rule(
    "photo-policy", title="A policy keeps photos from being changed", actor=Actor.ADMIN, area="policy"
)
CACHE = rule("device-cache", title="The device still shows its own copy", area="client")
NEVER = rule(
    "never-triggered",
    title="SharePoint has never been asked for the photo",
    user_steps=(
        Step("Open a private browser window.", "It holds no old picture."),
        Step("Sign in and open SharePoint.", "Your visit makes SharePoint look for the photo."),
    ),
)
FINE = rule(
    "fine-everywhere",
    title="Every server shows the same photo",
    state=State.FINE,
    actor=Actor.NOBODY,
    headline="Your photo is right everywhere we can look.",
    because="All stores that we can read hold the same picture.",
)


def portrait(colour: str, side: int = 648) -> bytes:
    """A drawn face, as JPEG."""
    image = Image.new("RGB", (side, side), colour)
    pen = ImageDraw.Draw(image)
    pen.ellipse((side * 0.32, side * 0.2, side * 0.68, side * 0.6), fill="#f0c8a0")
    pen.ellipse((side * 0.15, side * 0.65, side * 0.85, side * 1.3), fill="#334455")
    written = io.BytesIO()
    image.save(written, "JPEG")
    return written.getvalue()


def evidence(name: str = "Adele Vance", **changes: Any) -> Evidence:
    """Evidence of a person whose SharePoint copy is behind; `group__fact=value` changes a fact."""
    builder = EvidenceBuilder()
    graph = builder.add_source(
        method="GET",
        url="https://graph.microsoft.com/v1.0/users/adele@contoso.example/photo",
        at=NOW,
        status=200,
        request_id="b0b0b0b0-0000-4000-8000-000000000001",
    )
    profile = builder.add_source(
        method="GET",
        url="https://contoso.sharepoint.com/_api/SP.UserProfiles.PeopleManager/GetPropertiesFor",
        at=NOW,
        status=200,
        request_id="b0b0b0b0-0000-4000-8000-000000000002",
    )
    refused = builder.add_source(
        method="GET",
        url="https://graph.microsoft.com/beta/admin/people/photoUpdateSettings",
        at=NOW,
        status=403,
        error_code="Authorization_RequestDenied",
    )
    known: dict[str, Any] = {
        "person.id": "aaaaaaaa-0000-4000-8000-000000000001",
        "person.user_principal_name": "adele@contoso.example",
        "person.display_name": name,
        "person.mail": "adele@contoso.example",
        "directory.user_type": "member",
        "directory.account_enabled": True,
        "directory.exchange_plan": "enabled",
        "directory.sharepoint_plan": "enabled",
        "mailbox.location": "cloud",
        "mailbox.purpose": "user",
        "photo.present": True,
        "photo.status": 200,
        "photo.sizes": ("48x48", "648x648"),
        "photo.width": 648,
        "photo.height": 648,
        "photo.bytes": 65_600,
        "photo.format": "jpeg",
        "photo.fingerprint": FINGERPRINT,
        "photo.store_class": "mailbox",
        "ticket.symptom": "old",
        "ticket.photo_changed_at": SAVED,
        "run.collected_at": NOW,
        "run.cloud": "global",
        "run.tenant": "contoso.example",
        "run.signed_in_as": "support@contoso.example",
        "run.permissions": ("User.Read.All", "ProfilePhoto.Read.All"),
        "run.tool_version": __version__,
    }
    share: dict[str, Any] = {
        "sharepoint.status": 200,
        "sharepoint.profile_exists": True,
        "sharepoint.picture_url_state": "set",
        "sharepoint.exchange_sync_state": "on",
        "sharepoint.placeholder_state": "picture",
        "sharepoint.timestamp_state": "set",
        "sharepoint.picture_timestamp": COPIED,
        "sharepoint.thumbnails_present": True,
        "sharepoint.thumbnail_is_blank": False,
        "sharepoint.thumbnail_width": 300,
        "sharepoint.thumbnail_height": 300,
        "sharepoint.thumbnail_bytes": 9_400,
        "sharepoint.thumbnail_modified_at": COPIED,
        "sharepoint.thumbnail_fingerprint": OLD_FINGERPRINT,
        "sharepoint.served_is_default_image": False,
        "sharepoint.served_status": 200,
        "sharepoint.search_state": "same",
        "comparison.sharepoint_matches_photo": False,
    }
    for key, value in changes.items():
        path = key.replace("__", ".", 1)
        (share if path in share or path.startswith(("sharepoint.", "comparison.")) else known)[path] = value
    for source, facts in ((graph, known), (profile, share)):
        for path, value in facts.items():
            if value is not None:
                builder.know(path, value, "" if path.startswith(("ticket.", "run.")) else source)
    for path in ("policy.photo_source", "policy.roles_restricted", "policy.allowed_roles"):
        builder.miss(
            path, GapReason.DENIED, permission="Microsoft Graph PeopleSettings.Read.All", source=refused
        )
    return builder.build()


def diagnosis(state: State, found: Evidence | None = None, *, pictures: bool = True) -> Diagnosis:
    """A diagnosis of the asked state."""
    read = found or evidence()
    images = {
        "photo": Picture("photo", "image/jpeg", portrait("#7fb2d9"), 648, 648),
        "thumbnail": Picture("thumbnail", "image/jpeg", portrait("#c9a26b", 300), 300, 300),
    }
    collected = Collected(read, images if pictures else {})
    policy = Undecided(POLICY, tuple(g for g in read.gaps if g.fact == "policy.photo_source"), False, True)
    asked = Undecided(CACHE, (Gap("ticket.private_window", GapReason.NOT_ASKED),), True, False)
    ruled_out = (NO_LICENCE, TOO_SMALL)
    if state is State.ON_ITS_WAY:
        verdict = Verdict(
            state,
            WAITING,
            Actor.NOBODY,
            Confidence.MEDIUM,
            ("photo-policy",),
            COPIED,
            COPIED + timedelta(hours=24),
            COPIED + timedelta(hours=72),
        )
        findings = (Finding(WAITING, Role.CAUSE), Finding(SYMPTOM, Role.SYMPTOM, WAITING.id))
        return Diagnosis(collected, verdict, findings, (policy, asked), ruled_out, "2026.11")
    if state is State.PROBLEM:
        verdict = Verdict(state, NEVER, Actor.USER, Confidence.HIGH)
        return Diagnosis(collected, verdict, (Finding(NEVER, Role.CAUSE),), (asked,), ruled_out, "2026.11")
    if state is State.FINE:
        verdict = Verdict(state, FINE, Actor.NOBODY, Confidence.HIGH)
        return Diagnosis(collected, verdict, (Finding(FINE, Role.CAUSE),), (), ruled_out, "2026.11")
    verdict = Verdict(State.UNDECIDED, None, Actor.ADMIN, Confidence.LOW, ("photo-policy",))
    return Diagnosis(collected, verdict, (), (policy, asked), ruled_out, "2026.11")
