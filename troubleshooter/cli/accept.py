"""`accept`: findings that somebody answers for, until a day."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from troubleshooter.cli.accepted_lines import accepted_warnings, entry_lines, fault_lines
from troubleshooter.cli.console import preferred_language, printable
from troubleshooter.cli.exit_codes import ExitCode
from troubleshooter.cli.options import language_option
from troubleshooter.errors import UsageError
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language, language

if TYPE_CHECKING:
    from troubleshooter.diagnose.accepted_file import Acceptance, AcceptedFile

_STATES = {
    "on_its_way": _("{person} has no problem in this audit: the photo is on its way."),
    "fine": _("{person} has no problem in this audit."),
    "undecided": _("{person} could not be decided, and what nobody knows cannot be accepted."),
}


class _Day(click.ParamType[date]):
    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(str(value).strip())
        except ValueError:
            self.fail(f"{value!r} is not a day such as 2027-01-31", param, ctx)


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the command line asks for; person and cause are '*' for all, '' when not given."""

    person: str
    cause: str
    reason: str
    until: date | None
    author: str


@click.command("accept")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="AUDIT")
@click.option("--person", default="", metavar="NAME|ID", help="Whose finding: sign-in name or object id.")
@click.option("--everybody", is_flag=True, help="Everybody with the cause, also in later audits.")
@click.option("--cause", default="", metavar="ID", help="The cause that is accepted, as the report names it.")
@click.option("--any-cause", is_flag=True, help="Whatever is wrong with this person.")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@click.option(
    "--until", type=_Day(), default=None, metavar="YYYY-MM-DD", help="Last day; at most two years ahead."
)
@click.option("--author", default="", metavar="NAME", help="Who answers for it. Default: your user name.")
@click.option("--list", "listing", is_flag=True, help="Show the entries and what they do.")
@click.option("--remove", is_flag=True, help="Make the entries of a person, and cause, a comment.")
@click.option("--json", "as_json", is_flag=True, help="With --list: print JSON.")
@language_option()
def command(folder: Path, **values: Any) -> int:
    """Accept a finding of an audit: it is shown, but does not count as a problem until the day given.

    The entries stand in accepted.toml in the audit's folder and hold for later audits there. An entry covers
    the cause it names and ends when the cause changes or its day has passed; then the finding counts again,
    with a warning. Only problems can be accepted, never what could not be decided. With --list the exit code
    is 4 when the file has faults.

    \b
    Example:
      photo-troubleshooter accept photo-audit --person adele@contoso.com \\
        --cause image-too-small --reason "No camera at this site" --until 2027-01-31
      photo-troubleshooter accept photo-audit --list
      photo-troubleshooter accept photo-audit --remove --person adele@contoso.com
    """
    from troubleshooter.diagnose.accepted_file import FILE, read_accepted, today

    speak = language(values["lang"] or preferred_language())
    wish = _wish(values)
    file = read_accepted(folder / FILE, today())
    if values["listing"]:
        return _list(folder, file, speak, as_json=values["as_json"])
    if not file.whole:
        raise file.faults[0]
    _print(fault_lines(file, speak), err=True)
    if values["remove"]:
        return _remove(file, wish, speak)
    return _add(folder, file, wish, speak)


def _wish(values: dict[str, Any]) -> _Wish:
    """The options as one wish. UsageError when they contradict each other."""
    from troubleshooter.diagnose.accepted_file import ANY_CAUSE, EVERYBODY

    for one, other, name, flag in (
        (values["person"], values["everybody"], "--person", "--everybody"),
        (values["cause"], values["any_cause"], "--cause", "--any-cause"),
        (values["listing"], values["remove"], "--list", "--remove"),
    ):
        if one and other:
            raise UsageError(
                "{one} and {other} contradict each other.", "Give one of them.", one=name, other=flag
            )
    person = EVERYBODY if values["everybody"] else values["person"].strip()
    cause = ANY_CAUSE if values["any_cause"] else values["cause"].strip()
    if (person, cause) == (EVERYBODY, ANY_CAUSE):
        raise UsageError("Everybody with any cause would accept everything.", "Name a cause, or a person.")
    return _Wish(person, cause, values["reason"].strip(), values["until"], values["author"].strip())


def _add(folder: Path, file: AcceptedFile, wish: _Wish, speak: Language) -> int:
    from troubleshooter.diagnose.accepted_edit import with_entry

    entry = _entry(wish)
    people = _covered(folder, entry)
    _write(file, with_entry(file, entry))
    lines = [
        speak.plural(
            "Accepted until {day}: the finding of {count} person.",
            "Accepted until {day}: the findings of {count} people.",
            people,
            day=speak.calendar_day(entry.until),
        ),
        speak.text(_("It stands in {file} and holds from the next audit of this folder."), file=file.path),
    ]
    if any(_same(one, entry) for one in file.acceptances):
        lines.append(speak.text(_("There was an entry for it already; the later day holds.")))
    _print(lines)
    return ExitCode.FINE


def _same(one: Acceptance, other: Acceptance) -> bool:
    return (one.person.casefold(), one.cause) == (other.person.casefold(), other.cause)


