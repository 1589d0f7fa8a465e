"""The permissions this program can use: what to grant for each, and which broader ones open the same door.

The calls and the permission of each are in `schema.PERMISSIONS`; this is the one place that says more about
them. What is asked for only ever reads. Sources: the permission tables of the calls' own pages and
https://learn.microsoft.com/graph/permissions-reference; of SharePoint's own permissions, which Microsoft
lists nowhere in full, what the services accept.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from troubleshooter.evidence.schema import FACTS, PERMISSIONS

GRAPH, SHAREPOINT = "Microsoft Graph", "SharePoint"
API_IDS: Mapping[str, str] = MappingProxyType(
    {GRAPH: "00000003-0000-0000-c000-000000000000", SHAREPOINT: "00000003-0000-0ff1-ce00-000000000000"}
)
"""Application ids of the two services; the same in every cloud."""

ACCOUNTS = f"{GRAPH} User.Read.All"
PHOTOS = f"{GRAPH} ProfilePhoto.Read.All"
MAILBOXES = f"{GRAPH} MailboxSettings.Read"
POLICY = f"{GRAPH} PeopleSettings.Read.All"
SITE_ADDRESS = f"{GRAPH} Sites.Read.All"
PROFILES = f"{SHAREPOINT} User.Read.All"
FILES = f"{SHAREPOINT} Sites.Read.All"
ORGANIZATION = f"{GRAPH} Organization.Read.All"
GROUPS = f"{GRAPH} GroupMember.Read.All"


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission as gaps and docs/facts.md name it: `key` is the service and the application permission.

    `delegated` names what an app needs that acts for a person, all of them. `needs` are other permissions
    without which this one does not find everybody: SharePoint tells people apart by their object ids.
    `optional` ones serve no conclusion and are never asked for.
    """

    key: str
    delegated: tuple[str, ...]
    source: str
    needs: tuple[str, ...] = ()
    optional: bool = False

    @property
    def resource(self) -> str:
        """The service: GRAPH or SHAREPOINT."""
        return self.key.rpartition(" ")[0]

    @property
    def application(self) -> tuple[str, ...]:
        """What an app needs that acts for itself."""
        return (self.key.rpartition(" ")[2],)

    def names(self, *, app_only: bool) -> tuple[str, ...]:
        """The permissions to grant on `resource`, all of them."""
        return self.application if app_only else self.delegated

    @property
    def calls(self) -> tuple[str, ...]:
        """The calls it opens, as docs/facts.md names them."""
        return tuple(call for call, key in PERMISSIONS.items() if key == self.key)


_API = "https://learn.microsoft.com/graph/api/"
ALL: Mapping[str, Permission] = MappingProxyType(
    {
        one.key: one
        for one in (
            Permission(ACCOUNTS, ("User.Read.All",), _API + "user-get"),
            Permission(PHOTOS, ("ProfilePhoto.Read.All",), _API + "profilephoto-get"),
            Permission(MAILBOXES, ("MailboxSettings.Read",), _API + "user-get-mailboxsettings"),
            Permission(
                POLICY, ("PeopleSettings.Read.All",), _API + "peopleadminsettings-list-photoupdatesettings"
            ),
            Permission(SITE_ADDRESS, ("Sites.Read.All",), _API + "site-get"),
            Permission(
                PROFILES,
                ("User.Read.All", "AllSites.Read"),
                "https://learn.microsoft.com/sharepoint/dev/solution-guidance/security-apponly-azuread",
                needs=(ACCOUNTS, SITE_ADDRESS),
            ),
            Permission(
                FILES,
                ("AllSites.Read",),
                "https://learn.microsoft.com/sharepoint/dev/solution-guidance/security-apponly-azuread",
                needs=(ACCOUNTS, SITE_ADDRESS),
            ),
            Permission(ORGANIZATION, ("User.Read",), _API + "organization-get", optional=True),
            Permission(GROUPS, ("GroupMember.Read.All",), _API + "group-list", optional=True),
        )
    }
)
"""Every permission by its key, in the order of the photo's own way."""

