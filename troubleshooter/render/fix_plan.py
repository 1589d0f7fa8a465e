"""The plan for one cause: a PowerShell script that first only says what it would do, a letter, and the rest.

The program never runs any of it. Commands are those of the rule's own steps; where a step needs something
that only a person can fill in, or changes the whole tenant, it stays out of the script and in the plan.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from troubleshooter.diagnose.audit_result_fix import Place, Planned
from troubleshooter.diagnose.audit_result_types import AuditCause
from troubleshooter.diagnose.rule import Actor, State
from troubleshooter.render.brand import NO_BRAND, Brand, contact_lines
from troubleshooter.render.labels import marked
from troubleshooter.render.language import Language
from troubleshooter.render.tenant_words import GroupFiller, actor_word, group_words, letter_words
from troubleshooter.render.text import plain, powershell
from troubleshooter.render.words import StepWords, in_brief

_ = marked

SCRIPT = "fix.ps1"
PEOPLE = "people.csv"
README = "README.txt"
_MARK = "\ufeff"  # Windows PowerShell reads UTF-8 only with it
_STAND_IN = "PERSON0SIGN0IN0NAME"
_FILE = re.compile(r"'([\w-]+)\.(jpg|jpeg|png)'")
_READ_FILE = re.compile(r"-InFile\s+(\$\w+)")
_WRITTEN_FILE = re.compile(r"-OutFile\s+(\$\w+)")
_COMMAND = re.compile(r"\b[A-Z][a-z]+-[A-Z]\w+ -|photo-troubleshooter ")
_EXAMPLE_ADDRESS = "you@contoso.com"


@dataclass(frozen=True, slots=True)
class Commands:
    """How to use a plan, ready to copy; all but `recheck` are '' where there is no script."""

    dry_run: str
    pilot: str
    everybody: str
    recheck: str


def has_plan(cause: AuditCause) -> bool:
    """Somebody acts on this cause, and it concerns somebody."""
    return cause.state is State.PROBLEM and cause.people > 0 and cause.rule.actor is not Actor.NOBODY


def commands(cause: AuditCause, folder: str, plan: str) -> Commands:
    """The commands for a cause. `folder` is the audit's, `plan` the plan's folder inside it."""
    recheck = f"photo-troubleshooter recheck {_argument(folder)} --cause {cause.id}"
    if not cause.fix.script or not plan:
        return Commands("", "", "", recheck)
    script = f"pwsh -File {_argument(f'{folder}/{plan}/{SCRIPT}')}"
    return Commands(script, f"{script} -Apply -Only 20", f"{script} -Apply -All", recheck)


def report_command(folder: str) -> str:
    """The command that writes one person of an audit in full; the person's name follows it."""
    return f"photo-troubleshooter report {_argument(folder)} --person"


def script_text(cause: AuditCause, language: Language, folder: str) -> str:
    """The script for PowerShell; '' where no command of the rule changes something person by person."""
    if not cause.fix.script:
        return ""
    filled = GroupFiller(cause.common, language, sign_in_name=_STAND_IN).words(cause.rule).admin_steps
    steps = [(one, filled[one.number - 1]) for one in cause.fix.script]
    lines = [*_head(cause, language, folder, steps), "", *_BEFORE]
    for planned, words in steps:
        lines += ["", *_step(planned, words)]
    lines += ["", *_after(language)]
    return _MARK + "\r\n".join(lines) + "\r\n"


def readme_text(cause: AuditCause, language: Language, folder: str, plan: str, letters: list[str]) -> str:
    """What lies in the plan's folder, what to do in which order, and what stays to be done by hand."""
    text = language.text
    words = group_words(cause, language)
    use = commands(cause, folder, plan)
    lines = [
        f"{words.title} [{cause.id}]",
        language.plural("{count} person", "{count} people", cause.people),
        text(_("Who acts: {who}"), who=actor_word(cause.rule.actor, language)),
        "",
        text(
            _("{file}: the people concerned. Delete the lines of those who must not be touched."), file=PEOPLE
        ),
        *(text(_("{file}: a letter to them."), file=name) for name in letters),
    ]
    if use.dry_run:
        lines += [
            text(_("{file}: the script. Without -Apply it only says what it would do."), file=SCRIPT),
            "",
            text(_("1. See what it would do:")),
            f"   {use.dry_run}",
            text(_("2. Try it with a few people:")),
            f"   {use.pilot}",
            text(_("3. Do it for everybody:")),
            f"   {use.everybody}",
            text(_("4. Check the result:")),
            f"   {use.recheck}",
        ]
    else:
        lines += [
            "",
            text(_("There is no script: no command of this rule can be repeated person by person unseen.")),
            text(_("Afterwards check the result:")),
            f"   {use.recheck}",
        ]
    by_hand = [words.admin_steps[one.number - 1] for one in cause.fix.by_hand]
    if by_hand:
        lines += ["", text(_("By hand:"))]
        for number, step in enumerate(by_hand, 1):
            lines += _told(number, step, language)
    return "\n".join(lines) + "\n"


