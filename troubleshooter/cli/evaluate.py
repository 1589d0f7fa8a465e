"""`evaluate`: the evidence of many audits in, all verdicts out, on this machine or on a cluster."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from troubleshooter.cli.console import error_lines, preferred_language, printable
from troubleshooter.cli.exit_codes import ExitCode, gravest, of_state
from troubleshooter.cli.options import language_option, rules_option
from troubleshooter.cli.output import private_directory, write_private
from troubleshooter.diagnose.rule import State
from troubleshooter.errors import UsageError
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language, language
from troubleshooter.render.text import plain, shortened

if TYPE_CHECKING:
    from troubleshooter.diagnose.evaluate import Engine, Fleet
    from troubleshooter.diagnose.rulebook import Rulebook

SUMMARY_FILE = "summary.json"
_TENANTS_SHOWN = 20
_CAUSES_SHOWN = 10
_WIDEST_NAME = 36


@click.command("evaluate")
@click.argument(
    "paths", nargs=-1, required=True, metavar="PARQUET...", type=click.Path(path_type=Path, exists=True)
)
@click.option(
    "--engine",
    "engine_name",
    type=click.Choice(("duckdb", "spark")),
    default="duckdb",
    show_default=True,
    help="What evaluates: DuckDB inside this program, or Apache Spark.",
)
@click.option(
    "--master",
    default=None,
    metavar="URL",
    help="With spark: the cluster, such as spark://host:7077 or yarn. Default: local[*], this machine alone.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("photo-verdicts"),
    show_default=True,
    help="Folder for verdicts.parquet and summary.json.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@language_option()
@rules_option
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    paths: tuple[Path, ...],
    engine_name: str,
    master: str | None,
    out: Path,
    as_json: bool,
    lang: str | None,
    rule_directories: tuple[Path, ...],
    quiet: bool,
) -> int:
    """Give the verdict on everybody in the evidence of many audits.

    PARQUET is the file evidence.parquet of an audit, or a folder: then every .parquet file below it counts.
    A file that cannot be used is named and left out; the others are evaluated, and the exit code is 4.

    \b
    Example:
      photo-troubleshooter evaluate audits/*/evidence.parquet
      photo-troubleshooter evaluate /mnt/audits --engine spark --master spark://head:7077 --out /mnt/verdicts
    """
    from troubleshooter.cli.rulebook import rulebook_from
    from troubleshooter.diagnose.evaluate_summary import summary

    speak = language(lang or preferred_language())
    if master is not None and engine_name != "spark":
        raise UsageError(_("--master is for Spark alone."), _("Add --engine spark, or leave --master out."))
    files = list(_files(paths, out))
    rulebook = rulebook_from(rule_directories, speak)
    private_directory(out)
    fleet = _evaluate(files, rulebook, engine_name, master, out)
    data = summary(fleet)
    write_private(out / SUMMARY_FILE, json.dumps(data, ensure_ascii=False, indent=2) + "\n")
    for problem in fleet.left_out:
        for line in error_lines(problem, ("--lang", speak.code), warning=True):
            click.echo(line, err=True)
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=True, indent=2))
    elif not quiet:
        for line in _lines(fleet, rulebook, speak, out):
            click.echo(printable(plain(line)))
    if fleet.left_out or not fleet.people:
        return ExitCode.FAILED
    return gravest(of_state(State(total.state)) for total in fleet.totals)


def _files(paths: Iterable[Path], out: Path) -> Iterator[Path]:
    """The files named, and those below the folders named, but never our own results."""
    own = out.resolve()
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = [one for one in sorted(path.rglob("*.parquet")) if own not in one.resolve().parents]
        if not found:
            raise UsageError(
                _("There is no .parquet file in {folder}."),
                _("Give the files evidence.parquet of audits, or a folder that holds some."),
                folder=str(path),
            )
        yield from found


def _evaluate(
    files: list[Path], rulebook: Rulebook, engine_name: str, master: str | None, out: Path
) -> Fleet:
    from troubleshooter.diagnose.evaluate import evaluate
    from troubleshooter.diagnose.evaluate_duckdb import DuckEngine
    from troubleshooter.diagnose.evaluate_spark import SparkEngine

    with ExitStack() as stack:
        engine: Engine
        if engine_name == "spark":
            engine = stack.enter_context(SparkEngine(master or "local[*]", out))
        else:
            engine = DuckEngine()
        return evaluate(files, rulebook, out, engine)


def _lines(fleet: Fleet, rulebook: Rulebook, speak: Language, out: Path) -> Iterator[str]:
    from troubleshooter.diagnose.evaluate_summary import STATES, by_tenant, names, tally

    everybody, tenants, called = tally(fleet.totals), by_tenant(fleet), names(fleet)
    yield speak.text(
        _("{people} people of {tenants} tenants. Engine: {engine} {version}. Rules: {rules}."),
        people=speak.number(everybody.people),
        tenants=speak.number(len(tenants)),
        engine=fleet.engine,
        version=fleet.engine_version,
        rules=fleet.rules_version,
    )
    if fleet.verdicts is None:
        return
    heads = [speak.text(_("Tenant")), speak.text(_("People")), *(speak.value(state) for state in STATES)]
    rows = [heads]
    for tenant, one in list(tenants.items())[:_TENANTS_SHOWN]:
        name = plain(called.get(tenant) or speak.text(_("not known")))
        counts = (one.people, *(one.states[state] for state in STATES))
        rows.append([shortened(name, _WIDEST_NAME), *map(speak.number, counts)])
    if len(tenants) > 1:
        counts = (everybody.people, *(everybody.states[state] for state in STATES))
        rows.append([speak.text(_("Together")), *map(speak.number, counts)])
    yield from _table(rows)
    if len(tenants) > _TENANTS_SHOWN:
        yield speak.text(
            _("{count} more tenants are in {file}."),
            count=speak.number(len(tenants) - _TENANTS_SHOWN),
            file=SUMMARY_FILE,
        )
    titles = {rule.id: rule.title for rule in rulebook.rules}
    rows = [[speak.text(_("Cause")), speak.text(_("People")), speak.text(_("Tenants"))]]
    for key in everybody.ranked()[:_CAUSES_SHOWN]:
        title = f"{speak.text(titles[key[1]])} [{key[1]}]"
        rows.append([title, speak.number(everybody.causes[key]), speak.number(everybody.tenants[key])])
    yield from _table(rows)
    yield ""
    yield speak.text(_("Written: {path}"), path=str(fleet.verdicts))
    yield speak.text(_("Written: {path}"), path=str(out / SUMMARY_FILE))


def _table(rows: list[list[str]]) -> Iterator[str]:
    """Columns apart by two blanks, the first to the left, numbers to the right; a blank line before."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    yield ""
    for row in rows:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(w) for cell, w in zip(row[1:], widths[1:], strict=True)),
        ]
        yield "  ".join(cells).rstrip()
