"""From a collected store to verdicts and files: the second half of `audit`, and of `recheck`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from troubleshooter.cli.accepted_lines import accepted_warnings
from troubleshooter.cli.audit_output import AuditFiles, write_audit
from troubleshooter.cli.console import error_lines, printable
from troubleshooter.diagnose.accepted import apply_accepted
from troubleshooter.diagnose.accepted_file import FILE as ACCEPTED
from troubleshooter.diagnose.accepted_file import read_accepted, today
from troubleshooter.diagnose.changes import write_changes
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.tenant import verdict_table
from troubleshooter.diagnose.tenant_again import given_anew, given_first
from troubleshooter.diagnose.tenant_rules import load_tenant_rules, tenant_findings
from troubleshooter.errors import TroubleshooterError
from troubleshooter.evidence.parquet import export_parquet
from troubleshooter.evidence.store import Store
from troubleshooter.render.brand import NO_BRAND, Brand
from troubleshooter.render.language import Language

REPORT_LANGUAGES = "report_languages"
"""In the store: the languages of the last report, the one that is shown first before the others."""


def warn(problem: TroubleshooterError) -> None:
    """Say what could not be done; the run goes on."""
    for line in error_lines(problem, sys.argv[1:], warning=True):
        click.echo(line, err=True)


def conclude(
    store: Store,
    rulebook: Rulebook,
    folder: Path,
    codes: Sequence[str],
    speak: Language,
    *,
    earlier: Path | None,
    xlsx: bool,
    brand: Brand = NO_BRAND,
    again: bool = False,
) -> AuditFiles:
    """Verdicts, accepted findings, changes, tenant-wide rules; then every file of the folder.

    With `again` the report tells that these verdicts take the place of earlier ones, and how many differ.
    """
    store.make_room()
    with given_anew(store) if again else given_first(store):
        verdict_table(store, rulebook)
    day = today()
    accepted = read_accepted(folder / ACCEPTED, day)
    summary = apply_accepted(store, accepted.acceptances, day)
    for line in accepted_warnings(accepted, summary, speak):
        click.echo(printable(line), err=True)
    if earlier is not None:
        try:
            write_changes(store, earlier, lambda: rulebook)
        except TroubleshooterError as problem:  # the audit itself is whole
            warn(problem)
    tenant_findings(store, load_tenant_rules())
    files = write_audit(store, rulebook, folder, codes, xlsx=xlsx, brand=brand)
    export_parquet(store, folder / "evidence.parquet")
    with store.transaction():  # from here on the same command begins a new audit
        store.put(REPORT_LANGUAGES, list(codes))
        store.put("reported_at", datetime.now(UTC).isoformat())
    return files