def letter_text(cause: AuditCause, language: Language, *, brand: Brand = NO_BRAND) -> str:
    """One letter that fits everybody concerned: what is wrong, what to do, what to answer, whom to ask."""
    text = language.text
    words = letter_words(cause, language)
    steps, details = in_brief(words.user_steps), tuple(step.text for step in words.user_steps)
    blocks = ["\n".join([text(_("Hello,")), words.headline])]
    if steps:
        blocks.append(text(_("Please do this:")))
        blocks.append("\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1)))
        last = _("If it does not help, answer this message and write: {code}")
    else:
        blocks.append(text(_OTHERS_ACT.get(cause.rule.actor, _OTHERS_ACT[Actor.ADMIN])))
        last = _("If your photo still looks wrong to you, answer this message and write: {code}")
    blocks.append(text(last, code=cause.id))
    contact = contact_lines(brand, language)
    if contact:
        blocks.append("\n".join(contact))
    if steps != details:
        blocks.append(text(_("Step by step:")))
        blocks.append("\n".join(f"{number}. {step}" for number, step in enumerate(details, 1)))
    if any(_EXAMPLE_ADDRESS in step for step in (*steps, *details)):
        blocks.append(text(_("Put your own sign-in name in place of {example}."), example=_EXAMPLE_ADDRESS))
    return "\n\n".join(blocks) + "\n"


_OTHERS_ACT: dict[Actor, str] = {
    Actor.ADMIN: _("You do not have to do anything; your IT department has to change something."),
    Actor.DEVELOPER: _("You do not have to do anything; the makers of that page have to change something."),
    Actor.MICROSOFT: _("You do not have to do anything; your IT department is taking it up with Microsoft."),
}


def _told(number: int, step: StepWords, language: Language) -> Iterator[str]:
    text = language.text
    yield f"{number}. {step.text}"
    for line in step.command.splitlines():
        yield f"      {line}"
    if step.effect:
        yield "   " + text(_("What it does: {words}"), words=step.effect)
    if step.undo:
        yield "   " + text(_("How to undo it: {words}"), words=step.undo)
    if step.verify:
        yield "   " + text(_("How to check it: {words}"), words=step.verify)


def _head(
    cause: AuditCause, language: Language, folder: str, steps: list[tuple[Planned, StepWords]]
) -> Iterator[str]:
    text = language.text
    title = GroupFiller(cause.common, language).title(cause.rule)
    yield from _comment(f"{title} [{cause.id}]")
    yield from _comment(language.plural("{count} person", "{count} people", cause.people))
    yield "#"
    yield from _comment(
        text(
            _(
                "Without -Apply this script changes nothing; it says what it would do. -Apply -Only 20 does "
                "it for the first 20 people, -Apply -All for everybody in people.csv. -Steps 2,3 does these "
                "steps only. Read it before you run it, and delete from people.csv whom it must not touch. "
                "What it reads before a change it keeps in before.txt."
            )
        )
    )
    if any(_FILE.search(words.command) for _planned, words in steps):
        yield from _comment(
            text(
                _(
                    "Pictures are files beside this script, one for each person, named after the file in the "
                    "step and the object id, such as new-<object id>.jpg. Who has none is left out."
                )
            )
        )
    for planned, words in steps:
        yield "#"
        yield from _comment(text(_("Step {number}: {words}"), number=planned.number, words=words.text))
        if words.effect:
            yield from _comment(text(_("What it does: {words}"), words=words.effect), 1)
        if words.undo:
            undo = words.undo.replace(f"'{_STAND_IN}'", text(_("<sign-in name>")))
            yield from _comment(text(_("How to undo it: {words}"), words=undo), 1)
        if words.verify:
            verify = words.verify.replace(f"'{_STAND_IN}'", text(_("<sign-in name>")))
            yield from _comment(text(_("How to check it: {words}"), words=verify), 1)
    yield "#"
    yield from _comment(text(_("Afterwards check the result:")))
    yield from _comment(f"photo-troubleshooter recheck {_argument(folder)} --cause {cause.id}", 1)


_BEFORE = r"""[CmdletBinding()]
param(
    [switch] $Apply,
    [int] $Only = 0,
    [switch] $All,
    [int[]] $Steps = @(),
    [string] $ClientId = ''
)
$ErrorActionPreference = 'Stop'
if ($Apply -and -not $All -and $Only -lt 1) { throw 'Say how many: -Only 20, or -All.' }
$everybody = @(Import-Csv -LiteralPath (Join-Path $PSScriptRoot 'people.csv') -Encoding UTF8)
$people = if ($Only -gt 0) { @($everybody | Select-Object -First $Only) } else { $everybody }
$before = Join-Path $PSScriptRoot 'before.txt'
$leftOut = @{}
$failed = 0
function Test-Step([int] $Number) { ($Steps.Count -eq 0) -or ($Steps -contains $Number) }
function Get-PersonFile([string] $Name, [string] $Ending) {
    Join-Path $PSScriptRoot ($Name + '-' + ($person.id -replace '[^\w-]', '_') + '.' + $Ending)
}""".splitlines()


def _step(planned: Planned, words: StepWords) -> Iterator[str]:
    number = planned.number
    yield f"if (Test-Step {number}) {{"
    if planned.place is Place.SIGN_IN:
        sign_in = words.command.strip().replace("'<client id>'", "$ClientId")
        yield f"    Write-Output {powershell(f'{number}. {sign_in}')}"
        if "$ClientId" in sign_in:
            yield "    if ($Apply -and -not $ClientId) { throw 'Give -ClientId, the id of your PnP app.' }"
        yield f"    if ($Apply) {{ {sign_in} }}"
        yield "}"
        return
    command, files = _for_person(words.command)
    yield f"    Write-Output {powershell(f'{number}. {words.text}')}"
    yield "    foreach ($person in $people) {"
    yield "        $name = $person.user_principal_name -replace \"^'(?=[=+@-])\", ''"
    yield from (f"        {line}" for line in files)
    yield "        if (-not $Apply) {"
    yield from (f'            Write-Output "    {_shown(line)}"' for line in command)
    yield "            continue"
    yield "        }"
    yield "        if ($leftOut[$person.id]) { continue }"
    for needed in dict.fromkeys(_READ_FILE.findall("\n".join(command))):
        yield f"        if (-not (Test-Path -LiteralPath {needed})) {{"
        yield f'            Write-Output "    - $name ({needed})"'
        yield "            continue"
        yield "        }"
    yield "        try {"
    yield from (f"            {_kept(line, planned)}" for line in command)
    yield '            Write-Output "    + $name"'
    yield "        } catch {"
    if planned.changes:
        yield "            $failed++"
    else:
        # Without its copy of what was there, nobody is changed; that nothing was there is an answer.
        yield "            if ($_.Exception.Message -notmatch 'NotFound|404') {"
        yield "                $leftOut[$person.id] = $true"
        yield "                $failed++"
        yield "            }"
    yield '            Write-Warning "$name : $($_.Exception.Message)"'
    yield "        }"
    yield "    }"
    yield "}"


def _kept(line: str, planned: Planned) -> str:
    """A line that runs. The first copy of what was there is kept: a second run would copy the change."""
    written = _WRITTEN_FILE.search(line)
    if written:
        return f"if (-not (Test-Path -LiteralPath {written.group(1)})) {{ {line} }}"
    if planned.changes:
        return line
    return f"& {{ $name; {line} }} | Out-String | Add-Content -LiteralPath $before -Encoding UTF8"


def _shown(line: str) -> str:
    """A line inside a double-quoted string: only the person's own variables are filled in."""
    escaped = re.sub(r"[`\"]", r"`\g<0>", line)
    escaped = re.sub(r"\$(?!name\b|file_)", "`$", escaped)
    return re.sub(r"\$(name|file_\w+)", r"'$\1'", escaped)


def _after(language: Language) -> Iterator[str]:
    said = language.text(_("Nothing was changed. Add -Apply to do it."))
    yield f"if (-not $Apply) {{ Write-Output {powershell(said)} }}"
    yield 'Write-Output "$($people.Count) / $($everybody.Count)"'
    yield "if ($failed -gt 0) { exit 1 }"


def _for_person(command: str) -> tuple[list[str], list[str]]:
    """The command's lines with the person as a variable, and the lines that name the person's own files."""
    files: dict[str, str] = {}

    def own(found: re.Match[str]) -> str:
        variable = "$file_" + re.sub(r"\W", "_", found.group(1))
        files[variable] = f"{variable} = Get-PersonFile '{found.group(1)}' '{found.group(2)}'"
        return variable

    text = _FILE.sub(own, command.replace(f"'{_STAND_IN}'", "$name"))
    return [line.rstrip() for line in text.splitlines() if line.strip()], list(files.values())


def _comment(words: str, indent: int = 0) -> Iterator[str]:
    """Lines of a comment; a command in it stays on one line, so that it can be copied."""
    whole = " ".join(plain(words).split())
    margin = "# " + "  " * indent
    if _COMMAND.search(whole):
        yield margin + whole
    else:
        yield from textwrap.wrap(whole, 98, initial_indent=margin, subsequent_indent=margin)


def _argument(text: str) -> str:
    """One argument of a command line, for every shell; a name that no shell can misread stays as it is."""
    if re.fullmatch(r"[\w./\\:-]+", text):
        return text
    return '"' + re.sub(r"[\"`$\x00-\x1f]", "_", text) + '"'
