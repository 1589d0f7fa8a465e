"""The User Photos library: folder listing, list items, the thumbnail files, and userphoto.aspx."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import NAMESPACE_DNS, uuid5

from troubleshooter.sandbox.access import Caller, may_read_sites
from troubleshooter.sandbox.clock import graph_time
from troubleshooter.sandbox.model import Account, Picture, TenantState, Thumbnails
from troubleshooter.sandbox.odata import collection, error
from troubleshooter.sandbox.pictures import DEFAULT_IMAGE, render, thumbnail
from troubleshooter.sandbox.sharepoint_profiles import DENIED_CODE, arguments
from troubleshooter.sandbox.wire import Call, Reply, text_reply
from troubleshooter.sandbox.world import World

_NOT_FOUND = "-2147024894, System.IO.FileNotFoundException"
_TOO_MANY = "-2147024860, Microsoft.SharePoint.SPQueryThrottledException"
LARGEST_PAGE = 5000


@dataclass(frozen=True, slots=True)
class LibraryFile:
    """One thumbnail in the library."""

    number: int
    name: str
    picture: Picture
    modified: datetime
    account: Account


@dataclass(frozen=True, slots=True)
class Library:
    """The files of one My Site host: in order of list item id, and by name in lower case."""

    files: tuple[LibraryFile, ...]
    by_name: Mapping[str, LibraryFile]


def library(world: World, host: str) -> Library:
    """The library of a host, kept until the tenant changes."""
    return _library(_Same(world.tenant), host, world.sharepoint_host("-my"))


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """Compares tenants by identity: comparing a hundred thousand people costs more than listing them."""

    tenant: TenantState

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.tenant is other.tenant

    def __hash__(self) -> int:
        return id(self.tenant)


@lru_cache(maxsize=16)
def _library(same: _Same, host: str, home: str) -> Library:
    found: list[LibraryFile] = []
    for number, account in enumerate(same.tenant.accounts):
        files = account.thumbnails
        if files is None or (files.host or home) != host:
            continue
        for offset, size in enumerate("SML"):
            picture = thumbnail(files.picture, size, files.large)
            name = f"{files.stem}_{size}Thumb.jpg"
            found.append(LibraryFile(number * 3 + offset + 1, name, picture, files.modified, account))
    return Library(tuple(found), {file.name.lower(): file for file in found})


def _file_json(folder: str, file: LibraryFile) -> dict[str, Any]:
    unique = str(uuid5(NAMESPACE_DNS, file.name))
    return {
        "CheckInComment": "",
        "ETag": f'"{{{unique.upper()}}},2"',
        "Exists": True,
        "Length": str(len(render(file.picture))),
        "Name": file.name,
        "ServerRelativeUrl": f"{folder}/{file.name}",
        "TimeCreated": graph_time(file.modified),
        "TimeLastModified": graph_time(file.modified),
        "Title": None,
        "UniqueId": unique,
    }


def _denied(call: Call) -> Reply:
    message = "Access denied. You do not have permission to perform this action or access this resource."
    return error(call, 403, DENIED_CODE, message)


def _select(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    names = {name.strip().lower() for name in (call.parameter("$select") or "").split(",") if name.strip()}
    return {key: value for key, value in row.items() if key.lower() in names} if names else row


def _folder(world: World) -> str:
    return f"/{world.tenant.photo_library}/{world.tenant.photo_folder}"


def list_folder(world: World, call: Call, caller: Caller, arguments_text: str) -> Reply:
    """GetFolderByServerRelativePath(decodedurl=...)/Files; refuses folders above the list view threshold."""
    if not may_read_sites(caller):
        return _denied(call)
    given = arguments(call, arguments_text) or {}
    path = unquote(given.get("decodedurl") or given.get("serverrelativeurl") or given.get("") or "")
    if not path.startswith("/"):
        path = f"/{path}"
    if path.rstrip("/").lower() != _folder(world).lower():
        return error(call, 404, _NOT_FOUND, "File Not Found.")
    files = library(world, call.host).files
    if len(files) > world.tenant.list_view_threshold:
        message = "The attempted operation is prohibited because it exceeds the list view threshold."
        return error(call, 500, _TOO_MANY, message)
    rows = [_select(call, _file_json(_folder(world), file)) for file in files]
    return collection(call, rows, "SP.File")


def list_folders(world: World, call: Call, caller: Caller, arguments_text: str) -> Reply:
    """The library's folders: how a localised folder name is found."""
    if not may_read_sites(caller):
        return _denied(call)
    given = arguments(call, arguments_text) or {}
    path = (given.get("decodedurl") or given.get("serverrelativeurl") or given.get("") or "").strip("/")
    if path.lower() != world.tenant.photo_library.lower():
        return error(call, 404, _NOT_FOUND, "File Not Found.")
    count = len(library(world, call.host).files)
    folder = {"Name": world.tenant.photo_folder, "ServerRelativeUrl": _folder(world), "ItemCount": count}
    return collection(call, [_select(call, folder)], "SP.Folder")


