"""`rules new`: a file to fill in, and the schema that lets an editor help."""

from __future__ import annotations

from pathlib import Path

import click

from troubleshooter.cli.console import preferred_language, printable
from troubleshooter.cli.exit_codes import ExitCode
from troubleshooter.cli.options import language_option
from troubleshooter.cli.output import WriteFailed, file_stem
from troubleshooter.cli.schema import text_of
from troubleshooter.diagnose.rule_file import ID
from troubleshooter.diagnose.rule_schema import FILE_NAME, rule_schema
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.diagnose.skeleton import skeleton
from troubleshooter.errors import UsageError
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import language

LONGEST_ID = 60


class RuleTaken(UsageError):
    """The rule is there already, or a built-in rule has its id."""


@click.command("new")
@click.argument("rule_id", metavar="ID")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("my-rules"),
    show_default=True,
    help="Folder of your rules.",
)
@language_option()
def command(rule_id: str, folder: Path, lang: str | None) -> int:
    """Begin a rule of your own: DIR/ID.toml, with every key and what belongs there.

    \b
    Example:
      photo-troubleshooter rules new photo-too-dark
      photo-troubleshooter rules check my-rules
    """
    speak = language(lang or preferred_language())
    _check_id(rule_id)
    path = folder / f"{rule_id}.toml"
    _write(path, skeleton(rule_id, str(folder)))
    if not (folder / FILE_NAME).exists():
        _write(folder / FILE_NAME, text_of(rule_schema()))
    click.echo(printable(speak.text(_("Written: {path}"), path=path)))
    click.echo(
        printable(
            speak.text(
                _("Fill it in, then run: photo-troubleshooter rules check {folder}"), folder=str(folder)
            )
        )
    )
    return ExitCode.FINE


def _check_id(rule_id: str) -> None:
    if not ID.fullmatch(rule_id) or len(rule_id) > LONGEST_ID or file_stem(rule_id) != rule_id:
        raise UsageError(
            _("{rule} cannot be the id of a rule."),
            _("Use lower-case letters, digits and hyphens, such as photo-too-dark; at most {limit}."),
            rule=rule_id[:80],
            limit=LONGEST_ID,
        )
    if any(rule.id == rule_id for rule in load_rules().rules):
        raise RuleTaken(
            _("There is a built-in rule {rule}."),
            _("Choose another name; see it with: photo-troubleshooter rules show {rule}"),
            rule=rule_id,
        )


def _write(path: Path, text: str) -> None:
    """Write a new file; one that is there stays as it is."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as problem:
        raise RuleTaken(
            _("{path} is there already, and stays as it is."),
            _("Choose another id or another --dir."),
            path=str(path),
        ) from problem
    except OSError as problem:
        raise WriteFailed(
            _("{path} cannot be written ({reason})."),
            _("Choose another folder with --dir, or free space and permissions there."),
            path=str(path),
            reason=problem.strerror or type(problem).__name__,
        ) from problem
