"""From people to a finished bundle: written beside its place, searched for names, then moved there whole."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click

from troubleshooter import __version__
from troubleshooter.cli.console import error_lines
from troubleshooter.cli.exit_codes import ExitCode, gravest
from troubleshooter.cli.output import private_directory, write_private
from troubleshooter.collect import details
from troubleshooter.errors import TroubleshooterError, UsageError, fill
from troubleshooter.evidence import bundle_faults as faults
from troubleshooter.evidence.bundle import BundleError, Made, Problem, map_of
from troubleshooter.evidence.bundle_readme import README
from troubleshooter.evidence.bundle_write import BundleWriter
from troubleshooter.evidence.known import names_given
from troubleshooter.evidence.leaks import refuse_leaks
from troubleshooter.evidence.names import Names
from troubleshooter.evidence.parquet import private_file
from troubleshooter.evidence.record import Collected, Redaction
from troubleshooter.evidence.redact import Redactor
from troubleshooter.evidence.schema import PERMISSIONS
from troubleshooter.evidence.spool import Spool
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language
from troubleshooter.render.redaction import replaced_text


class FileExists(UsageError):
    """A bundle or a map is there already; without its map a report could never get its names back."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Who comes into a bundle. `left_out` is filled while `answers` are read: how many are not, by reason."""

    answers: Iterable[Collected | TroubleshooterError]
    asked: tuple[str, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """What is written where. `map` None: no redaction."""

    out: Path
    map: Path | None
    pictures: bool = True

    def refuse_existing(self) -> None:
        """Raise FileExists before anything is asked for nothing."""
        for path in (self.out, self.map):
            if path is not None and path.exists():
                raise FileExists(
                    "{path} is there already.",
                    "Give another name with -o (and --map), or move that file away first.",
                    path=str(path),
                )

    def refuse_named(self, people: Sequence[str], tenant: str) -> None:
        """Raise UsageError when the file of a redacted bundle is named after what is known already."""
        if self.map is not None:
            kinds = _kinds(names_given(people, tenant), self.out)
            if kinds:
                raise UsageError(*faults.NAMED_FILE, kinds=kinds)


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle that is there, and what to say of it."""

    target: Target
    people: int
    size: int
    redaction: Redaction | None
    code: ExitCode

    def lines(self, speak: Language) -> Iterator[str]:
        """What was written, and what to do and not to do with it."""
        yield speak.text(
            _("Bundle: {path} (people: {people}, {size})"),
            path=str(self.target.out),
            people=speak.number(self.people),
            size=speak.bytes(self.size),
        )
        if self.redaction is None:
            yield speak.text(_("Not redacted: it holds names and addresses, and pictures if there are any."))
        else:
            replaced = replaced_text(self.redaction.replaced, speak)
            yield speak.text(_("Redacted: pseudonyms stand for {replaced}."), replaced=replaced)
            if self.target.map is not None:
                yield speak.text(_("Private map: {path}"), path=str(self.target.map))
                yield speak.text(
                    _("Keep the map: it puts the real names back. Never send it with the bundle.")
                )
        yield speak.text(_("Look at the bundle before you send it:"))
        yield f"  photo-troubleshooter bundle show {self.target.out}"


def write_bundle(plan: Plan, target: Target) -> Written:
    """Collect and write. Raises BundleError, and what collecting raises; then nothing is left behind."""
    made = Made(str(uuid.uuid4()), datetime.now(UTC), __version__)
    failed: list[tuple[TroubleshooterError, Problem]] = []
    people = _good(plan, failed)
    with _map_kept(target), private_file(target.out) as temporary, _opened(temporary) as file:
        folder = temporary.parent
        with BundleWriter(
            file, made, folder, redacted=target.map is not None, pictures=target.pictures
        ) as writer:
            if target.map is None:
                earlier: dict[str, Redaction | None] = {}
                for one in people:
                    writer.add(one)
                    own = one.evidence.redaction
                    earlier[own.bundle if own else ""] = own
                _say_failed(failed, writer.people)
                # What came from one redacted bundle is still redacted, and its map still fits.
                redaction = next(iter(earlier.values())) if len(earlier) == 1 else None
                writer.finish(tuple(problem for __, problem in failed), plan.left_out, redaction)
            else:
                with Spool(folder) as spool:
                    for one in people:
                        spool.add(one)
                    _say_failed(failed, spool.people)
                    problems = [problem for __, problem in failed]
                    redaction = _redact(made, spool, plan, problems, writer, file, target)
        written = writer.people
    code = gravest(_code(error) for error, __ in failed)
    return Written(target, written, target.out.stat().st_size, redaction, code)


def _redact(
    made: Made,
    spool: Spool,
    plan: Plan,
    problems: Sequence[Problem],
    writer: BundleWriter,
    file: BinaryIO,
    target: Target,
) -> Redaction:
    assert target.map is not None
    ours = our_sentences()
    redactor = Redactor(spool.read, plan.asked, [problem.reason for problem in problems], ours)
    for one in redactor.people(made.id):
        writer.add(one)
    hidden = tuple(Problem(redactor.asked(one.asked), redactor.text(one.reason)) for one in problems)
    redaction = Redaction(made.id, redactor.replaced)
    writer.finish(hidden, plan.left_out, redaction)
    file.flush()
    refuse_leaks(file, redactor.names, {*ours, *redactor.kept})
    kinds = _kinds(redactor.names, target.out)
    if kinds:
        raise BundleError(*faults.NAMED_FILE, kinds=kinds)
    private_directory(target.map.parent)
    write_private(target.map, json.dumps(map_of(made, redactor.secrets), ensure_ascii=False, indent=1) + "\n")
    return redaction


def _opened(path: Path) -> BinaryIO:
    return path.open("w+b")


@contextmanager
def _map_kept(target: Target) -> Iterator[None]:
    """A map without its bundle is of no use and full of names: it goes when the bundle does not come."""
    try:
        yield
    except BaseException:
        if target.map is not None:
            target.map.unlink(missing_ok=True)
        raise


def _good(plan: Plan, failed: list[tuple[TroubleshooterError, Problem]]) -> Iterator[Collected]:
    for answer in plan.answers:
        if isinstance(answer, TroubleshooterError):
            asked = str(answer.values.get("person", ""))
            failed.append((answer, Problem(asked, fill(answer.what, answer.values))))
        else:
            yield answer


def _say_failed(failed: Sequence[tuple[TroubleshooterError, Problem]], people: int) -> None:
    """Name who could not be collected; leave when that is everybody."""
    for error, __ in failed:
        for line in error_lines(error, sys.argv[1:]):
            click.echo(line, err=True)
    if not people:
        if not failed:
            raise BundleError(*faults.NOBODY)
        raise click.exceptions.Exit(gravest(_code(error) for error, __ in failed))


def _code(error: TroubleshooterError) -> ExitCode:
    return ExitCode.USAGE if isinstance(error, UsageError) else ExitCode.FAILED


def _kinds(names: Names, out: Path) -> str:
    return ", ".join(sorted({match.name.kind for match in names.matches(out.name)}))


def our_sentences() -> frozenset[str]:
    """Our own constant texts that evidence holds word for word: they name nobody."""
    constants = [text for name, text in vars(details).items() if name.isupper() and isinstance(text, str)]
    return frozenset({README, *constants, *PERMISSIONS.values()})
