"""No step sends anybody to a command that Microsoft has retired, or to one that nobody here has looked up."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from troubleshooter.diagnose.rule import Rule
from troubleshooter.diagnose.rulebook import load_rules

RULES = [pytest.param(rule, id=rule.id) for rule in load_rules().rules]

RETIRED = re.compile(
    r"(Get|Set|Remove|Import|Export)-UserPhoto|AzureAD|Azure AD PowerShell|MSOnline|\bMsol|-Msol"
    r"|\bEWS\b|GetUserPhoto|Exchange\.asmx|graph\.windows\.net|UseRPSSession|RecipientDataProperty|me\.aspx|Delve",
    re.IGNORECASE,
)
"""Cloud commands and interfaces that are gone or being closed.

https://learn.microsoft.com/powershell/module/exchange/set-userphoto,
https://office365itpros.com/2023/10/09/user-photo-cmdlets/
"""

CURRENT = {
    # Microsoft Graph PowerShell
    "Connect-MgGraph", "Disconnect-MgGraph", "Get-MgContext", "Get-MgUser", "Update-MgUser",
    "Get-MgUserLicenseDetail", "Get-MgUserPhoto", "Get-MgUserPhotoContent", "Set-MgUserPhotoContent",
    "Remove-MgUserPhoto", "Get-MgGroupPhoto", "Get-MgGroupPhotoContent", "Set-MgGroupPhotoContent",
    "Get-MgServicePrincipal", "Update-MgServicePrincipal", "Invoke-MgGraphRequest",
    # PnP PowerShell and the SharePoint Online Management Shell
    "Connect-PnPOnline", "Disconnect-PnPOnline", "Get-PnPConnection", "Get-PnPUserProfileProperty",
    "Set-PnPUserProfileProperty", "Connect-SPOService", "Get-SPOSite",
    "Set-SPOSite",
    # Exchange Online, Exchange Server and Active Directory
    "Get-CASMailbox", "Get-Mailbox", "Get-OwaMailboxPolicy", "Set-OwaMailboxPolicy",
    "Get-ManagementRoleAssignment", "Get-SettingOverride", "Get-ADUser", "Set-ADUser",
    # PowerShell itself
    "Select-Object", "Where-Object", "Format-List",
}  # fmt: skip
_COMMAND = re.compile(r"\b[A-Z][a-z]+-[A-Z][A-Za-z]+\b")


def _texts(rule: Rule) -> Iterator[str]:
    for step in (*rule.user_steps, *rule.admin_steps):
        yield from (step.text, step.command, step.effect, step.undo, step.verify)


@pytest.mark.parametrize("rule", RULES)
def test_no_step_uses_a_retired_command(rule: Rule) -> None:
    assert [found.group() for text in _texts(rule) for found in RETIRED.finditer(text)] == []


@pytest.mark.parametrize("rule", RULES)
def test_every_command_is_one_that_was_looked_up(rule: Rule) -> None:
    assert {name for text in _texts(rule) for name in _COMMAND.findall(text)} <= CURRENT


def test_the_search_for_retired_commands_finds_them() -> None:
    assert RETIRED.search("Set-UserPhoto -Identity x")
    assert RETIRED.search("Connect-MsolService")
    assert not RETIRED.search("Set-MgUserPhotoContent -UserId x")
