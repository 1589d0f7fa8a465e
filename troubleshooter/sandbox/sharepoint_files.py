"""The User Photos library: folder listing, list items, the thumbnail files, and userphoto.aspx."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import NAMESPACE_DNS, uuid5

from troubleshooter.sandbox.access import Caller, may_read_sites
from troubleshooter.sandbox.clock import graph_time
from troubleshooter.sandbox.directory import LibraryFile
from troubleshooter.sandbox.model import Account, Picture, Thumbnails
from troubleshooter.sandbox.odata import collection, entity, error
from troubleshooter.sandbox.pictures import DEFAULT_IMAGE, file_size, render, thumbnail
from troubleshooter.sandbox.sharepoint_profiles import DENIED_CODE, arguments
from troubleshooter.sandbox.wire import Call, Reply, text_reply
from troubleshooter.sandbox.world import World

_NOT_FOUND = "-2147024894, System.IO.FileNotFoundException"
_TOO_MANY = "-2147024860, Microsoft.SharePoint.SPQueryThrottledException"
LARGEST_PAGE = 5000


_File = Mapping[str, Callable[[str, LibraryFile], Any]]
"""Property names and what gives the value, from the folder's path and the file."""


def _unique_id(file: LibraryFile) -> str:
    return str(uuid5(NAMESPACE_DNS, file.name))


_FILE: _File = {
    "CheckInComment": lambda folder, file: "",
    "ETag": lambda folder, file: f'"{{{_unique_id(file).upper()}}},2"',
    "Exists": lambda folder, file: True,
    "Length": lambda folder, file: str(file_size(file.picture)),
    "Name": lambda folder, file: file.name,
    "ServerRelativeUrl": lambda folder, file: f"{folder}/{file.name}",
    "TimeCreated": lambda folder, file: graph_time(file.modified),
    "TimeLastModified": lambda folder, file: graph_time(file.modified),
    "Title": lambda folder, file: None,
    "UniqueId": lambda folder, file: _unique_id(file),
}
_ITEM: _File = {
    "Id": lambda folder, file: file.number,
    "ID": lambda folder, file: file.number,
    "FileLeafRef": lambda folder, file: file.name,
    "FileRef": lambda folder, file: f"{folder}/{file.name}",
    "Created": lambda folder, file: graph_time(file.modified),
    "Modified": lambda folder, file: graph_time(file.modified),
    "File_x0020_Size": lambda folder, file: str(file_size(file.picture)),
}


def _rows(call: Call, folder: str, files: Iterable[LibraryFile], known: _File) -> list[dict[str, Any]]:
    """The selected properties of each file; nothing is worked out that nobody asked for."""
    names = {name.strip().lower() for name in (call.parameter("$select") or "").split(",") if name.strip()}
    chosen = [(name, value) for name, value in known.items() if not names or name.lower() in names]
    return [{name: value(folder, file) for name, value in chosen} for file in files]


def _denied(call: Call) -> Reply:
    message = "Access denied. You do not have permission to perform this action or access this resource."
    return error(call, 403, DENIED_CODE, message)


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
    library = world.directory.library(call.host)
    if len(library) > world.tenant.list_view_threshold:
        message = "The attempted operation is prohibited because it exceeds the list view threshold."
        return error(call, 500, _TOO_MANY, message)
    rows = _rows(call, _folder(world), library.after(0, len(library)), _FILE)
    return collection(call, rows, "SP.File")


def list_folders(world: World, call: Call, caller: Caller, arguments_text: str) -> Reply:
    """The library's folders: how a localised folder name is found."""
    if not may_read_sites(caller):
        return _denied(call)
    given = arguments(call, arguments_text) or {}
    path = (given.get("decodedurl") or given.get("serverrelativeurl") or given.get("") or "").strip("/")
    if path.lower() != world.tenant.photo_library.lower():
        return error(call, 404, _NOT_FOUND, "File Not Found.")
    count = len(world.directory.library(call.host))
    folder: dict[str, Any] = {
        "Name": world.tenant.photo_folder,
        "ServerRelativeUrl": _folder(world),
        "ItemCount": count,
    }
    names = {name.strip().lower() for name in (call.parameter("$select") or "").split(",") if name.strip()}
    shown = {key: value for key, value in folder.items() if not names or key.lower() in names}
    return collection(call, [shown], "SP.Folder")


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
    files = world.directory.library(call.host).after(start, top + 1)
    rows = _rows(call, _folder(world), files[:top], _ITEM)
    more = ""
    if len(files) > top:
        kept = [p for p in call.query.split("&") if p and "skiptoken" not in p.lower()]
        token = f"%24skiptoken=Paged%3dTRUE%26p_ID%3d{files[top - 1].number}"
        more = f"{call.base}{call.path}?{'&'.join([token, *kept])}"
    return collection(call, rows, "SP.Data.User_x0020_PhotosItem", more)


def _wanted(world: World, call: Call, folder: str, name: str) -> LibraryFile | None:
    if folder and f"/{folder}".lower().rstrip("/") != _folder(world).lower():
        return None
    return world.directory.library(call.host).file(name)


def get_file(world: World, call: Call, caller: Caller, name: str, folder: str = "") -> Reply:
    """A thumbnail by its own address or by GetFileByServerRelativePath(...)/$value."""
    if not may_read_sites(caller):
        return _denied(call)
    file = _wanted(world, call, folder, name)
    if file is None:
        return text_reply(404, "404 FILE NOT FOUND")
    return world.account_fault(file.account, "thumbnail") or _image(file.picture, file.modified)


def _folder_and_name(call: Call, arguments_text: str) -> tuple[str, str]:
    given = arguments(call, arguments_text) or {}
    path = unquote(given.get("decodedurl") or given.get("serverrelativeurl") or given.get("") or "")
    folder, _, name = path.lstrip("/").rpartition("/")
    return folder, name


def get_file_by_path(world: World, call: Call, caller: Caller, arguments_text: str) -> Reply:
    """GetFileByServerRelativePath(decodedurl='...')/$value."""
    folder, name = _folder_and_name(call, arguments_text)
    return get_file(world, call, caller, name, folder)


def describe_file(world: World, call: Call, caller: Caller, arguments_text: str) -> Reply:
    """GetFileByServerRelativePath(decodedurl='...'): name, size and times of one file."""
    if not may_read_sites(caller):
        return _denied(call)
    folder, name = _folder_and_name(call, arguments_text)
    file = _wanted(world, call, folder, name)
    if file is None:
        return error(call, 404, _NOT_FOUND, "File Not Found.")
    fault = world.account_fault(file.account, "thumbnail")
    (row,) = _rows(call, _folder(world), [file], _FILE)
    return fault or entity(call, row, "SP.File", "web/getfilebyserverrelativepath")


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
