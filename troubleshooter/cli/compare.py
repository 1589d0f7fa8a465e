"""`compare`: what became of everybody between two audits, without writing into either."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from troubleshooter.cli.compare_lines import summary_lines
from troubleshooter.cli.console import preferred_language, printable
from troubleshooter.cli.exit_codes import ExitCode, gravest
from troubleshooter.cli.options import language_option, rules_option
from troubleshooter.errors import UsageError
from troubleshooter.render.language import language

if TYPE_CHECKING:
    from troubleshooter.diagnose.changes import Comparison
    from troubleshooter.diagnose.changes_summary import ChangeSummary
    from troubleshooter.diagnose.rulebook import Rulebook

CSV_FILE, JSON_FILE = "changes.csv", "changes.json"


@click.command("compare")
@click.argument("audits", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="[OLD] NEW")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Write everybody with class, state and cause, then and now.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help=f"Folder for {CSV_FILE} and {JSON_FILE}.",
)
@language_option()
@rules_option
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    audits: tuple[Path, ...],
    as_json: bool,
    csv_file: Path | None,
    out: Path | None,
    lang: str | None,
    rule_directories: tuple[Path, ...],
    quiet: bool,
) -> int:
    """Compare two audits: folders, or .duckdb files. Without OLD: the latest in NEW's folder `earlier`.

    Everybody is in exactly one class. A lost permission is no improvement: who was a problem and could not be
    decided now is not fixed. Who was not looked at, because of an option or an unfinished audit, has not
    left. Where the audits were judged by different rules, the present ones judge again.

    Exit code 1 when there are problems that OLD did not report, 3 when people became undecided, otherwise 0.

    \b
    Example:
      photo-troubleshooter compare photo-audit
      photo-troubleshooter compare photo-audit/earlier/20261108T090000Z.duckdb photo-audit --csv changes.csv
    """
    from troubleshooter.diagnose.changes import compared

    speak = language(lang or preferred_language())
    old, new = _pair(audits)

    def rules() -> Rulebook:
        from troubleshooter.cli.rulebook import rulebook_from

        return rulebook_from(rule_directories, speak)

    with compared(new, old, rules) as comparison:
        _write(comparison, csv_file, out)
        summary = comparison.summary
    if as_json:
        click.echo(json.dumps(summary.data, ensure_ascii=True, indent=2))
    elif not quiet:
        for line in summary_lines(summary, speak):
            click.echo(printable(line))
        for path in _written(csv_file, out):
            click.echo(printable(speak.text("Written: {path}", path=path)))
    return gravest(_codes(summary))


def _pair(audits: tuple[Path, ...]) -> tuple[Path, Path]:
    """OLD and NEW as they were meant. UsageError when OLD is left out and there is none."""
    from troubleshooter.diagnose.changes_stores import latest_earlier

    if len(audits) == 2:
        return audits[0], audits[1]
    if len(audits) > 2:
        raise UsageError("Only two audits can be compared.", "Give the earlier one and the later one.")
    found = latest_earlier(audits[0])
    if found is None:
        raise UsageError(
            "{folder} keeps no earlier audit to compare with.",
            "Give two audits, the earlier one first.",
            folder=str(audits[0]),
        )
    return found, audits[0]


def _codes(summary: ChangeSummary) -> Iterator[ExitCode]:
    from troubleshooter.diagnose.changes_classes import WORSE, Change

    if any(summary.counts[change] for change in WORSE):
        yield ExitCode.PROBLEM
    if summary.counts[Change.BECAME_UNDECIDED]:
        yield ExitCode.UNDECIDED


def _written(csv_file: Path | None, out: Path | None) -> list[Path]:
    return [*([csv_file] if csv_file else []), *([out / CSV_FILE, out / JSON_FILE] if out else [])]


def _write(comparison: Comparison, csv_file: Path | None, out: Path | None) -> None:
    from troubleshooter.cli.compare_csv import write_csv
    from troubleshooter.cli.output import private_directory, write_private

    if out is not None:
        private_directory(out)
        write_private(
            out / JSON_FILE, json.dumps(comparison.summary.data, ensure_ascii=False, indent=2) + "\n"
        )
    for path in ([csv_file] if csv_file else []) + ([out / CSV_FILE] if out else []):
        write_csv(path, comparison.people())
