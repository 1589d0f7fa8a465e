"""Roles of Exchange's role assignment policies, as two cmdlets print them.

Get-ManagementRoleAssignment -RoleAssignee POLICY prints one object for each role of a policy;
Get-RoleAssignmentPolicy prints a policy with all its roles, of which Format-List shows only the first ones:
https://learn.microsoft.com/powershell/module/exchange/get-managementroleassignment
https://learn.microsoft.com/powershell/module/exchange/get-roleassignmentpolicy
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from troubleshooter.collect.powershell import Record

ROLES_TELL = frozenset({"assignedroles", "roleassigneename"})
"""Properties that say that a printed object is about roles."""
PHOTO_ROLES = frozenset({"mypersonalinformation", "mycontactinformation"})
"""Without the first, people could not change their photo in the one report there is; the second includes it:
https://support.iamcloud.com/support/solutions/articles/5000633166-prevent-users-changing-office-365-photo
https://learn.microsoft.com/exchange/mypersonalinformation-role-exchange-2013-help"""

# Windows PowerShell ends a list it cut off with dots ($FormatEnumerationLimit), PowerShell 7 with one sign:
# https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_preference_variables
_CUT = ("...", "\u2026")


@dataclass(frozen=True, slots=True)
class RolePolicy:
    """One role assignment policy, in lower case; `whole` is False when roles may be missing."""

    names: frozenset[str]
    roles: frozenset[str]
    whole: bool


def role_policies(found: Iterable[Record]) -> tuple[RolePolicy, ...]:
    """The policies that these objects tell of; others are passed over."""
    policies: list[RolePolicy] = []
    assigned: dict[str, set[str]] = {}
    for record in found:
        values = record.values
        if "assignedroles" in values:
            names = {short_name(text_of_value(values.get(key))) for key in ("name", "identity", "id", "guid")}
            roles, whole = _listed(values["assignedroles"])
            if names - {""}:
                policies.append(RolePolicy(frozenset(names - {""}), roles, whole))
        elif "roleassigneename" in values and (role := short_name(text_of_value(values.get("role")))):
            kind = text_of_value(values.get("roleassigneetype")).lower()
            off = text_of_value(values.get("enabled")).lower() == "false" or values.get("enabled") is False
            # Groups and users have roles too, under names of their own.
            if kind in ("", "roleassignmentpolicy"):
                known = assigned.setdefault(short_name(text_of_value(values["roleassigneename"])), set())
                known |= set() if off else {role}
    policies += [
        RolePolicy(frozenset({name}), frozenset(roles), True) for name, roles in assigned.items() if name
    ]
    return tuple(policies)


def holds_photo_role(policy: RolePolicy) -> bool | None:
    """Whether one of `PHOTO_ROLES` is in the policy; None when the list was cut off before it."""
    if PHOTO_ROLES & policy.roles:
        return True
    return False if policy.whole else None


def _listed(value: object) -> tuple[frozenset[str], bool]:
    """`{MyBaseOptions, MyContactInformation...}`, a JSON array, or names with commas between."""
    if isinstance(value, list):
        parts, whole = [text_of_value(part) for part in value], True
    else:
        text = text_of_value(value).strip("{} ")
        whole = not text.endswith(_CUT)
        for sign in _CUT:
            text = text.removesuffix(sign)
        parts = re.split(r"\s*[,;]\s*", text)
    roles = frozenset(short_name(part) for part in parts) - {""}
    # Export-Csv writes the name of a type in place of a list; nothing at all proves as little.
    proves = bool(roles) and not any(role.startswith(("system.", "microsoft.")) for role in roles)
    return roles, whole and proves


def text_of_value(value: object) -> str:
    """A printed value. Windows PowerShell writes addresses and identities into JSON as objects."""
    if isinstance(value, dict):
        named = {str(name).lower(): inner for name, inner in value.items()}
        value = named.get("address") or named.get("name") or ""
    return value.strip() if isinstance(value, str) else ""


def short_name(name: str) -> str:
    r"""A policy's name without the tenant before it: `contoso.onmicrosoft.com\OwaMailboxPolicy-Default`."""
    return re.split(r"[\\/]", name)[-1].strip().lower()