def list_items(world: World, call: Call, caller: Caller, title: str) -> Reply:
    """lists/getbytitle('User Photos')/items, paged by id."""
    if not may_read_sites(caller):
        return _denied(call)
    if title.replace("''", "'").lower() != world.tenant.photo_library.lower():
        return error(call, 404, "-1, System.ArgumentException", f"List '{title}' does not exist.")
    try:
        top = int(call.parameter("$top") or "100")
        start = int(unquote(call.parameter("$skiptoken") or "p_ID=0").rpartition("p_ID=")[2])
    except ValueError:
        return error(call, 400, "-1, Microsoft.SharePoint.Client.InvalidClientQueryException", "Bad page.")
    if not 1 <= top <= LARGEST_PAGE:
        return error(call, 400, "-1, Microsoft.SharePoint.Client.InvalidClientQueryException", "Bad page.")
    rest = [file for file in library(world, call.host).files if file.number > start]
    rows = [_select(call, _item_json(_folder(world), file)) for file in rest[:top]]
    more = ""
    if len(rest) > top:
        kept = [p for p in call.query.split("&") if p and "skiptoken" not in p.lower()]
        token = f"%24skiptoken=Paged%3dTRUE%26p_ID%3d{rest[top - 1].number}"
        more = f"{call.base}{call.path}?{'&'.join([token, *kept])}"
    return collection(call, rows, "SP.Data.User_x0020_PhotosItem", more)


def _item_json(folder: str, file: LibraryFile) -> dict[str, Any]:
    return {
        "Id": file.number,
        "ID": file.number,
        "FileLeafRef": file.name,
        "FileRef": f"{folder}/{file.name}",
        "Created": graph_time(file.modified),
        "Modified": graph_time(file.modified),
        "File_x0020_Size": str(len(render(file.picture))),
    }


def get_file(world: World, call: Call, caller: Caller, name: str, folder: str = "") -> Reply:
    """A thumbnail by its own address or by GetFileByServerRelativePath(...)/$value."""
    if not may_read_sites(caller):
        return _denied(call)
    if folder and f"/{folder}".lower().rstrip("/") != _folder(world).lower():
        return text_reply(404, "404 FILE NOT FOUND")
    file = library(world, call.host).by_name.get(name.lower())
    if file is None:
        return text_reply(404, "404 FILE NOT FOUND")
    return world.account_fault(file.account, "thumbnail") or _image(file.picture, file.modified)


def get_file_by_path(world: World, call: Call, caller: Caller, arguments_text: str) -> Reply:
    """GetFileByServerRelativePath(decodedurl='...')/$value."""
    given = arguments(call, arguments_text) or {}
    path = unquote(given.get("decodedurl") or given.get("serverrelativeurl") or given.get("") or "")
    folder, _, name = path.lstrip("/").rpartition("/")
    return get_file(world, call, caller, name, folder)


def _image(picture: Picture, modified: datetime | None = None) -> Reply:
    headers = {"Content-Type": "image/jpeg"}
    if modified:
        headers["Last-Modified"] = modified.strftime("%a, %d %b %Y %H:%M:%S GMT")
    return Reply(200, render(picture), headers)


def user_photo(world: World, call: Call, caller: Caller) -> Reply:
    """/_layouts/15/userphoto.aspx: the picture pages show, and a grey default with 200 when there is none."""
    if not may_read_sites(caller):
        return _denied(call)
    name = call.parameter("accountname") or call.parameter("username") or ""
    account = world.account(name.rpartition("|")[2])
    if account is None:
        return _image(DEFAULT_IMAGE)
    fault = world.account_fault(account, "userphoto")
    if fault:
        return fault
    size = (call.parameter("size") or "S").upper()[:1]
    shown = _shown(world, account)
    return _image(thumbnail(shown.picture, size, shown.large)) if shown else _image(DEFAULT_IMAGE)


def _shown(world: World, account: Account) -> Thumbnails | None:
    """The thumbnails a page would show: address set, file there, no placeholder."""
    files, profile = account.thumbnails, account.profile
    if account.serves_default or files is None or profile.missing or profile.placeholder == "1":
        return None
    address = urlsplit(profile.picture_url)
    here = files.host or world.sharepoint_host("-my")
    stem = unquote(address.path.rpartition("/")[2]).removesuffix("_MThumb.jpg")
    return files if address.hostname == here and stem == files.stem else None
