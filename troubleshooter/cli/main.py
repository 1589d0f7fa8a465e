"""The entry point: finds the command and runs it; the one place where errors become words and exit codes."""

from __future__ import annotations

import importlib
import sys
import traceback
from typing import Any

import click

from troubleshooter import __version__
from troubleshooter.cli.exit_codes import MEANING, ExitCode
from troubleshooter.cli.settings import Defaults, Settings, origin, words_of
from troubleshooter.cli.settings_equip import equip, selecting_options
from troubleshooter.errors import TroubleshooterError, UsageError

# Commands are imported when they are used, so that --help answers at once.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "Start the sandbox tenant, diagnose everyone in it, open the report."),
    "diagnose": ("diagnose", "Diagnose one ticket or several: report, letter, summary."),
    "audit": ("audit", "Audit a whole tenant: totals, causes, plans; the same command resumes."),
    "compare": ("compare", "Say what became of everybody between two audits."),
    "recheck": ("recheck", "Ask again about the people of an audit whom a change concerns."),
    "accept": ("accept", "Accept findings of an audit until a day, with a reason."),
    "evaluate": ("evaluate", "Give all verdicts over the Parquet files of many audits."),
    "collect": ("collect", "Write what a diagnosis needs into a bundle, redacted if you like."),
    "bundle": ("bundle", "Show what is in a bundle; put real names back into a report."),
    "analyze": ("analyze", "Give the verdict on evidence collected elsewhere."),
    "report": ("report", "Write reports again from stored evidence or an audit; one person in full."),
    "image": ("image", "Check a photo, or a folder of them, before the upload; write correct copies."),
    "verify": ("verify", "Ask again after somebody acted, until the stores agree or the time is over."),
    "permissions": (
        "permissions",
        "Say which permissions are needed, there, missing, and how to grant them.",
    ),
    "rules": ("rules", "List, show and check the rules."),
    "login": ("login", "Sign a person in and keep it, encrypted, for the other commands."),
    "logout": ("logout", "Forget sign-ins that are kept on this machine."),
    "whoami": ("whoami", "Say who is signed in, with which rights, and where that is kept."),
    "decode": ("decode", "Say what an HTTP status or an error code means."),
    "schema": ("schema", "Print the JSON Schema of evidence, a result, an audit's summary or a rule file."),
    "config": ("config", "Show the settings that count, and where they come from."),
    "sandbox": ("sandbox", "Serve the sandbox tenant on loopback."),
}

EPILOG = "\b\nExit codes:\n" + "\n".join(f"  {code.value}  {text}" for code, text in MEANING.items())


class LazyGroup(click.Group):
    """A group whose commands live in modules that are imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the documentation."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command of that name, None when there is none."""
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"troubleshooter.cli.{COMMANDS[name][0]}")
        command: click.Command = module.command
        return equip(command, (name,))

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of a run, which holds its settings."""
        extra.setdefault("obj", Settings(self))
        return super().make_context(info_name, args, parent, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note whether help is wanted: it is given whatever the settings are like."""
        rest = super().parse_args(ctx, args)
        ctx.ensure_object(Settings).forgiving = any(word in ctx.help_option_names for word in ctx.args)
        return rest

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, written without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="photo-troubleshooter")
@click.option("--verbose", is_flag=True, help="Also print what services answer in their own words.")
@click.pass_context
def cli(ctx: click.Context, verbose: bool) -> None:
    """Why a Microsoft 365 profile photo does not show, who must do what, and how long waiting is normal.

    Read-only: it never writes to a tenant. `photo-troubleshooter demo` shows it without one.
    """
    ctx.default_map = Defaults(ctx.ensure_object(Settings))


cli.params += selecting_options(of_program=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the program and leave with its exit code. Console script."""
    arguments = sys.argv[1:] if arguments is None else arguments
    settings = Settings(cli)
    try:
        code = cli.main(args=arguments, prog_name="photo-troubleshooter", standalone_mode=False, obj=settings)
    except TroubleshooterError as error:
        _say(error, arguments, settings)
        code = ExitCode.USAGE if isinstance(error, UsageError) else ExitCode.FAILED
    except click.ClickException as error:
        error.show()
        _say_where(error, settings)
        code = ExitCode.USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        code = ExitCode.FAILED
    except BrokenPipeError:
        # The reader of our output went away (`| head`); Python would complain again while closing stdout.
        sys.stderr.close()
        code = ExitCode.FINE
    except Exception:  # our own fault; Python's exit code 1 would mean that a problem was found
        traceback.print_exc()
        code = ExitCode.FAILED
    sys.exit(int(code or 0))


def _say(error: TroubleshooterError, arguments: list[str], settings: Settings) -> None:
    from troubleshooter.cli.console import error_lines

    for line in error_lines(error, arguments, configured=settings.language):
        click.echo(line, err=True)


def _say_where(error: click.ClickException, settings: Settings) -> None:
    """A refused value that nobody typed on this command line is told where it stands."""
    if not isinstance(error, click.BadParameter) or error.ctx is None or error.param is None:
        return
    from troubleshooter.cli.console import preferred_language, printable
    from troubleshooter.render.labels import marked as _
    from troubleshooter.render.language import language

    found = origin(error.ctx, error.param, settings, words_of(error.ctx))
    if found.where:
        words = _("The value comes from {where}.")
        speak = language(preferred_language(configured=settings.language))
        click.echo(printable(speak.text(words, where=found.where)), err=True)
