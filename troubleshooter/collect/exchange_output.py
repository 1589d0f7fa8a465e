"""The paste route: what an administrator's Exchange Online PowerShell printed, from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from troubleshooter.collect.exchange import TELLING, ExchangeObjects, exchange_objects, told
from troubleshooter.collect.powershell import MAX_BYTES, PowerShellOutputError, records, text_of
from troubleshooter.evidence.record import Evidence, Source

FILE_METHOD = "FILE"
"""`Source.method` of what was read from a file of the user."""


@dataclass(frozen=True, slots=True)
class ExchangeOutput:
    """What files tell, and what a source calls them. `written_at` is the file's own time."""

    objects: ExchangeObjects
    name: str
    written_at: datetime

    def told(self, evidence: Evidence) -> Evidence:
        """The evidence with what this file tells of the person."""
        url = f"Exchange Online PowerShell output, {self.name}"
        return told(evidence, self.objects, Source("", FILE_METHOD, url, self.written_at, 200))


def read_exchange_output(path: Path) -> ExchangeOutput:
    """Read one file. PowerShellOutputError names file, line and what to write instead."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as problem:
        raise PowerShellOutputError(
            "{file} cannot be read: {why}.",
            "Check the name after --exchange-output, and that you may read the file.",
            file=str(path),
            why=problem.strerror or type(problem).__name__,
        ) from problem
    found = records(text_of(data, str(path)), str(path), TELLING)
    objects = exchange_objects(found, str(path))
    if not objects.policies and not objects.mailboxes and not objects.roles:
        raise PowerShellOutputError(
            "{file} holds no output of Get-OwaMailboxPolicy, Get-CASMailbox, Get-Mailbox, "
            "Get-ManagementRoleAssignment or Get-RoleAssignmentPolicy.",
            "Write it in Exchange Online PowerShell with: Get-OwaMailboxPolicy | Format-List | "
            "Out-File -Encoding utf8 FILE",
            file=str(path),
        )
    return ExchangeOutput(objects, path.name, written)


def merged(outputs: Sequence[ExchangeOutput]) -> ExchangeOutput | None:
    """Several files as one: a policy in one file belongs to a mailbox in another. None without files."""
    if len(outputs) <= 1:
        return outputs[0] if outputs else None
    objects = ExchangeObjects(
        tuple(policy for one in outputs for policy in one.objects.policies),
        tuple(mailbox for one in outputs for mailbox in one.objects.mailboxes),
        tuple(policy for one in outputs for policy in one.objects.roles),
    )
    # The oldest file decides how old the whole is.
    return ExchangeOutput(objects, ", ".join(one.name for one in outputs), min(o.written_at for o in outputs))