# Any one of these is enough in place of the narrower one.
_BROADER: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        GRAPH: {
            "User.Read": ("User.Read.All", "User.ReadWrite", "User.ReadWrite.All", "Organization.Read.All",
                          "Directory.Read.All", "Directory.ReadWrite.All"),
            "User.Read.All": ("User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"),
            "ProfilePhoto.Read.All": ("User.Read.All", "User.ReadBasic.All", "ProfilePhoto.ReadWrite.All",
                                      "User.ReadWrite.All"),
            "MailboxSettings.Read": ("MailboxSettings.ReadWrite",),
            "PeopleSettings.Read.All": ("PeopleSettings.ReadWrite.All",),
            "Sites.Read.All": ("Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All"),
            "Organization.Read.All": ("Directory.Read.All", "Organization.ReadWrite.All",
                                      "Directory.ReadWrite.All"),
            "GroupMember.Read.All": ("Group.Read.All", "Directory.Read.All", "Group.ReadWrite.All",
                                     "Directory.ReadWrite.All"),
        },
        SHAREPOINT: {
            "User.Read.All": ("User.ReadWrite.All",),
            "Sites.Read.All": ("Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All"),
            "AllSites.Read": ("AllSites.Write", "AllSites.Manage", "AllSites.FullControl"),
        },
    }
)  # fmt: skip

# What is worked out from several answers, by the words that docs/facts.md gives as its source.
_DERIVED: Mapping[str, tuple[str, ...]] = MappingProxyType({"computed from both pictures": (PHOTOS, FILES)})

# What is read in one place and compared with another.
_COMPARED: Mapping[str, tuple[str, ...]] = MappingProxyType({"sharepoint.search_state": (PROFILES,)})

# Names that only sign somebody in.
_SIGN_IN = frozenset({"openid", "profile", "email", "offline_access", "User.Read"})
_WRITES = re.compile(r"Write|FullControl|Manage|Send|Create|Delete|Invite|Enable|AccessAsUser|full_access")


def broader(resource: str, name: str) -> tuple[str, ...]:
    """Permissions of a service any one of which is enough in place of `name`, the least one first."""
    return _BROADER.get(resource, {}).get(name, ())


def granted_as(resource: str, name: str, granted: Collection[str]) -> str:
    """The permission in a token by which `name` is held: itself, a broader one, or '' for none."""
    return next((one for one in (name, *broader(resource, name)) if one in granted), "")


def writes(name: str) -> bool:
    """Whether a permission lets an app change something, by its name; when in doubt, yes."""
    return _WRITES.search(name) is not None


def not_needed(resource: str, granted: Iterable[str], *, app_only: bool) -> tuple[str, ...]:
    """Permissions in a token that this program has no use for at all, in the order of the alphabet.

    A broader permission in place of one we use is named too: the narrower one is enough.
    """
    used = {name for one in ALL.values() if one.resource == resource for name in one.names(app_only=app_only)}
    return tuple(sorted(set(granted) - used - _SIGN_IN))


def of_fact(path: str) -> tuple[str, ...]:
    """Keys of the permissions without which a fact stays unknown; () when none is in the way."""
    info = FACTS[path]
    own = (info.permission,) if info.permission else _DERIVED.get(info.source, ())
    found = dict.fromkeys((*own, *_COMPARED.get(path, ())))
    for key in tuple(found):
        found |= dict.fromkeys(ALL[key].needs)
    return tuple(found)


def least(keys: Iterable[str], *, app_only: bool) -> dict[str, tuple[str, ...]]:
    """What to grant for these keys, by service: what another one of the set covers is left out."""
    wanted = [ALL[key] for key in keys if not ALL[key].optional]
    names: dict[str, list[str]] = {}
    for one in wanted:
        names.setdefault(one.resource, []).extend(one.names(app_only=app_only))
    return {resource: tuple(_not_covered(resource, listed)) for resource, listed in names.items()}


def _not_covered(resource: str, names: list[str]) -> Iterator[str]:
    for name in dict.fromkeys(names):
        if not any(other in names for other in broader(resource, name)):
            yield name
