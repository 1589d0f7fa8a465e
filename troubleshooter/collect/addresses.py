"""SharePoint addresses: hosts of a tenant, picture addresses, file names in the User Photos library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

DEFAULT_FOLDER = "/User Photos/Profile Pictures"
_THUMB = re.compile(r"^(?P<stem>.+)_(?P<size>[SML])Thumb\.\w+$", re.IGNORECASE)
_GUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
# megan_contoso_com: an account name with @ and . written as _, so at least three parts and a word at the end.
_MANGLED = re.compile(r"^[^_].*_[^_]+_[a-z]{2,}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Hosts:
    """The three SharePoint hosts of one tenant (and geo)."""

    root: str
    my: str
    admin: str
    suffix: str

    def owns(self, host: str) -> bool:
        """The host is in the same Microsoft cloud, so that a token may be shown to it."""
        return host.endswith("." + self.suffix)


@dataclass(frozen=True, slots=True)
class FileAddress:
    """Where a file is: host without port, decoded path; port and encoding do not count."""

    host: str
    path: str

    @property
    def folder(self) -> str:
        """Server-relative path of the folder."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """File name."""
        return self.path.rpartition("/")[2]

    @property
    def stem(self) -> str:
        """What the file is named after: the name without `_MThumb.jpg`; '' when it is no thumbnail's name."""
        match = _THUMB.match(self.name)
        return match["stem"] if match else ""

    @property
    def url(self) -> str:
        """The address to ask."""
        return f"https://{self.host}{quote(self.path)}"

    @property
    def key(self) -> tuple[str, str]:
        """Equal for addresses of the same file; SharePoint paths ignore case."""
        return self.host, self.path.lower()


def hosts_from(address: str, suffix: str) -> Hosts | None:
    """The tenant's hosts from any of its addresses (or its bare name); None when it is not in this cloud."""
    suffix = suffix.lower().strip(".")
    host = host_of(address) if "/" in address else address.strip().lower().partition(":")[0]
    if host and "." not in host:
        host = f"{host}.{suffix}"
    label = host.removesuffix("." + suffix)
    if label == host or not re.fullmatch(r"[a-z0-9-]+", label):
        return None
    tenant = label.removesuffix("-my").removesuffix("-admin")
    return Hosts(f"{tenant}.{suffix}", f"{tenant}-my.{suffix}", f"{tenant}-admin.{suffix}", suffix)


def host_of(url: str) -> str:
    """Host of an address, lower case, without port; '' when there is none."""
    try:
        return (urlsplit(url.strip()).hostname or "").lower()
    except ValueError:
        return ""


def file_address(url: str, default_host: str) -> FileAddress:
    """Take a picture address apart. A server-relative one belongs to `default_host`."""
    try:
        parts = urlsplit(url.strip())
        return FileAddress((parts.hostname or default_host).lower(), unquote(parts.path))
    except ValueError:
        return FileAddress("", url)


def mangled(user_principal_name: str) -> str:
    """The file stem that older SharePoint code and upload scripts make from a sign-in name."""
    return user_principal_name.replace("@", "_").replace(".", "_")


def stem_kind(stem: str, user_principal_name: str) -> str:
    """object_id, user_principal_name or other."""
    if _GUID.match(stem):
        return "object_id"
    same = user_principal_name and stem.lower() == mangled(user_principal_name).lower()
    return "user_principal_name" if same or _MANGLED.match(stem) else "other"


def is_guid(text: str) -> bool:
    """The text has the shape of an object id."""
    return bool(_GUID.match(text))


def thumbnail_size(name: str) -> str:
    """S, M or L for a thumbnail's file name; '' for any other name."""
    match = _THUMB.match(name)
    return match["size"].upper() if match else ""
