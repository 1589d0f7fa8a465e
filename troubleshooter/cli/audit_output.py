"""The files of an audit: the page in every language, lists of people, plans, and what pipelines read.

Every file is private and whole or not at all; lists are written person by person, so memory stays flat.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from troubleshooter.cli.output import file_stem, private_directory, refuse_foreign, streamed, write_private
from troubleshooter.diagnose.audit_result import audit_result
from troubleshooter.diagnose.audit_result_people import everybody, people_of
from troubleshooter.diagnose.audit_result_types import AuditCause, AuditResult, PersonRow
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.tenant_rules import load_tenant_rules
from troubleshooter.evidence.store import Store
from troubleshooter.render import csv, fix_plan, jsonl, xlsx
from troubleshooter.render.brand import NO_BRAND, Brand
from troubleshooter.render.junit import junit_xml
from troubleshooter.render.language import Language
from troubleshooter.render.summary import summary_dict
from troubleshooter.render.tenant import tenant_page
from troubleshooter.render.tenant_cause import TenantFiles

REPORT = "report.html"
PEOPLE = "people"
PLANS = "plans"
WORKBOOK = "audit.xlsx"
EVIDENCE = "evidence.parquet"
_CAUSE = "cause-"


@dataclass(frozen=True, slots=True)
class AuditFiles:
    """What was written. `lists` and `plans` by rule id; `workbook` may be None."""

    page: Path
    people_csv: Path
    people_jsonl: Path
    summary: Path
    junit: Path
    workbook: Path | None
    lists: Mapping[str, tuple[Path, Path]]
    plans: Mapping[str, Path]


def write_audit(
    store: Store,
    rulebook: Rulebook,
    folder: Path,
    languages: Sequence[str],
    *,
    xlsx: bool = False,
    brand: Brand = NO_BRAND,
) -> AuditFiles:
    """Write everything that stands beside the store of an audit, whose table of verdicts must be there.

    The first language is that of the plans. Raises WriteFailed, and UsageError when a workbook is asked for
    and the library that writes it is missing. Lists and plans of causes that are gone are taken away.
    """
    result = audit_result(store, rulebook, tenant_rules=load_tenant_rules().rules)
    speaks = [brand.language(code) for code in dict.fromkeys(languages)]
    refuse_foreign_files(folder)
    writer = _Writer(store, result, private_directory(folder), speaks, brand)
    return writer.write(workbook=xlsx)


def refuse_foreign_files(folder: Path) -> None:
    """Raise WriteFailed when somebody else's file has the name of one of ours."""
    for name in (f"{PEOPLE}.csv", "summary.json", REPORT):
        refuse_foreign(folder / name)


