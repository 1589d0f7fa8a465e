"""`bundle`: look into a bundle before it is sent, and put real names back into what was made from one."""

from __future__ import annotations

import json
from pathlib import Path

import click

from troubleshooter.cli.console import console, preferred_language
from troubleshooter.cli.exit_codes import ExitCode
from troubleshooter.cli.options import language_option
from troubleshooter.cli.output import write_private
from troubleshooter.errors import UsageError
from troubleshooter.evidence import bundle_faults as faults
from troubleshooter.evidence.bundle import BundleError
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import language


@click.group("bundle")
def command() -> None:
    """Show what is in a bundle; put real names back into a report.

    \b
    Example:
      photo-troubleshooter bundle show photo-bundle.zip
      photo-troubleshooter bundle restore report.html --map photo-bundle.map.json
    """


@command.command("show")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON, every person and file.")
@language_option()
def show(file: Path, as_json: bool, lang: str | None) -> int:
    """Say what a bundle holds: about whom, what is missing and why, which pictures, redacted or not.

    The bundle is checked from end to end first; a damaged or forged one is refused.

    \b
    Example:
      photo-troubleshooter bundle show photo-bundle.zip
    """
    from troubleshooter.evidence.bundle_read import Bundle
    from troubleshooter.render.bundle import bundle_data, bundle_lines

    speak = language(lang or preferred_language())
    with Bundle(file) as bundle:
        if as_json:
            click.echo(
                json.dumps(bundle_data(bundle.manifest, bundle.entries()), ensure_ascii=True, indent=2)
            )
            return ExitCode.FINE
        say = console()
        for line in bundle_lines(file.name, bundle.size, bundle.manifest, bundle.entries(), speak):
            say.print(line)
    return ExitCode.FINE


@command.command("restore")
@click.argument(
    "reports", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False), metavar="REPORT..."
)
@click.option(
    "--map",
    "map_file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The private map that was written beside the bundle.",
)
@click.option(
    "-o",
    "--output",
    "out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="The file to write, for one report. Default: beside the report, with .restored in its name.",
)
@language_option()
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def restore(
    reports: tuple[Path, ...], map_file: Path, out: Path | None, lang: str | None, quiet: bool
) -> int:
    """Put the real names back into reports, letters, ticket notes or results made from a redacted bundle.

    Everything happens on this computer; no network is used.

    \b
    Example:
      photo-troubleshooter bundle restore photo-reports/*.html --map photo-bundle.map.json
    """
    from troubleshooter.evidence.restore import Restorer, kind_of, read_map
    from troubleshooter.render.redaction import RESTORED
    from troubleshooter.render.text import plain

    speak = language(lang or preferred_language())
    if out is not None and len(reports) > 1:
        raise UsageError(
            _("-o names one file, and there are several reports."),
            _("Leave -o out: each is written beside its report."),
        )
    restorer = Restorer(read_map(map_file), clean=plain, notice=lambda code: language(code).text(RESTORED))
    say = console(quiet=quiet)
    for report in reports:
        text = _read(report)
        try:
            restored = restorer.restore(text, kind_of(report))
        except (ValueError, RecursionError) as error:
            raise BundleError(*faults.BAD_JSON, file=str(report)) from error
        if not restored.count:
            raise BundleError(*faults.OTHER_MAP, file=str(report))
        written = write_private(
            out or report.with_name(f"{report.stem}.restored{report.suffix}"), restored.text
        )
        say.print(
            speak.text(
                _("{path}: {count} places with real names."),
                path=str(written),
                count=speak.number(restored.count),
            )
        )
    return ExitCode.FINE


def _read(report: Path) -> str:
    try:
        return report.read_bytes().decode("utf-8-sig")
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BundleError(*faults.UNREADABLE, file=str(report), why=why) from error
    except UnicodeDecodeError as error:
        raise BundleError(*faults.NO_TEXT, file=str(report)) from error
