"""The paste route: what administrators really send, whole, partial and hostile."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.collect.answers import ACCOUNT, MEGAN, reason, with_account
from troubleshooter.collect.exchange import TELLING, exchange_objects
from troubleshooter.collect.exchange_output import merged, read_exchange_output
from troubleshooter.collect.powershell import PowerShellOutputError, records
from troubleshooter.evidence.record import Evidence

POLICIES = """\

RunspaceId                          : 0c1d5a4e-0000-0000-0000-000000000000
WacEditingEnabled                   : True
SetPhotoEnabled                     : False
AllowedFileTypes                    : {.rpmsg, .xlsx, .xlsm,
                                      .xlsb, .txt...}
IsDefault                           : True
Identity                            : OwaMailboxPolicy-Default

SetPhotoEnabled                     : True
IsDefault                           : False
Identity                            : contoso.onmicrosoft.com\\Managers

"""
MAILBOX = f"""\
EmailAddresses            : {{SPO:SPO_1@SPO_2, SMTP:megan@contoso.com, smtp:m.b@contoso.com}}
OwaMailboxPolicy          : Managers
ExternalDirectoryObjectId : {MEGAN}

"""
POLICY_JSON = [
    {"Identity": "OwaMailboxPolicy-Default", "IsDefault": True, "SetPhotoEnabled": False},
    {"Identity": "Managers", "IsDefault": False, "SetPhotoEnabled": True},
]
MAILBOX_JSON = {
    "PrimarySmtpAddress": {"Local": "megan", "Domain": "contoso.com", "Address": "Megan@contoso.com"},
    "OwaMailboxPolicy": "Managers",
}
POLICY_CSV = """\
#TYPE Selected.System.Management.Automation.PSObject
"Identity","IsDefault","SetPhotoEnabled"
"OwaMailboxPolicy-Default","True","False"
"Managers","False","True"
"""


def read(tmp_path: Path, text: str | bytes, encoding: str = "utf-8") -> Evidence:
    path = tmp_path / "output.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return read_exchange_output(path).told(with_account().build())


def both(evidence: Evidence) -> tuple[bool | None, bool | None]:
    return evidence.policy.owa_set_photo_enabled, evidence.mailbox.photo_change_allowed


@pytest.mark.parametrize(
    "text",
    [
        POLICIES + MAILBOX,
        POLICIES.replace("\n", "\r\n") + "PS C:\\Users\\admin> Get-CASMailbox megan | fl\r\n" + MAILBOX,
        json.dumps(POLICY_JSON, indent=4) + "\n" + json.dumps(MAILBOX_JSON),
        json.dumps({"value": POLICY_JSON, "Count": 2}) + "\n" + MAILBOX,
        POLICY_CSV + "\n" + MAILBOX,
        POLICY_CSV.replace(",", ";")
        + '"UserPrincipalName";"OwaMailboxPolicy"\n"MEGAN@contoso.com";"managers"\n',
    ],
    ids=["lists", "lists with a prompt", "JSON", "wrapped JSON", "CSV and list", "two CSV tables"],
)
def test_every_way_of_printing_says_the_same(tmp_path: Path, text: str) -> None:
    if text.count("Identity") and text.count("UserPrincipalName"):
        text = text.replace('"UserPrincipalName"', '\n"UserPrincipalName"')
    assert both(read(tmp_path, text)) == (False, True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_every_encoding_powershell_writes_is_read(tmp_path: Path, encoding: str) -> None:
    assert both(read(tmp_path, POLICIES + MAILBOX, encoding)) == (False, True)


def test_colours_of_a_terminal_do_not_disturb(tmp_path: Path) -> None:
    assert both(read(tmp_path, POLICIES.replace("SetPhoto", "\x1b[32;1mSetPhoto\x1b[0m"))) == (False, None)


def test_the_source_names_the_file_and_its_time(tmp_path: Path) -> None:
    path = tmp_path / "owa.txt"
    path.write_text(POLICIES, encoding="utf-8")
    os.utime(path, (1_790_000_000, 1_790_000_000))
    evidence = read_exchange_output(path).told(with_account().build())
    source = evidence.source("policy.owa_set_photo_enabled")
    assert source is not None
    assert (source.method, source.url) == ("FILE", "Exchange Online PowerShell output, owa.txt")
    assert source.at == datetime.fromtimestamp(1_790_000_000, UTC)
    assert source.id not in {one.id for one in with_account().build().sources}


def test_policies_alone_say_nothing_of_the_mailbox(tmp_path: Path) -> None:
    evidence = read(tmp_path, POLICIES)
    assert both(evidence) == (False, None)
    assert reason(evidence, "mailbox.photo_change_allowed") == "not_collected"


def test_somebody_elses_mailbox_says_nothing_of_this_one(tmp_path: Path) -> None:
    other = MAILBOX.replace(MEGAN, "99999999-0000-4000-8000-000000000001")
    assert both(read(tmp_path, POLICIES + other)) == (False, None)


def test_a_policy_that_was_not_printed_is_not_guessed(tmp_path: Path) -> None:
    assert both(read(tmp_path, POLICIES + MAILBOX.replace("Managers", "Frontline"))) == (False, None)


def test_a_mailbox_without_a_policy_is_not_taken_for_the_default_one(tmp_path: Path) -> None:
    evidence = read(tmp_path, POLICIES + MAILBOX.replace("Managers", ""))
    assert reason(evidence, "mailbox.photo_change_allowed") == "unreadable"


def test_two_policies_of_one_name_that_disagree_settle_nothing(tmp_path: Path) -> None:
    twice = POLICIES + POLICIES.replace(": True", ": X").replace(": False", ": True").replace(
        ": X", ": False"
    )
    evidence = read(
        tmp_path, twice.replace("IsDefault                           : False", "IsDefault : True")
    )
    assert both(evidence) == (None, None)


def test_without_isdefault_only_the_documented_name_is_the_default(tmp_path: Path) -> None:
    named = "Identity : OwaMailboxPolicy-Default\nSetPhotoEnabled : False\n"
    assert both(read(tmp_path, named)) == (False, None)
    assert both(read(tmp_path, named.replace("OwaMailboxPolicy-Default", "Mine"))) == (None, None)


def test_get_mailbox_tells_the_kind_of_mailbox_when_graph_did_not(tmp_path: Path) -> None:
    text = "RecipientTypeDetails : SharedMailbox\nUserPrincipalName : megan@contoso.com\n"
    assert read(tmp_path, text).mailbox.purpose == "shared"
    builder = with_account()
    builder.know("mailbox.purpose", "room")
    assert read_exchange_output(tmp_path / "output.txt").told(builder.build()).mailbox.purpose == "room"


def test_several_files_belong_together(tmp_path: Path) -> None:
    for name, text in (("policies.txt", POLICIES), ("mailbox.txt", MAILBOX)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    outputs = [read_exchange_output(tmp_path / name) for name in ("policies.txt", "mailbox.txt")]
    output = merged(outputs)
    assert output is not None
    assert both(output.told(with_account().build())) == (False, True)


TABLE = "Name                     SetPhotoEnabled\n----                     ---------------\nX   True\n"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "holds no output"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "neither UTF-8 nor UTF-16"),
        ("Šarić".encode("cp1250"), "neither UTF-8 nor UTF-16"),
        (b"<html><body>sign in</body></html>", "holds no output"),
        (TABLE.encode(), "line 2: this is a table"),
        (json.dumps(POLICY_JSON).encode()[:-9], "not whole JSON"),
        (b"[" * 200_000, "not whole JSON"),
        (POLICY_CSV.encode() + b'"cut', "not whole CSV"),
        (POLICY_CSV.encode() + b'"Third","False"\n', "line 5: the row has another number"),
        (b"Identity : X\nSetPhotoEnabled : \n", "line 1: SetPhotoEnabled is ''"),
        (b"Identity : X\nSetPhotoEnabled : Verdadero\n", "neither True nor False"),
        (b"IsDefault : True\nSetPhotoEnabled : True\n", "the policy has no name"),
    ],
    ids=[
        "empty", "a picture", "another code page", "HTML", "a table", "cut JSON", "deep JSON", "cut CSV",
        "uneven CSV", "no value", "another language", "no name",
    ],
)  # fmt: skip
def test_partial_and_hostile_files_are_clear_errors(tmp_path: Path, content: bytes, named: str) -> None:
    with pytest.raises(PowerShellOutputError, match=r"output\.txt") as caught:
        read(tmp_path, content)
    assert named in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PowerShellOutputError, match=r"absent\.txt cannot be read"):
        read_exchange_output(tmp_path / "absent.txt")


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        st.sampled_from('{}[]":, \n\t#-TRUEtrue;SetPhotoEnabledIdentityOwaMailboxPolicy|\\\x00'), max_size=200
    )
)
def test_any_text_is_read_or_refused_and_never_a_crash(text: str) -> None:
    try:
        exchange_objects(records(text, "f", TELLING), "f")
    except PowerShellOutputError:
        return


def test_the_account_under_test_is_megan() -> None:
    assert ACCOUNT["id"] == MEGAN