def _entry(wish: _Wish) -> Acceptance:
    """The entry to add. UsageError when something is missing or the day is out of range."""
    from troubleshooter.diagnose.accepted_file import Acceptance, latest_day, today
    from troubleshooter.evidence.codec import text

    needed = (
        (wish.person, "--person"),
        (wish.cause, "--cause"),
        (wish.reason, "--reason"),
        (wish.until, "--until"),
    )
    missing = [name for value, name in needed if not value]
    if missing or wish.until is None:
        raise UsageError(
            "An accepted finding needs {missing}.",
            "See the options with: photo-troubleshooter accept --help",
            missing=", ".join(missing),
        )
    now = today()
    if not now <= wish.until <= latest_day(now):
        raise UsageError(
            "{day} is no day until which something can be accepted.",
            "Give a day from {first} to {last}.",
            day=wish.until.isoformat(),
            first=now.isoformat(),
            last=latest_day(now).isoformat(),
        )
    author = wish.author or _user_name()
    return Acceptance(text(wish.person), text(wish.cause), text(wish.reason), text(author), wish.until, now)


def _user_name() -> str:
    try:
        return getpass.getuser().strip()
    except (OSError, KeyError, ImportError) as problem:  # no login name, and none of the usual variables
        raise UsageError("Your user name cannot be found out.", "Give it with --author.") from problem


def _covered(folder: Path, entry: Acceptance) -> int:
    """How many findings of the present audit the entry covers. UsageError when there are none."""
    from troubleshooter.diagnose.accepted import (
        present_causes,
        present_verdicts,
        require_verdicts,
        weigh_accepted,
    )
    from troubleshooter.diagnose.accepted_file import EVERYBODY, today
    from troubleshooter.evidence.store import open_store

    with open_store(folder) as store:
        require_verdicts(store)
        if people := weigh_accepted(store, [entry], today()).entries[0].people:
            return people
        if entry.person == EVERYBODY:
            raise _no_such_cause(entry.cause, present_causes(store))
        found = present_verdicts(store, entry.person)
    if not found:
        raise UsageError(
            "Nobody called {person} was looked at in this audit.",
            "Give the sign-in name or the object id as the report has it.",
            person=entry.person,
        )
    if found[0].state in _STATES:
        raise UsageError(_STATES[found[0].state], _("There is nothing to accept."), person=entry.person)
    raise UsageError(
        "The problem of {person} has another cause: {cause}.",
        "Give it with --cause, if that is what you accept.",
        person=entry.person,
        cause=found[0].cause,
    )


def _no_such_cause(cause: str, present: dict[str, int]) -> UsageError:
    from troubleshooter.diagnose.complaint import nearest

    near = nearest(cause, present)
    if near:
        return UsageError(
            "Nobody in this audit has the cause {cause}.",
            "Did you mean {near}?",
            cause=cause,
            near=near,
        )
    return UsageError(
        "Nobody in this audit has the cause {cause}.",
        "The causes in this audit are: {present}.",
        cause=cause,
        present=", ".join(sorted(present)) or "-",
    )


def _remove(file: AcceptedFile, wish: _Wish, speak: Language) -> int:
    from troubleshooter.diagnose.accepted_edit import without
    from troubleshooter.diagnose.accepted_file import today

    if not wish.person:
        raise UsageError("--remove needs --person or --everybody.", "See the entries with --list.")
    note = f"Removed on {today().isoformat()} by {wish.author or _user_name()}:"
    text, count = without(file, wish.person, wish.cause, note)
    _write(file, text)
    line = speak.plural(
        "{count} entry in {file} is a comment now and no longer counts.",
        "{count} entries in {file} are comments now and no longer count.",
        count,
        file=file.path,
    )
    _print([line])
    return ExitCode.FINE


def _write(file: AcceptedFile, text: str) -> None:
    """Write the changed file, unless somebody changed it since we read it."""
    from troubleshooter.cli.output import write_private
    from troubleshooter.diagnose.accepted_file import read_accepted, today

    if read_accepted(file.path, today()).text != file.text:
        raise UsageError(
            "{file} was changed by somebody else at this moment; nothing was written.",
            "Run the same command again.",
            file=str(file.path),
        )
    write_private(file.path, text)


def _list(folder: Path, file: AcceptedFile, speak: Language, *, as_json: bool) -> int:
    from troubleshooter.diagnose.accepted import require_verdicts, weigh_accepted
    from troubleshooter.diagnose.accepted_file import today
    from troubleshooter.evidence.store import open_store

    with open_store(folder) as store:
        require_verdicts(store)
        summary = weigh_accepted(store, file.acceptances, today())
    if as_json:
        faults = [str(fault) for fault in file.faults]
        click.echo(json.dumps({**summary.data, "faults": faults}, ensure_ascii=True, indent=2))
    elif not summary.entries:
        _print([speak.text(_("Nothing is accepted."))])
    else:
        _print(line for entry in summary.entries for line in entry_lines(entry, speak))
    _print(accepted_warnings(file, summary, speak), err=True)
    return ExitCode.FAILED if file.faults else ExitCode.FINE


def _print(lines: Iterator[str] | list[str], *, err: bool = False) -> None:
    for line in lines:
        click.echo(printable(line), err=err)
