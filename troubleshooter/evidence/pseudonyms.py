"""Pseudonyms: the same value always gets the same one, and nobody without the key can guess the value.

Each is an HMAC-SHA-256 (https://www.rfc-editor.org/rfc/rfc2104) under a random key that is forgotten once the
bundle is written; what leads back is the private map. Pseudonyms keep the shape that a diagnosis shows: a
guest's name stays a guest's name, an object id an object id, `-my` and `-admin` hosts stay what they are.
They hold no blank and no hyphen beyond that, so that no line break can split them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from uuid import UUID

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)

SHAREPOINT_SUFFIXES = (
    "sharepoint.com",
    "sharepoint.us",
    "sharepoint-mil.us",
    "sharepoint.cn",
    "sharepoint.de",
)
ONMICROSOFT = re.compile(r"(?:.+\.)?(onmicrosoft\.(?:com|us|de)|partner\.onmschina\.cn)$")
PUBLIC_HOSTS = frozenset(
    {
        "graph.microsoft.com",
        "graph.microsoft.us",
        "dod-graph.microsoft.us",
        "microsoftgraph.chinacloudapi.cn",
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.partner.microsoftonline.cn",
        "outlook.office365.com",
        "outlook.office.com",
    }
)
"""Hosts that everybody uses: https://learn.microsoft.com/graph/deployments"""

_GUEST = re.compile(r"(?P<name>.+)_(?P<home>[^_@]+)(?P<mark>#ext#)@(?P<domain>[^@]+)", re.IGNORECASE)
_ROLES = ("-my", "-admin")
_DIGITS = 10  # 40 bits: a collision among a million values is unlikely, and `Pseudonyms` would see it


class Pseudonyms:
    """Makes pseudonyms under one key."""

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key if key is not None else secrets.token_bytes(32)
        self._taken: dict[str, str] = {}

    def digest(self, kind: str, value: str) -> str:
        """64 hex digits."""
        message = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()

    def short(self, word: str, value: str) -> str:
        """A word and hex digits, such as `person3f2a91c07b`; never the same for two values."""
        digits = _DIGITS
        while True:
            made = word + self.digest(word, value)[:digits]
            if self._taken.setdefault(made, value) == value:
                return made
            digits += 1

    def guid(self, value: str) -> str:
        """An object id, of the kind that says it is no ordinary one (version 8, RFC 9562)."""
        number = bytearray.fromhex(self.digest("id", value.lower())[:32])
        number[6], number[8] = (number[6] & 0x0F) | 0x80, (number[8] & 0x3F) | 0x80
        return str(UUID(bytes=bytes(number)))

    def address(self, value: str) -> str:
        """A sign-in name or mail address. A guest's holds the pseudonym of the address at home."""
        guest = _GUEST.fullmatch(value)
        if guest:
            home = self.address(f"{guest['name']}@{guest['home']}").replace("@", "_")
            return f"{home}{guest['mark']}@{self.domain(guest['domain'])}"
        _, at, domain = value.rpartition("@")
        if not at:
            return self.short("person", value.lower())
        return f"{self.short('person', value.lower())}@{self.domain(domain)}"

    def domain(self, value: str) -> str:
        """A mail domain; Microsoft's own endings stay."""
        name = value.lower().strip(".")
        ending = ONMICROSOFT.fullmatch(name)
        if ending:
            label = name.removesuffix(ending[1]).strip(".")
            return f"{self.label(label)}.{ending[1]}" if label else name
        return f"{self.short('org', name)}.example"

    def host(self, value: str, suffix: str = "") -> str:
        """A host name. `suffix` is the SharePoint suffix of a cloud that is not Microsoft's own."""
        name = value.lower().strip(".")
        if name in PUBLIC_HOSTS:
            return name
        for known in (*SHAREPOINT_SUFFIXES, suffix):
            if known and name.endswith("." + known):
                label = name.removesuffix("." + known)
                role = next((role for role in _ROLES if label.endswith(role)), "")
                kept = known if known in SHAREPOINT_SUFFIXES else "sharepoint.example"
                return f"{self.label(label.removesuffix(role))}{role}.{kept}"
        if ONMICROSOFT.fullmatch(name):
            return self.domain(name)
        return f"{self.short('host', name)}.example"

    def label(self, value: str) -> str:
        """The tenant's own word in its host names."""
        return self.short("org", value.lower())
