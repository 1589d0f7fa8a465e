"""Roles of role assignment policies, as administrators paste them, whole or cut off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.collect.answers import MEGAN, reason, with_account
from troubleshooter.collect.exchange_output import merged, read_exchange_output
from troubleshooter.evidence.record import Evidence

ROLE = "mailbox.photo_role_assigned"
DEFAULT = "Default Role Assignment Policy"
MAILBOX = f"""\
UserPrincipalName         : megan@contoso.com
RoleAssignmentPolicy      : {DEFAULT}
ExternalDirectoryObjectId : {MEGAN}

"""


def told(tmp_path: Path, *texts: str) -> Evidence:
    files = []
    for number, text in enumerate(texts):
        path = tmp_path / f"{number}.txt"
        path.write_text(text, encoding="utf-8")
        files.append(read_exchange_output(path))
    output = merged(files)
    assert output
    return output.told(with_account().build())


def listed(*roles: str, policy: str = DEFAULT, kind: str = "RoleAssignmentPolicy") -> str:
    return "".join(
        f"Role             : {role}\nRoleAssigneeName : {policy}\nRoleAssigneeType : {kind}\n\n"
        for role in roles
    )


def as_json(*roles: str) -> str:
    return json.dumps([{"Role": role, "RoleAssigneeName": DEFAULT} for role in roles], indent=1)


def as_csv(*roles: str) -> str:
    rows = "".join(f'"{role}","{DEFAULT}"\r\n' for role in roles)
    return f'"Role","RoleAssigneeName"\r\n{rows}'


def as_policy(*roles: str) -> str:
    return f"IsDefault     : True\nName          : {DEFAULT}\nAssignedRoles : {{{', '.join(roles)}}}\n"


def as_policy_json(*roles: str) -> str:
    return json.dumps({"Name": DEFAULT, "AssignedRoles": list(roles)})


@pytest.mark.parametrize("printed", [listed, as_json, as_csv, as_policy, as_policy_json])
@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (("MyBaseOptions", "MyContactInformation"), True),
        (("MyBaseOptions", "MyPersonalInformation"), True),
        (("MyBaseOptions", "MyProfileInformation"), False),
    ],
)
def test_every_way_of_printing_says_the_same(tmp_path: Path, printed, roles, expected) -> None:
    assert told(tmp_path, MAILBOX, printed(*roles)).value(ROLE) is expected


@pytest.mark.parametrize("end", ["...", "\u2026"])
def test_a_list_that_was_cut_off_proves_only_what_it_shows(tmp_path: Path, end: str) -> None:
    cut = as_policy("MyTextMessaging", f"MyBaseOptions{end}")
    evidence = told(tmp_path, MAILBOX, cut)
    assert evidence.value(ROLE) is None
    assert reason(evidence, ROLE) == "not_collected"
    shown = as_policy("MyPersonalInformation", f"MyBaseOptions{end}")
    assert told(tmp_path, MAILBOX, shown).value(ROLE) is True


@pytest.mark.parametrize(
    "useless",
    [
        as_policy(),
        as_policy("Microsoft.Exchange.Data.MultiValuedProperty`1[System.String]"),
        listed("Mail Recipients", policy="Help Desk", kind="RoleGroup"),
        listed("MyBaseOptions", policy="Another policy"),
    ],
    ids=["no roles", "the name of a type", "a role group", "another policy"],
)
def test_what_says_nothing_of_this_policy_leaves_it_unknown(tmp_path: Path, useless: str) -> None:
    evidence = told(tmp_path, MAILBOX + useless)
    assert reason(evidence, ROLE) == "not_collected"


def test_a_role_that_is_switched_off_does_not_count(tmp_path: Path) -> None:
    off = f"Role : MyPersonalInformation\nRoleAssigneeName : {DEFAULT}\nEnabled : False\n\n"
    assert told(tmp_path, MAILBOX, off + listed("MyBaseOptions")).value(ROLE) is False


def test_a_mailbox_that_names_no_policy_is_a_gap(tmp_path: Path) -> None:
    text = MAILBOX.replace(DEFAULT, "")
    assert reason(told(tmp_path, text, listed("MyBaseOptions")), ROLE) == "unreadable"
