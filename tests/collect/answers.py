"""Answers as the services give them, for the parts that need no server."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

from PIL import Image, ImageDraw

from troubleshooter.evidence.record import Evidence, EvidenceBuilder
from troubleshooter.transport.answer import Answer

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MEGAN = "aaaaaaaa-0000-4000-8000-000000000001"
ACCOUNT = {
    "id": MEGAN,
    "userPrincipalName": "megan@contoso.com",
    "displayName": "Megan B",
    "mail": "Megan@contoso.com",
    "userType": "Member",
    "accountEnabled": True,
    "createdDateTime": "2024-02-01T08:00:00Z",
    "usageLocation": "HR",
    "preferredDataLocation": None,
    "assignedPlans": [],
    "provisionedPlans": [],
    "onPremisesSyncEnabled": None,
    "onPremisesLastSyncDateTime": None,
}


def answer(
    status: int,
    body: object = b"",
    kind: str = "application/json;charset=utf-8",
    url: str = "https://graph.microsoft.com/v1.0/x",
    failure: str = "",
) -> Answer:
    """An answer; anything but bytes is written as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(
        "GET", url, status, {"content-type": kind, "request-id": "r1"}, content, AT, failure=failure
    )


def refused(status: int, code: str = "") -> Answer:
    """An error in Graph's shape."""
    return answer(status, {"error": {"code": code, "message": "whatever, in any language"}})


def html(status: int = 200) -> Answer:
    """What a proxy or an overloaded front end says."""
    return answer(status, b"<!DOCTYPE html><html><body>Server Too Busy</body></html>", "text/html")


def picture(side: int = 96, colour: str = "teal", kind: str = "JPEG") -> bytes:
    """A drawn square: a disc on a ground, so that it is not blank."""
    image = Image.new("RGB", (side, side), colour)
    ImageDraw.Draw(image).ellipse((side // 8, side // 5, side // 2, side - 1), fill="gold")
    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


def with_account(**changes: object) -> EvidenceBuilder:
    """A builder that knows Megan's account."""
    from troubleshooter.collect.directory import read_user

    builder = EvidenceBuilder()
    read_user(builder, {**ACCOUNT, **changes}, "")
    return builder


def reason(evidence: Evidence, path: str) -> str:
    """Why a fact is unknown, '' when it is known."""
    found = evidence.gap(path)
    return found.reason.value if found else ""
