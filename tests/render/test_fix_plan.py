"""A plan says first what it would do, touches one person at a time, and never more than was asked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.render.samples import rule
from troubleshooter.diagnose.audit_result_fix import Effort, Place, fix_of
from troubleshooter.diagnose.audit_result_types import AuditCause
from troubleshooter.diagnose.rule import Actor, Rule, State, Step
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.render.fix_plan import commands, has_plan, letter_text, readme_text, script_text
from troubleshooter.render.language import Language, language, languages

BOOK = load_rules()
WHO = "{{ person.user_principal_name | powershell }}"
SCRIPTED = [one for one in BOOK.rules if fix_of(one).script]


@pytest.fixture
def english() -> Language:
    return language("en")


def cause(one: Rule, people: int = 12) -> AuditCause:
    return AuditCause(one, one.state, people, common={"run.sharepoint_host": "contoso.sharepoint.com"})


def admin(*steps: Step, **changes: object) -> Rule:
    return rule("some-cause", actor=Actor.ADMIN, admin_steps=steps, **changes)


def test_a_step_belongs_where_its_command_says() -> None:
    steps = (
        Step("Sign in.", command="Connect-MgGraph -Scopes 'X'"),
        Step("Look.", command=f"Get-MgUser -UserId {WHO}"),
        Step("Change.", command=f"Update-MgUser -UserId {WHO} -Department 'x'"),
        Step("Change the tenant.", command="Invoke-MgGraphRequest -Method PATCH -Uri '/x' -Body '{}'"),
        Step("Read the tenant.", command="Invoke-MgGraphRequest -Method GET -Uri '/x'"),
        Step("Fill in.", command="Set-ADUser -Identity '<account>' -Clear thumbnailPhoto"),
        Step("Both at once.", command=f"Get-CASMailbox -Identity {WHO}\nSet-OwaMailboxPolicy -Identity 'x'"),
        Step("Another fact.", command=f"Set-X -User {WHO} -Mail {{{{ person.mail | powershell }}}}"),
        Step("Think."),
    )
    planned = fix_of(admin(*steps)).steps
    assert [(one.place, one.changes) for one in planned] == [
        (Place.SIGN_IN, False),
        (Place.EACH, False),
        (Place.EACH, True),
        (Place.TENANT, True),
        (Place.HAND, False),
        (Place.HAND, True),
        (Place.TENANT, True),
        (Place.HAND, True),
        (Place.HAND, False),
    ]


def test_the_effort_is_the_smallest_that_the_steps_allow() -> None:
    change = Step("Change.", command=f"Update-MgUser -UserId {WHO}")
    wide = Step("Change.", command="Set-OwaMailboxPolicy -Identity 'x'")
    assert fix_of(admin(change)).effort is Effort.SCRIPT
    assert fix_of(admin(change, wide)).effort is Effort.ONE_CHANGE
    assert fix_of(admin(Step("Look.", command=f"Get-MgUser -UserId {WHO}"))).effort is Effort.BY_HAND
    assert fix_of(rule("x", actor=Actor.USER)).effort is Effort.LETTER
    assert fix_of(rule("x", actor=Actor.MICROSOFT)).effort is Effort.CASE
    assert fix_of(rule("x", state=State.ON_ITS_WAY, actor=Actor.ADMIN)).effort is Effort.WAIT


def test_only_the_sign_in_that_a_scripted_step_needs_is_in_the_script() -> None:
    steps = (
        Step("Sign in.", command="Connect-MgGraph -Scopes 'X'"),
        Step("Elsewhere.", command="Connect-PnPOnline -Url 'https://x'"),
        Step("Change.", command=f"Update-MgUser -UserId {WHO}"),
        Step("Too late.", command="Connect-MgGraph -Scopes 'Y'"),
    )
    assert [one.number for one in fix_of(admin(*steps)).script] == [1, 3]
    assert [one.number for one in fix_of(admin(*steps)).by_hand] == [2, 4]


@pytest.mark.parametrize("one", SCRIPTED, ids=lambda one: one.id)
@pytest.mark.parametrize("code", languages())
def test_a_script_changes_nothing_before_it_is_told_to(one: Rule, code: str) -> None:
    text = script_text(cause(one), language(code), "photo-audit")
    body = [line for line in text.splitlines() if not line.lstrip("\ufeff").startswith("#")]
    assert text.startswith("\ufeff# ")
    for number, line in enumerate(body):
        if re.search(r"^\s*(Set|Update|Remove|New|Add)-", line):
            before = body[:number]
            # Every change stands behind the way out of a run without -Apply, inside its own loop.
            start = max(i for i, earlier in enumerate(before) if "foreach ($person in $people)" in earlier)
            assert any("if (-not $Apply) {" in earlier for earlier in before[start:])
            assert any(earlier.strip() == "continue" for earlier in before[start:])
        if "Connect-" in line and "Write-Output" not in line:
            assert line.strip().startswith("if ($Apply) {")
    assert any("if ($Apply -and -not $All -and $Only -lt 1) { throw" in line for line in body)


@pytest.mark.parametrize("one", SCRIPTED, ids=lambda one: one.id)
def test_a_script_holds_no_name_and_no_file_that_two_people_would_share(one: Rule, english: Language) -> None:
    text = script_text(cause(one), english, "photo-audit")
    code = "\n".join(line for line in text.splitlines() if not line.lstrip("\ufeff").startswith("#"))
    assert "PERSON0" not in text
    assert not re.search(r"(?:InFile|OutFile) '(?!\$file_)", code)
    assert "<client id>" not in code
    assert "[differs or unknown]" not in code
    for opening, closing in ("{}", "()", "[]"):
        plain = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "", code)
        assert plain.count(opening) == plain.count(closing)


def test_what_was_there_before_is_kept_and_never_overwritten_by_a_second_run(english: Language) -> None:
    text = script_text(cause(BOOK.rule("no-photo-anywhere")), english, "photo-audit")
    copied = next(line for line in text.splitlines() if "Get-MgUserPhotoContent -UserId $name" in line)
    assert copied.strip().startswith("if (-not (Test-Path -LiteralPath $file_before))")
    assert "$leftOut[$person.id] = $true" in text
    assert "if ($leftOut[$person.id]) { continue }" in text
    assert text.index("Test-Path -LiteralPath $file_new") < text.index(
        "Set-MgUserPhotoContent -UserId $name -In"
    )


def test_the_head_of_a_script_says_effect_undo_and_how_to_check(english: Language) -> None:
    text = script_text(cause(BOOK.rule("sync-off")), english, "photo-audit")
    head = text[: text.index("[CmdletBinding()]")]
    assert "# 12 people" in head
    assert "#   What it does: SharePoint may replace the picture" in head
    assert (
        "#   How to undo it: Set-PnPUserProfileProperty -Account <sign-in name> -PropertyName "
        "'SPS-PictureExchangeSyncState' -Value '0'" in head
    )
    assert "#   How to check it: Read the properties again" in head
    assert "#   photo-troubleshooter recheck photo-audit --cause sync-off" in head
    assert all(line.lstrip("\ufeff").startswith("#") or not line for line in head.splitlines())


def test_without_a_command_for_each_person_there_is_no_script_and_the_plan_says_what_to_do(
    english: Language,
) -> None:
    one = cause(BOOK.rule("my-site-host-full"))
    assert script_text(one, english, "photo-audit") == ""
    told = readme_text(one, english, "photo-audit", "plans/my-site-host-full", ["letter.en.txt"])
    assert "There is no script" in told
    assert "By hand:\n1. " in told
    assert "photo-troubleshooter recheck photo-audit --cause my-site-host-full" in told
    assert commands(one, "photo-audit", "plans/my-site-host-full").dry_run == ""


def test_a_change_of_the_whole_tenant_is_never_in_a_script(english: Language) -> None:
    one = cause(BOOK.rule("photo-policy-roles"))
    assert "photoUpdateSettings" not in script_text(one, english, "photo-audit")
    told = readme_text(one, english, "photo-audit", "plans/x", [])
    assert "-Method PATCH -Uri '/beta/admin/people/photoUpdateSettings'" in told


def test_nobody_is_let_in_again_by_a_script(english: Language) -> None:
    one = cause(BOOK.rule("account-blocked"))
    assert one.fix.effort is Effort.BY_HAND
    assert script_text(one, english, "photo-audit") == ""
    assert "a leaver's account is blocked on purpose" in readme_text(
        one, english, "photo-audit", "plans/x", []
    )


def test_the_dry_run_comes_first_and_every_command_can_be_copied(english: Language) -> None:
    use = commands(cause(BOOK.rule("sync-off")), "my audits/2026 $x", "plans/sync-off")
    assert use.dry_run == 'pwsh -File "my audits/2026 _x/plans/sync-off/fix.ps1"'
    assert use.pilot.endswith("-Apply -Only 20")
    assert use.everybody.endswith("-Apply -All")
    assert use.recheck == 'photo-troubleshooter recheck "my audits/2026 _x" --cause sync-off'


@pytest.mark.parametrize("code", languages())
@pytest.mark.parametrize(
    "one", [r for r in BOOK.rules if has_plan(AuditCause(r, r.state, 1))], ids=lambda one: one.id
)
def test_a_letter_fits_everybody_and_leaves_nothing_open(one: Rule, code: str) -> None:
    text = letter_text(cause(one), language(code))
    assert "{{" not in text
    assert language(code).text("[differs or unknown]") not in text
    assert any(block.endswith(one.id) for block in text.rstrip().split("\n\n"))
    if "you@contoso.com" in text:
        assert text.count("you@contoso.com") >= 2  # in the step, and in the line that says what to put there


def test_nobody_gets_a_plan_who_only_has_to_wait() -> None:
    waiting = rule("waits", state=State.ON_ITS_WAY, normal_for=timedelta(hours=24))
    assert not has_plan(AuditCause(waiting, waiting.state, 5))
    assert not has_plan(AuditCause(rule("nobody", actor=Actor.NOBODY), State.PROBLEM, 5))
    assert not has_plan(AuditCause(rule("accepted-by-all"), State.PROBLEM, 0, accepted=5))
