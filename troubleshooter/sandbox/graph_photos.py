"""Graph photos: metadata, the list of sizes, and bytes. https://learn.microsoft.com/graph/api/profilephoto-get"""

from __future__ import annotations

from typing import Any

from troubleshooter.sandbox.access import PHOTOS, Caller, denied, graph_error
from troubleshooter.sandbox.model import Account, Endpoint, Picture
from troubleshooter.sandbox.pictures import PIXEL, etag, render, renditions
from troubleshooter.sandbox.wire import Call, Reply, json_reply
from troubleshooter.sandbox.world import World

_THROWN = "Exception of type 'Microsoft.Fast.Profile.Core.Exception.{name}' was thrown."
_EXCEPTIONS = {
    "ImageNotFound": _THROWN.format(name="ImageNotFoundException"),
    "ErrorEntityNotFound": _THROWN.format(name="ImageNotFoundException"),
    "ProfileNotFound": _THROWN.format(name="ProfileNotFoundException"),
    "MailboxNotEnabledForRESTAPI": "REST API is not yet supported for this mailbox.",
    "MailboxNotHostedInExchangeOnline": "Mailbox is hosted by an on-premise or non-Exchange server.",
}


def _refused(world: World, call: Call, caller: Caller, account: Account, endpoint: Endpoint) -> Reply | None:
    own = not caller.app_only and caller.person_id == account.id and caller.may("User.Read", "User.ReadWrite")
    if not own and not caller.may(*PHOTOS):
        return denied(call)
    return world.account_fault(account, endpoint)


def _missing(call: Call, account: Account) -> Reply:
    code = account.photo.none_code
    return graph_error(call, 404, code, _EXCEPTIONS.get(code, ""))


def _metadata(call: Call, world: World, account: Account, size: str, picture: Picture) -> dict[str, Any]:
    width, _, height = size.lower().partition("x")
    tag = "" if picture.kind == "pixel" else f'"{etag(picture)}"'
    kind = "$entity"
    path = f"/photos('{size}')" if "/photos/" in call.path else "/photo"
    return {
        "@odata.context": f"{call.base}/v1.0/$metadata#users('{account.id}')/photo/{kind}",
        "@odata.id": f"{call.base}/v1.0/users('{account.id}@{world.tenant.id}'){path}",
        "@odata.mediaContentType": picture.content_type,
        "@odata.mediaEtag": tag,
        "id": size,
        "width": int(width),
        "height": int(height),
    }


def _largest(account: Account) -> tuple[str, Picture] | None:
    found = renditions(account.photo)
    return list(found.items())[-1] if found else None


def _of_size(account: Account, size: str) -> tuple[str, Picture] | None:
    found = renditions(account.photo)
    return next(((name, found[name]) for name in found if name.lower() == size.lower()), None)


def get_metadata(world: World, call: Call, caller: Caller, account: Account, size: str = "") -> Reply:
    """GET /users/{id}/photo and /users/{id}/photos/{size}."""
    refused = _refused(world, call, caller, account, "photo")
    if refused:
        return refused
    found = _of_size(account, size) if size else _largest(account)
    if found:
        return json_reply(200, _metadata(call, world, account, *found))
    if account.photo.picture is None and account.photo.none_as == "1x1":
        return json_reply(200, _metadata(call, world, account, "1x1", PIXEL))
    return _missing(call, account)


def list_sizes(world: World, call: Call, caller: Caller, account: Account) -> Reply:
    """GET /users/{id}/photos: one entry per size."""
    refused = _refused(world, call, caller, account, "photos")
    if refused:
        return refused
    found = renditions(account.photo)
    if not found and account.photo.none_as == "1x1":
        found = {"1x1": PIXEL}
    if not found:
        return _missing(call, account)
    value = []
    for size, picture in found.items():
        entry = _metadata(call, world, account, size, picture)
        del entry["@odata.context"]
        value.append(entry)
    context = f"{call.base}/v1.0/$metadata#users('{account.id}')/photos"
    return json_reply(200, {"@odata.context": context, "value": value})


def get_bytes(world: World, call: Call, caller: Caller, account: Account, size: str = "") -> Reply:
    """GET .../photo/$value and .../photos/{size}/$value."""
    refused = _refused(world, call, caller, account, "photo_bytes")
    if refused:
        return refused
    found = _of_size(account, size) if size else _largest(account)
    if found:
        picture = found[1]
        headers = {"Content-Type": picture.content_type, "ETag": f'"{etag(picture)}"'}
        return Reply(200, render(picture), headers)
    if account.photo.picture is None and account.photo.none_as == "1x1":
        return Reply(200, render(PIXEL), {"Content-Type": PIXEL.content_type})
    return _missing(call, account)