class _Writer:
    """Writes the files of one result into one folder."""

    def __init__(
        self,
        store: Store,
        result: AuditResult,
        folder: Path,
        languages: Sequence[Language],
        brand: Brand,
    ) -> None:
        self._brand = brand
        self._store = store
        self._result = result
        self._folder = folder
        self._languages = languages

    def write(self, *, workbook: bool) -> AuditFiles:
        if workbook:
            xlsx.check_installed()
        people_csv, people_jsonl = self._list(PEOPLE, everybody(self._store))
        lists, plans = {}, {}
        for cause in self._result.causes:
            if not cause.people:
                continue
            plan = self._plan(cause) if fix_plan.has_plan(cause) else None
            copy = plan / fix_plan.PEOPLE if plan else None
            rows = people_of(self._store, cause.state, cause.id)
            lists[cause.id] = self._list(f"{_CAUSE}{file_stem(cause.id)}", rows, copy)
            if plan:
                plans[cause.id] = plan
        self._sweep({path.name for pair in lists.values() for path in pair}, {p.name for p in plans.values()})
        book = self._workbook() if workbook else None
        if book is None:
            self._folder.joinpath(WORKBOOK).unlink(missing_ok=True)
        names = self._names(lists, plans, book)
        junit = write_private(
            self._folder / names.junit,
            junit_xml(self._result, {rule: pair[0] for rule, pair in names.lists.items()}),
        )
        page = write_private(
            self._folder / REPORT, tenant_page(self._result, self._languages, names, brand=self._brand)
        )
        summary = write_private(
            self._folder / names.summary,
            json.dumps(summary_dict(self._result, self._named(names)), ensure_ascii=False, indent=2) + "\n",
        )
        return AuditFiles(
            page,
            people_csv,
            people_jsonl,
            summary,
            junit,
            book,
            MappingProxyType(lists),
            MappingProxyType(plans),
        )

    def _list(self, stem: str, rows: Iterator[PersonRow], copy: Path | None = None) -> tuple[Path, Path]:
        """One list as CSV and JSON Lines, read once; `copy` is one more CSV of it."""
        as_csv, as_lines = self._folder / f"{stem}.csv", self._folder / f"{stem}.jsonl"
        with ExitStack() as stack:
            tables = [stack.enter_context(streamed(path)) for path in (as_csv, copy) if path]
            lines = stack.enter_context(streamed(as_lines))
            for table in tables:
                table.write(csv.header())
            for row in rows:
                written = csv.line(row)
                for table in tables:
                    table.write(written)
                lines.write(jsonl.line(row))
        return as_csv, as_lines

    def _plan(self, cause: AuditCause) -> Path:
        """The folder of a plan, without its list of people."""
        folder = private_directory(self._folder / PLANS / file_stem(cause.id))
        shown, speak = str(self._folder), self._languages[0]
        letters = []
        for one in self._languages:
            letters.append(f"letter.{one.code}.txt")
            write_private(folder / letters[-1], fix_plan.letter_text(cause, one, brand=self._brand))
        script = fix_plan.script_text(cause, speak, shown)
        if script:
            with streamed(folder / fix_plan.SCRIPT) as file:
                file.write(script)
        else:
            folder.joinpath(fix_plan.SCRIPT).unlink(missing_ok=True)
        told = fix_plan.readme_text(cause, speak, shown, f"{PLANS}/{folder.name}", letters)
        write_private(folder / fix_plan.README, told)
        return folder

    def _workbook(self) -> Path:
        path = self._folder / WORKBOOK
        with tempfile.TemporaryDirectory(prefix=".xlsx.", dir=self._folder) as temporary:
            written = xlsx.write_workbook(
                Path(temporary) / WORKBOOK,
                self._result,
                everybody(self._store),
                self._languages[0],
                temporary=Path(temporary),
            )
            written.chmod(0o600)
            written.replace(path)
        return path

    def _names(
        self, lists: Mapping[str, tuple[Path, Path]], plans: Mapping[str, Path], book: Path | None
    ) -> TenantFiles:
        return TenantFiles(
            folder=str(self._folder),
            workbook=book.name if book else "",
            evidence=EVIDENCE,
            lists={rule: (one.name, other.name) for rule, (one, other) in lists.items()},
            plans={rule: f"{PLANS}/{path.name}" for rule, path in plans.items()},
        )

    def _named(self, names: TenantFiles) -> dict[str, object]:
        return {
            "report": REPORT,
            "people": [names.people_csv, names.people_jsonl],
            "causes": {rule: list(pair) for rule, pair in names.lists.items()},
            "plans": dict(names.plans),
            "junit": names.junit,
            "workbook": names.workbook or None,
            "evidence": names.evidence,
        }

    def _sweep(self, lists: set[str], plans: set[str]) -> None:
        """Take away lists and plans of causes that are gone; what somebody else put there stays."""
        for path in self._folder.glob(f"{_CAUSE}*"):
            if path.suffix in (".csv", ".jsonl") and path.name not in lists:
                path.unlink(missing_ok=True)
        for folder in self._folder.glob(f"{PLANS}/*"):
            if folder.name in plans or not folder.is_dir() or folder.is_symlink():
                continue
            for path in folder.iterdir():
                ours = path.name in (fix_plan.PEOPLE, fix_plan.SCRIPT, fix_plan.README)
                if ours or path.match("letter.*.txt"):
                    path.unlink(missing_ok=True)
            with contextlib.suppress(OSError):
                folder.rmdir()  # not when photos or notes of an administrator are in it
