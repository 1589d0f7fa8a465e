"""What only people know: ticket facts by options, or by questions on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from troubleshooter.cli.options import Moment
from troubleshooter.evidence.record import Value
from troubleshooter.evidence.schema import FACTS
from troubleshooter.render.language import Language

Command = TypeVar("Command", bound=Callable[..., Any])

_HELP = {
    "symptom": "What is wrong with the photo.",
    "app": "Where it is wrong.",
    "private_window": "What a private browser window shows.",
    "photo_changed_at": "When the person saved the photo (ISO 8601).",
    "people_affected": "How many people have the same trouble.",
    "since": "Since when it is wrong (ISO 8601).",
    "opened_sharepoint": "Whether the person has opened SharePoint or OneDrive.",
    "changed_in": "Where the photo was last saved.",
    "right_in": "Where the same app shows the right photo.",
    "seen_by": "Who sees it wrong.",
    "whose": "Whose photo is shown or changed.",
    "policy_changed_at": "When the photo settings of the tenant were changed (ISO 8601).",
    "admin_found": "What an administrator found that no program can read.",
    "error_text": "Code or message that was shown.",
}

_QUESTIONS = {
    "symptom": "What is wrong with the photo?",
    "app": "In which app is it wrong?",
    "private_window": "Open a private browser window, sign in and look again: what does it show?",
    "photo_changed_at": "When did the person save the photo? (such as 2026-11-22 or 2026-11-22T09:15)",
    "people_affected": "How many people have the same trouble?",
    "since": "Since when is it wrong? (such as 2026-11-22)",
    "opened_sharepoint": "Has the person opened SharePoint or OneDrive, and since the photo was saved?",
    "changed_in": "Where was the photo last saved?",
    "right_in": "Sign out and in again, then try elsewhere: where does the same app show the right photo?",
    "seen_by": "Who sees it wrong? Choose the narrowest that is true.",
    "whose": "Whose photo is it about?",
    "policy_changed_at": "When were the photo settings of the tenant last changed? (such as 2026-11-22)",
    "admin_found": "Has an administrator found one of these?",
    "error_text": "Which error code or message was shown, word for word?",
}


_KINDS: dict[str, click.ParamType[Any]] = {"str": click.STRING, "datetime": Moment()}


def ticket_options(command: Command, *, without: tuple[str, ...] = ()) -> Command:
    """Add one option for every ticket fact (but those in `without`), with the schema's own choices."""
    for name, text in reversed(_HELP.items()):
        if name in without:
            continue
        info = FACTS[f"ticket.{name}"]
        kind: click.ParamType[Any] = click.Choice(info.choices) if info.choices else _KINDS[info.kind]
        command = click.option("--" + name.replace("_", "-"), name, type=kind, default=None, help=text)(
            command
        )
    return command


def ticket_from(values: dict[str, Any]) -> dict[str, Value]:
    """Take the ticket options out of a command's values; only what was given."""
    taken = {name: values.pop(name, None) for name in _HELP}
    return {f"ticket.{name}": value for name, value in taken.items() if value is not None}


def interview(speak: Language, known: dict[str, Value]) -> dict[str, Value]:
    """Ask for the ticket facts that are still unknown; an empty answer leaves a fact unknown."""
    facts = dict(known)
    click.echo(speak.text("Answer what you know; press Enter to leave a question open."), err=True)
    for name, question in _QUESTIONS.items():
        path = f"ticket.{name}"
        if path in facts:
            continue
        choices = FACTS[path].choices
        answer: Value
        if choices:
            answer = _ask_choice(speak, question, choices)
        else:
            answer = _ask_free(speak, question, _KINDS[FACTS[path].kind])
        if answer is not None:
            facts[path] = answer
    return facts


def _ask_choice(speak: Language, question: str, choices: tuple[str, ...]) -> str | None:
    click.echo(speak.text(question), err=True)
    for number, choice in enumerate(choices, start=1):
        click.echo(f"  {number}  {speak.value(choice)}", err=True)
    while True:
        answer = click.prompt(">", default="", show_default=False, err=True, prompt_suffix=" ").strip()
        if not answer:
            return None
        if answer in choices:
            return str(answer)
        if answer.isdecimal() and 1 <= int(answer) <= len(choices):
            return choices[int(answer) - 1]
        click.echo(speak.text("Please give a number from the list, or press Enter."), err=True)


def _ask_free(speak: Language, question: str, kind: click.ParamType[Any]) -> Value:
    click.echo(speak.text(question), err=True)
    while True:
        answer = click.prompt(">", default="", show_default=False, err=True, prompt_suffix=" ").strip()
        if not answer:
            return None
        try:
            converted: Value = kind.convert(answer, None, None)
            return converted
        except click.BadParameter as problem:
            click.echo(problem.message, err=True)
