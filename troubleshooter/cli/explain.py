"""`rules explain`: why one rule is true, false or undecided of one person, and what would change that."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from troubleshooter.cli.console import preferred_language, printable
from troubleshooter.cli.exit_codes import ExitCode
from troubleshooter.cli.options import connection_from, connection_options, language_option, rules_option
from troubleshooter.cli.ticket import ticket_from, ticket_options
from troubleshooter.diagnose.explain import explain, literal
from troubleshooter.errors import TroubleshooterError, UsageError
from troubleshooter.evidence.record import Evidence, Value, with_values
from troubleshooter.render import explanation
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import language
from troubleshooter.render.view import person_address


@click.command("explain")
@click.argument("rule_id", metavar="ID")
@click.argument("of_whom", metavar="PERSON|EVIDENCE")
@connection_options
@ticket_options
@language_option()
@rules_option
def command(
    rule_id: str, of_whom: str, lang: str | None, rule_directories: tuple[Path, ...], **values: Any
) -> int:
    """Show a rule's expression part by part, with each fact's value, and what would change the answer.

    EVIDENCE is a file of evidence or results (JSON or JSON Lines), of one person or several. Anything that is
    no file is taken for a PERSON, who is looked up in the tenant.

    \b
    Example:
      photo-troubleshooter rules explain never-triggered adele.json
      photo-troubleshooter rules explain never-triggered adele@contoso.com --rules my-rules
    """
    from troubleshooter.cli.rulebook import rulebook_from

    speak = language(lang or preferred_language())
    rulebook = rulebook_from(rule_directories, speak)
    position = {rule.id: index for index, rule in enumerate(rulebook.rules)}.get(rule_id)
    if position is None:
        raise UsageError(
            _("There is no rule {rule}."),
            _("See the names with: photo-troubleshooter rules list"),
            rule=rule_id,
        )
    ticket = ticket_from(values)
    several = False
    for evidence in _evidences(of_whom, ticket, values):
        if several:
            click.echo()
        several = True
        click.echo(printable(person_address(evidence) or "-"))
        found = explain(rulebook.expressions[position], evidence)
        for line in explanation.lines(rulebook.rules[position], found, evidence, speak, literal):
            click.echo(printable(line))
    return ExitCode.FINE


def _evidences(of_whom: str, ticket: Mapping[str, Value], values: dict[str, Any]) -> Iterator[Evidence]:
    if _is_path(of_whom):
        from troubleshooter.evidence.files import read_file

        for evidence in read_file(Path(of_whom)):
            yield with_values(evidence, ticket) if ticket else evidence
        return
    from troubleshooter.cli.connect import connect
    from troubleshooter.cli.diagnose import collect_all

    connected = connect(connection_from(values))
    answers: Iterable[Any] = collect_all(connected, (of_whom,), ticket)
    for collected in answers:
        if isinstance(collected, TroubleshooterError):
            raise collected
        yield collected.evidence


def _is_path(word: str) -> bool:
    """A file that is there, or a name that can only be meant as one: then its absence is what to say."""
    separators = {os.sep, os.altsep or os.sep, "/"}
    looks = word.endswith((".json", ".jsonl")) or any(separator in word for separator in separators)
    return looks or Path(word).is_file()
