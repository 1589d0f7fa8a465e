"""The verdict on everybody in the evidence files of many tenants, by the one compiled statement.

One bad file never stops the others: it is named and left out. Nobody is lost in silence either: the verdicts
are counted against the people the files hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from troubleshooter.diagnose.evaluate_duckdb import (
    EvaluationFailed,
    TenantTotal,
    overlaps,
    totals_of,
)
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.evidence.parquet import private_file
from troubleshooter.evidence.parquet_read import EvidenceFile, ParquetRefused, inspect, read_whole

VERDICTS_FILE = "verdicts.parquet"


class Engine(Protocol):
    """What evaluates the statement."""

    name: str
    version: str

    def write(self, files: Sequence[Path], rulebook: Rulebook, target: Path) -> None:
        """Write one row of `portable.FLEET_COLUMNS` for each person. Raises EvaluationFailed."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """What came of it: `files` were evaluated, `left_out` says why others were not.

    `verdicts` is None when there was nothing to evaluate.
    """

    engine: str
    engine_version: str
    rules_version: str
    files: tuple[EvidenceFile, ...]
    left_out: tuple[ParquetRefused, ...]
    totals: tuple[TenantTotal, ...]
    verdicts: Path | None

    @property
    def people(self) -> int:
        """People with a verdict."""
        return sum(total.people for total in self.totals)


def evaluate(paths: Iterable[Path], rulebook: Rulebook, folder: Path, engine: Engine) -> Fleet:
    """Write `verdicts.parquet` into the folder, whole or not at all. Raises EvaluationFailed, StoreError."""
    files, left_out = _usable(dict.fromkeys(path.resolve() for path in paths))
    target = folder / VERDICTS_FILE
    totals: tuple[TenantTotal, ...] = ()
    while files:
        try:
            files, refused = _disjoint(files)
            left_out += refused
            if files:
                with private_file(target) as temporary:
                    engine.write([file.path for file in files], rulebook, temporary)
                    totals = tuple(totals_of(temporary, sum(file.people for file in files)))
            break
        except EvaluationFailed:
            files, broken = _whole(files)
            if not broken:
                raise
            left_out += broken
    return Fleet(
        engine=engine.name,
        engine_version=engine.version,
        rules_version=rulebook.version,
        files=tuple(files),
        left_out=tuple(left_out),
        totals=totals,
        verdicts=target if files else None,
    )


def _usable(paths: Iterable[Path]) -> tuple[list[EvidenceFile], list[ParquetRefused]]:
    files: list[EvidenceFile] = []
    refused: list[ParquetRefused] = []
    for path in paths:
        try:
            files.append(inspect(path))
        except ParquetRefused as problem:
            refused.append(problem)
    return files, refused


def _whole(files: Sequence[EvidenceFile]) -> tuple[list[EvidenceFile], list[ParquetRefused]]:
    """A file can have a whole beginning and end, and damage between them: who failed is read through."""
    whole: list[EvidenceFile] = []
    refused: list[ParquetRefused] = []
    for file in files:
        try:
            read_whole(file.path)
            whole.append(file)
        except ParquetRefused as problem:
            refused.append(problem)
    return whole, refused


def _disjoint(files: Sequence[EvidenceFile]) -> tuple[list[EvidenceFile], list[ParquetRefused]]:
    """Each person once: of two files of one tenant that share people, the audit that ended later counts."""
    shared = overlaps([file.path for file in files])
    refused: list[ParquetRefused] = []
    kept: set[Path] = set()
    for file in sorted(
        files, key=lambda one: one.finished_at.timestamp() if one.finished_at else 0.0, reverse=True
    ):
        others = {other: people for (one, other), people in shared.items() if one == file.path}
        if file.path in others:
            refused.append(
                ParquetRefused(
                    "{file} names {count} people more than once.",
                    "It was put together by hand or is damaged: give the file as the audit wrote it.",
                    file=str(file.path),
                    count=others[file.path],
                )
            )
            continue
        rival = next((other for other in others if other in kept), None)
        if rival is None:
            kept.add(file.path)
            continue
        refused.append(
            ParquetRefused(
                "{file} holds {count} people of the same tenant who are in {other} too, which is not older.",
                "Give one file of each audit, the latest, or files that share nobody.",
                file=str(file.path),
                count=others[rival],
                other=str(rival),
            )
        )
    return [file for file in files if file.path in kept], refused
