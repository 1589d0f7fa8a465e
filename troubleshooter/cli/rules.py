"""`rules`: what the program knows, and whether your own rules hold. `new` and `explain` stand beside it."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

from troubleshooter.cli.console import preferred_language, printable
from troubleshooter.cli.exit_codes import ExitCode
from troubleshooter.cli.options import language_option, rules_option
from troubleshooter.diagnose.rule import Rule, Step
from troubleshooter.diagnose.rulebook import check as check_rules
from troubleshooter.errors import UsageError
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language, language

_ELSEWHERE = {"new": "troubleshooter.cli.new_rule", "explain": "troubleshooter.cli.explain"}


class _Rules(click.Group):
    """The commands of this module, and those that live in modules of their own."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.commands, *_ELSEWHERE]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _ELSEWHERE:
            return self.commands.get(name)
        found: click.Command = importlib.import_module(_ELSEWHERE[name]).command
        return found


@click.group("rules", cls=_Rules)
def command() -> None:
    """The rules: one file each, in the order in which they are tried."""


@command.command("list")
@language_option()
@rules_option
def list_rules(lang: str | None, rule_directories: tuple[Path, ...]) -> int:
    """Print every rule in order: id, state, who acts, confidence, title."""
    from troubleshooter.cli.rulebook import rulebook_from

    speak = language(lang or preferred_language())
    rules = rulebook_from(rule_directories, speak).rules
    width = max(len(rule.id) for rule in rules)
    for rule in rules:
        state, actor = speak.value(rule.state.value), speak.value(rule.actor.value)
        click.echo(printable(f"{rule.id:<{width}}  {state:<15} {actor:<13} {speak.text(rule.title)}"))
    return ExitCode.FINE


@command.command("show")
@click.argument("rule_id", metavar="ID")
@language_option()
@rules_option
def show_rule(rule_id: str, lang: str | None, rule_directories: tuple[Path, ...]) -> int:
    """Print one rule whole: expression, words, steps, references.

    \b
    Example:
      photo-troubleshooter rules show never-triggered
    """
    from troubleshooter.cli.rulebook import rulebook_from

    speak = language(lang or preferred_language())
    rules = {rule.id: rule for rule in rulebook_from(rule_directories, speak).rules}
    if rule_id not in rules:
        raise UsageError(
            "There is no rule {rule}.",
            "See the names with: photo-troubleshooter rules list",
            rule=rule_id,
        )
    for line in _lines(rules[rule_id], speak):
        click.echo(printable(line))
    return ExitCode.FINE


@command.command("check")
@click.argument("directories", nargs=-1, type=click.Path(path_type=Path, file_okay=False, exists=True))
@language_option()
def check(directories: tuple[Path, ...], lang: str | None) -> int:
    """Check rule files: ours, and those of the given folders. Names file, line and remedy.

    \b
    Example:
      photo-troubleshooter rules check my-rules
    """
    from troubleshooter.cli.rulebook import complaint_line

    speak = language(lang or preferred_language())
    count, complaints = check_rules(directories)
    for complaint in complaints:
        click.echo(printable(complaint_line(complaint, speak)), err=True)
    click.echo(speak.text("{count} rules checked, {broken} complaints.", count=count, broken=len(complaints)))
    return ExitCode.USAGE if complaints else ExitCode.FINE


def _lines(rule: Rule, speak: Language) -> list[str]:
    lines = [
        f"{rule.id}  ({rule.area})",
        speak.text(rule.title),
        "",
        " / ".join(speak.value(term.value) for term in (rule.state, rule.actor, rule.confidence)),
        f"when: {rule.when}",
        f"explains: {', '.join(rule.explains) or '-'}",
        f"generation: {rule.generation or '-'}",
        "",
        speak.text(rule.headline),
        speak.text(rule.because),
    ]
    for heading, steps in ((_("For the person"), rule.user_steps), (_("For the admin"), rule.admin_steps)):
        if steps:
            lines += ["", speak.text(heading)]
            for number, step in enumerate(steps, start=1):
                lines += _step(number, step, speak)
    if rule.false_positives:
        lines += ["", speak.text("Known false positives")]
        lines += [f"  - {speak.text(text)}" for text in rule.false_positives]
    if rule.references:
        lines += ["", speak.text("References")]
        lines += [f"  - {ref.title}: {ref.url} ({ref.supports}, {ref.checked_on})" for ref in rule.references]
    return lines


def _step(number: int, step: Step, speak: Language) -> list[str]:
    lines = [f"  {number}. {speak.text(step.text)}"]
    if step.why:
        lines.append(f"     {speak.text(step.why)}")
    if step.command:
        lines.append(f"     > {step.command}")
    labelled = ((_("Effect"), step.effect), (_("Undo"), step.undo), (_("Verify"), step.verify))
    for label, text in labelled:
        if text:
            lines.append(f"     {speak.text(label)}: {speak.text(text)}")
    return lines
